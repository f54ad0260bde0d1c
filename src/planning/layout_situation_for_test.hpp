// A node whose one card is on offer whole and in slices, its orders, and what the GPU operator makes of it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "planning/layouts.hpp"
#include "planning/situation_for_test.hpp"

namespace berth::planning {

inline const std::string kWhole = "whole";
inline const std::string kSlices = "slices";

class LayoutSituation : public Situation {
 public:
  using Counts = std::map<std::string, std::int64_t>;

  /// Laid out whole, as far as one can see; the booking is of a slice.
  LayoutSituation() {
    labels_ = {{"nvidia.com/mig.config", name_of(kWhole)},
               {"nvidia.com/mig.config.state", "success"},
               {"nvidia.com/gpu.deploy.device-plugin", "true"},
               {"nvidia.com/gpu.deploy.mig-manager", "true"},
               {"berth.dev/layouts", "true"}};
    offers(of(kWhole));
    Situation::offered();
    show();
  }

  std::string node() const { return booking().node.kubernetes_name; }
  Booked booking() const { return booked(model::ReservationState::kApproved); }
  std::string name_of(const std::string& layout) const {
    return layout == kWhole    ? "berth-0000000000000001"
           : layout == kSlices ? "berth-0000000000000002"
                               : layout;
  }
  Counts of(const std::string& layout) const {
    return layout == kWhole ? Counts{{"nvidia.com/gpu", 1}} : Counts{{unit().resource_name, unit().replicas}};
  }
  Counts both() const {
    auto all = of(kWhole);
    all.merge(of(kSlices));
    return all;
  }

  LayoutSituation& order(const std::string& layout, Duration from_now = {}) {
    LayoutOrder order;
    order.id = static_cast<std::int64_t>(desired.layouts.size()) + 1;
    order.node = node();
    order.layout = name_of(layout);
    order.advertises = of(layout);
    order.units = {layout == kWhole ? "gpu0" : unit().name};
    order.not_before = desired.now + from_now;
    desired.layouts.push_back(std::move(order));
    return *this;
  }
  LayoutSituation& in_force(const std::string& layout, std::optional<Instant> since = {}) {
    std::erase_if(desired.layouts, [](const LayoutOrder& one) { return one.in_force; });
    order(layout, -hours(24));
    auto& order = desired.layouts.back();
    order.in_force = true;
    order.in_force_since = since.value_or(order.not_before);
    order.progress.step = "in_force";
    order.progress.boot = boot_;
    order.progress.mig_state = "success";
    order.progress.mig_state_since = order.not_before;
    labelled(layout);
    if (!since) offers(of(layout));
    return *this;
  }
  /// What was planned is in the rows, as the store writes it.
  void write(const KeepLayout& keep) {
    std::erase_if(desired.layouts, [&](const LayoutOrder& one) {
      return keep.takes_force && one.in_force && one.id != keep.order;
    });
    for (auto& order : desired.layouts) {
      if (std::ranges::find(keep.replaced, order.id) != keep.replaced.end()) order.over_at = desired.now;
      if (order.id != keep.order) continue;
      order.progress = keep.progress;
      order.in_force = order.in_force || keep.takes_force;
      if (keep.takes_force) order.in_force_since = desired.now;
      if (keep.retries) order.retry_asked = false;
    }
    for (const auto& one : keep.report) desired.findings.push_back({one.kind, one.object, desired.now});
    for (const auto& one : keep.resolve)
      std::erase_if(desired.findings, [&](const OpenFinding& open) { return open.object == one.object; });
  }
  /// Whatever is planned is written down, with nothing else happening.
  LayoutSituation& settle() {
    for (auto all = plan_layouts(desired, observed); !all.empty(); all = plan_layouts(desired, observed))
      write(all.front());
    return *this;
  }

  LayoutSituation& later(Duration by) {
    desired.now += by;
    return *this;
  }
  LayoutSituation& label(const std::string& name, std::string value) {
    labels_[name] = std::move(value);
    return show();
  }
  LayoutSituation& labelled(const std::string& layout) {
    return label("nvidia.com/mig.config", name_of(layout));
  }
  LayoutSituation& mig_state(const std::string& state) { return label("nvidia.com/mig.config.state", state); }
  LayoutSituation& paused() { return label("nvidia.com/gpu.deploy.device-plugin", "paused-for-mig-change"); }
  LayoutSituation& unpaused() { return label("nvidia.com/gpu.deploy.device-plugin", "true"); }
  LayoutSituation& boot(std::string boot) {
    boot_ = std::move(boot);
    return show();
  }
  LayoutSituation& offers(Counts counts) {
    observed.node_gpus[node()] = std::move(counts);
    return *this;
  }
  /// Of the booked slice, Ready and with a pod.
  LayoutSituation& running_session() {
    up();
    return *this;
  }

 private:
  LayoutSituation& show() {
    json::object labels;
    for (const auto& [name, value] : labels_) labels.emplace(name, value);
    observed.node_objects[node()] = std::make_shared<const json::value>(
        json::object{{"metadata", json::object{{"labels", std::move(labels)}}},
                     {"status", json::object{{"nodeInfo", json::object{{"bootID", boot_}}}}}});
    return *this;
  }

  std::map<std::string, std::string> labels_;
  std::string boot_ = "boot-1";
};

}  // namespace berth::planning
