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

model::Policy any_policy() {
  model::Policy policy;
  policy.step = minutes(number(1, 1440));
  policy.min_length = minutes(number(1, 10'000));
  policy.max_length = std::max(policy.min_length, policy.step) + minutes(number(0, 10'000));
  policy.lead = minutes(number(0, 10'000));
  policy.horizon = hours(24 * number(30, 1830));
  policy.max_live_per_user = static_cast<int>(number(1, 10'000));
  policy.start_deadline = minutes(number(1, 1440));
  policy.show_names = *rc::gen::arbitrary<bool>();
  policy.allow_cross_tenant_sharing = *rc::gen::arbitrary<bool>();
  return policy;
}

model::Site any_site() {
  model::Site site;
  site.flavour = *rc::gen::element(model::Flavour::kKubernetes, model::Flavour::kOpenshift);
  site.time_zone = *rc::gen::element<std::string>("UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires");
  site.apps_domain = *rc::gen::element<std::string>("apps.lab.example", "localhost");
  site.url_scheme = *rc::gen::element<std::string>("http", "https");
  site.url_port = static_cast<int>(number(0, 65535));
  site.pod_ranges = some({"10.128.0.0/14", "fd00::/64"});
  site.service_ranges = some({"172.30.0.0/16", "0.0.0.0/0"});
  site.node_ranges = some({"192.0.2.0/24", "192.0.2.7/32"});
  site.blocked_ranges = some({"169.254.0.0/16"});
  site.api_servers = some({"192.0.2.10:6443", "[2001:db8::1]:443"});
  site.storage_class = *rc::gen::element<std::string>("", "fast.local");
  site.ingress_class = *rc::gen::element<std::string>("", "nginx");
  site.pod_security = *rc::gen::element<std::string>("baseline", "restricted");
  site.workspace_image =
      *rc::gen::element<std::string>("berth/workspace:1", "registry.example:5000/a/b@sha256:00");
  site.image_pull_secrets = some({"pull", "pull-too"});
  site.scc = *rc::gen::element<std::string>("restricted-v2", "nonroot");
  site.proxy.http = *rc::gen::element<std::string>("", "http://proxy.example:3128");
  site.proxy.https = *rc::gen::element<std::string>("", "https://proxy.example:3129");
  site.proxy.no_proxy = *rc::gen::element<std::string>("", ".example,10.0.0.0/8");
  return site;
}

Load any_load() {
  return {{number(1, 1'000'000)}, {number(1, 10'000)}, {number(320, 100'000)}};
}

/// With ids as parse_pool gives them.
model::Pool any_pool() {
  model::Pool pool;
  pool.name = "pool";
  pool.cluster = *rc::gen::element<std::string>("default", "east-1");
  pool.currency = *rc::gen::element<std::string>("EUR", "USD");
  if (*rc::gen::arbitrary<bool>()) {
    pool.annual_cost = model::AnnualCost{{number(0, 5'000'000'000'000'000)}, "CHF"};
  }
  pool.policy = any_policy();
  pool.site = any_site();
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
