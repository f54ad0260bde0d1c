#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/yaml.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::poolfile {
namespace {

std::int64_t number(std::int64_t least, std::int64_t most) {
  return *rc::gen::inRange(least, most + 1);
}

std::string label(std::string_view stem, std::int64_t index) {
  return std::string(stem) + std::to_string(index);
}

std::vector<std::string> some(std::initializer_list<std::string> all) {
  std::vector<std::string> chosen;
  for (const auto& item : all) {
    if (*rc::gen::arbitrary<bool>()) chosen.push_back(item);
  }
  return chosen;
}

std::vector<std::string> one_or_more(std::initializer_list<std::string> all) {
  auto chosen = some(all);
  if (chosen.empty()) chosen.push_back(*all.begin());
  return chosen;
}

model::Policy any_policy() {
  model::Policy policy;
  policy.step = minutes(number(1, 1440));
  policy.min_length = minutes(number(1, 10'000));
  if (policy.min_length > policy.step) policy.min_length -= policy.min_length % policy.step;
  policy.max_length = std::max(policy.min_length, policy.step) + minutes(number(0, 10'000));
  policy.lead = minutes(number(0, 10'000));
  policy.horizon = hours(24 * number(30, 1830));
  policy.max_live_per_user = static_cast<int>(number(1, 10'000));
  policy.start_deadline = minutes(number(1, 1440));
  policy.show_names = *rc::gen::arbitrary<bool>();
  policy.allow_cross_tenant_sharing = *rc::gen::arbitrary<bool>();
  policy.homes.days = static_cast<int>(number(0, 3'650));
  if (policy.homes.days > 0 && *rc::gen::arbitrary<bool>()) policy.homes.most = Gib{number(1, 10'000'000)};
  return policy;
}

model::Cluster any_cluster() {
  model::Cluster cluster;
  cluster.name = *rc::gen::element<std::string>("default", "east-1");
  cluster.flavour = *rc::gen::element(model::Flavour::kKubernetes, model::Flavour::kOpenshift);
  cluster.apps_domain = *rc::gen::element<std::string>("apps.lab.example", "localhost");
  cluster.url_scheme = *rc::gen::element<std::string>("http", "https");
  cluster.url_port = static_cast<int>(number(0, 65535));
  cluster.pod_ranges = one_or_more({"10.128.0.0/14", "fd00::/64"});
  cluster.service_ranges = one_or_more({"172.30.0.0/16", "0.0.0.0/0"});
  cluster.node_ranges = one_or_more({"192.0.2.0/24", "192.0.2.7/32"});
  cluster.blocked_ranges = some({"169.254.0.0/16"});
  cluster.api_servers = some({"192.0.2.10:6443", "[2001:db8::1]:443"});
  cluster.api_url =
      *rc::gen::element<std::string>("", "https://api.lab.example:6443", "https://[2001:db8::1]/k8s");
  cluster.api_authority = *rc::gen::element<std::string>(
      "", "system", "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n");
  cluster.portal_url =
      *rc::gen::element<std::string>("", "https://berth.lab.example", "http://127.0.0.1:8080/berth");
  cluster.storage_class = *rc::gen::element<std::string>("", "fast.local");
  cluster.ingress_class = *rc::gen::element<std::string>("", "nginx");
  cluster.pod_security = *rc::gen::element<std::string>("baseline", "restricted");
  cluster.workspace_image =
      *rc::gen::element<std::string>("berth/workspace:1", "registry.example:5000/a/b@sha256:00");
  cluster.image_pull_secrets = some({"pull", "pull-too"});
  cluster.scc = *rc::gen::element<std::string>("restricted-v2", "nonroot");
  cluster.proxy.http = *rc::gen::element<std::string>("", "http://proxy.example:3128");
  cluster.proxy.https = *rc::gen::element<std::string>("", "https://proxy.example:3129");
  cluster.proxy.no_proxy = *rc::gen::element<std::string>("", ".example,10.0.0.0/8");
  if (*rc::gen::arbitrary<bool>()) {
    cluster.dcgm_exporter = {.namespace_name = "gpu-operator",
                             .label = *rc::gen::element<std::string>("app=dcgm", "k8s.example/name=Dcgm_1.x"),
                             .port = static_cast<int>(number(1, 65535))};
  }
  return cluster;
}

Load any_load() {
  return {{number(1, 1'000'000)}, {number(1, 10'000)}, {number(320, 100'000)}};
}

/// With ids as parse_pool gives them.
model::Pool any_pool() {
  model::Pool pool;
  pool.name = "pool";
  pool.cluster = *rc::gen::element<std::string>("default", "east-1");
  pool.time_zone = *rc::gen::element<std::string>("UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires");
  pool.currency = *rc::gen::element<std::string>("EUR", "USD");
  if (*rc::gen::arbitrary<bool>()) {
    pool.annual_cost = model::AnnualCost{{number(0, 5'000'000'000'000'000)}, "CHF"};
  }
  pool.policy = any_policy();
  const auto classes = number(1, 4);
  for (std::int64_t i = 1; i <= classes; ++i) {
    model::DeviceClass item;
    item.id.value = i;
    item.name = label("class-", i);
    item.title = *rc::gen::element<std::string>("Slice, 24 GB", "Ganze GPU für alle", "\"quoted\": yes");
    item.device_memory.value = number(1, 200);
    item.gpu_share = static_cast<double>(number(1, 1000)) / 1000.0;
    item.rate.value = number(0, 1'000'000'000'000);
    item.defaults = any_load();
    item.ephemeral.value = number(1, 1000);
    item.home.value = number(1, item.defaults.storage.value - 1);
    item.model_cache.value = number(1, (item.defaults.storage - item.home).value);
    item.pods = static_cast<int>(number(1, 10'000));
    pool.classes.push_back(item);
  }
  const auto nodes = number(1, 3);
  for (std::int64_t i = 1; i <= nodes; ++i) {
    model::Node node;
    node.id.value = i;
    node.name = label("node-", i);
    node.kubernetes_name = label("worker.example.", i);
    node.set_aside = any_load();
    node.capacity = node.set_aside + any_load();
    pool.nodes.push_back(node);
    int named = 0;
    for (std::int64_t d = number(1, 3); d > 0; --d) {
      model::Device device;
      device.id.value = static_cast<std::int64_t>(pool.devices.size()) + 1;
      device.node = node.id;
      device.name = label("device-", d);
      device.model = *rc::gen::element<std::string>("", "RTX PRO 6000");
      device.memory.value = number(1, 200);
      device.slots = static_cast<int>(number(1, 8));
      pool.devices.push_back(device);
      for (std::int64_t k = number(1, 3); k > 0; --k) {
        model::Unit unit;
        unit.id.value = static_cast<std::int64_t>(pool.units.size()) + 1;
        unit.node = node.id;
        unit.device_class.value = number(1, classes);
        unit.name = label("unit-", ++named);
        unit.resource_name = label("nvidia.com/gpu.v_", named);
        unit.replicas = static_cast<int>(number(1, 64));
        unit.out_of_service = *rc::gen::arbitrary<bool>();
        unit.device = device.id;
        unit.placement.first = static_cast<int>(number(0, device.slots - 1));
        unit.placement.end = static_cast<int>(number(unit.placement.first + 1, device.slots));
        pool.units.push_back(unit);
      }
    }
  }
  return pool;
}

RC_GTEST_PROP(PoolFile, ComesBackAsItWasWritten, ()) {
  const auto pool = any_pool();
  // Through text, as a file or a database column would carry it; JSON is YAML.
  const auto documents = yaml_documents(json::serialize(to_json(pool)));
  RC_ASSERT(documents.has_value());
  const auto read = parse_pool(documents->at(0));
  if (!read) RC_FAIL(read.error().message);
  RC_ASSERT(*read == pool);
}

RC_GTEST_PROP(PoolFile, AClusterComesBackAsItWasWritten, ()) {
  const auto cluster = any_cluster();
  const auto documents = yaml_documents(json::serialize(to_json(cluster)));
  RC_ASSERT(documents.has_value());
  RC_ASSERT(parse_cluster(documents->at(0)) == cluster);
  RC_ASSERT(cluster_from_json(cluster.name, facts_to_json(cluster)) == cluster);
}

/// Any texts, numbers and lists, whether the cluster's field would take them or not.
json::value any_value() {
  switch (number(0, 5)) {
    case 0:
      return json::string(*rc::gen::element<std::string>("", "yes", "Null", "a: b", "#", "- x", "[",
                                                         "two\nlines", "~", "berth/workspace:1",
                                                         "10.128.0.0/14", "12", "1e3", "é", "'\""));
    case 1:
      return number(-5, 70'000);
    case 2:
      return nullptr;
    case 3:
      return json::array{"fd00::/64", "b, c", json::array()};
    case 4:
      return json::object{{"http", "http://p:3128"}, {"yes", "*a"}, {"no proxy", ".svc,10.0.0.0/8"}};
    default:
      return json::string(*rc::gen::string<std::string>());
  }
}

RC_GTEST_PROP(PoolFile, WhatIsShownInTheNewFormReadsAsWhatWasWritten, ()) {
  json::object facts = facts_to_json({});
  json::object site;
  for (const auto& [name, value] : facts) {
    if (*rc::gen::arbitrary<bool>()) site.emplace(name, any_value());
  }
  // Only what a YAML file can hold.
  const auto given = yaml_documents(json::serialize(site));
  RC_PRE(given.has_value() && !given->empty());
  json::value document = to_json(any_pool());
  document.as_object()["site"] = given->at(0);
  const auto pool = parse_pool(document);
  RC_ASSERT(!pool.has_value());
  const auto& shown = pool.error().fields.at(0).message;
  const auto read = yaml_documents(shown.substr(shown.find("---\n")));
  if (!read) RC_FAIL(read.error().message + "\n" + shown);
  RC_ASSERT(read->size() == 1U);
  auto expected = given->at(0).as_object();
  for (const auto& [name, value] : to_json(model::Cluster{})) {
    if (name == "apiVersion" || name == "kind") expected.emplace(name, value);
  }
  expected.emplace("name", document.at("cluster"));
  RC_ASSERT(read->at(0) == json::value(expected));
}

RC_GTEST_PROP(PoolFile, RetiredPartsAreLeftOut, ()) {
  auto pool = any_pool();
  const auto expected = to_json(pool);
  auto retired = pool.units.back();
  retired.name = "old";
  retired.retired = true;
  pool.units.push_back(retired);
  auto old_device = pool.devices.back();
  old_device.id.value += 1;
  old_device.name = "old";
  old_device.retired = true;
  pool.devices.push_back(old_device);
  auto old_class = pool.classes.back();
  old_class.name = "old";
  old_class.retired = true;
  pool.classes.push_back(old_class);
  RC_ASSERT(json::value(to_json(pool)) == json::value(expected));
}

}  // namespace
}  // namespace berth::poolfile
