// Sessions of the reference machine, as test data: GPU 0 in four slices with 2 slots each, GPU 1 whole with 4
// slots.
#pragma once

#include <string>
#include <utility>

#include "manifests/manifests.hpp"

namespace berth::manifests {

inline model::Cluster reference_cluster(model::Flavour flavour) {
  model::Cluster cluster;
  cluster.flavour = flavour;
  cluster.apps_domain = "apps.gpu1.lab.example";
  cluster.pod_ranges = {"10.128.0.0/14"};
  cluster.service_ranges = {"172.30.0.0/16"};
  cluster.node_ranges = {"192.0.2.0/24"};
  cluster.blocked_ranges = {"198.51.100.0/24"};
  cluster.api_servers = {"192.0.2.10:6443"};
  if (flavour == model::Flavour::kOpenshift) {
    cluster.storage_class = "lvms-vg1";
    cluster.proxy = {
        .http = "http://192.0.2.1:3128", .https = "http://192.0.2.1:3128", .no_proxy = ".lab.example"};
    cluster.image_pull_secrets = {"mirror"};
  }
  return cluster;
}

inline model::DeviceClass reference_class(bool whole) {
  model::DeviceClass device_class;
  device_class.id = {whole ? 1 : 2};
  device_class.name = whole ? "whole-96gb" : "slice-24gb";
  device_class.title = whole ? "Whole GPU, 96 GB" : "Slice, 24 GB";
  device_class.device_memory = {whole ? 96 : 24};
  device_class.gpu_share = whole ? 1.0 : 0.25;
  device_class.defaults = whole ? Load{{62'000}, {372}, {558}} : Load{{15'000}, {92}, {558}};
  device_class.ephemeral = {whole ? 200 : 100};
  return device_class;
}

inline model::Unit reference_unit(bool whole) {
  model::Unit unit;
  unit.id = {whole ? 5 : 2};
  unit.node = {1};
  unit.device_class = {whole ? 1 : 2};
  unit.name = whole ? "gpu1" : "gpu0-slice1";
  unit.resource_name = whole ? "nvidia.com/gpu" : "nvidia.com/mig-1g.24gb-me";
  unit.replicas = whole ? 4 : 2;
  return unit;
}

/// One unit of the whole GPU's class or of the slices', with the class's defaults.
inline SessionSpec reference_session(model::Flavour flavour, bool whole, model::Mode mode) {
  SessionSpec spec;
  spec.installation = "0b9f6c1e-6f0a-4a53-9a53-1f0c8f1f8a01";
  spec.device_class = reference_class(whole);
  spec.units = {reference_unit(whole)};
  spec.cluster = reference_cluster(flavour);
  spec.time_zone = "Europe/Berlin";
  spec.owner_email = "ana@berth.local";
  spec.reservation.owner.value = "a1b2c3d4-0000-4000-8000-000000000001";
  spec.may_enter = {{spec.reservation.owner.value, "ana@berth.local"}};
  spec.gate_keys = {{"5e1d0c8a-3a77-4f0e-8d55-2f9a1c0b7e04", {}}};

  spec.node.id = {1};
  spec.node.name = "gpu1";
  spec.node.kubernetes_name = "gpu1.lab.example";
  spec.node.capacity = {{127'000}, {754}, {2'887}};
  spec.node.set_aside = {{5'000}, {14}, {97}};

  spec.reservation.id = {"7c0f4a34-5a55-4c5c-8d0e-9a3f4b1c2d03"};
  spec.reservation.device_class = spec.device_class.id;
  spec.reservation.load = spec.device_class.defaults;
  spec.reservation.mode = mode;
  spec.reservation.window = {Instant{hours(24 * 20'500)}, Instant{hours(24 * 20'500 + 4)}};
  spec.reservation.state = model::ReservationState::kActive;
  spec.reservation.name = "fine-tuning";

  spec.session.id = {"3f6d1f6e-1b7e-4f44-9d7e-5b8f7a9c1e02"};
  spec.session.reservation = spec.reservation.id;
  spec.session.namespace_name = "berth-x7f3k2m9";
  spec.session.host = "x7f3k2m9q1w8." + spec.cluster.apps_domain;

  spec.facts.gpu_resource_names = {"nvidia.com/gpu", "nvidia.com/mig-1g.24gb", "nvidia.com/mig-1g.24gb-me",
                                   "nvidia.com/mig-1g.24gb.gfx", "nvidia.com/mig-1g.24gb.me"};
  return spec;
}

}  // namespace berth::manifests
