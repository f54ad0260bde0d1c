#include "simcluster/settings.hpp"

#include <fmt/format.h>

#include <set>

#include "simcluster/kube_quantity.hpp"
#include "simcluster/names.hpp"

namespace berth::simcluster {
namespace {

Status check_amounts(const std::string& field, const std::map<std::string, std::string>& amounts) {
  for (const auto& [resource, amount] : amounts) {
    if (auto parsed = parse_quantity(amount); !parsed) {
      return fail(invalid_field(fmt::format("{}[{}]", field, resource), amount, "a quantity",
                                parsed.error().message));
    }
  }
  return {};
}

}  // namespace

Delays Delays::none() {
  const ms zero{0};
  return {.service_account = zero,
          .quota = zero,
          .deployment = zero,
          .schedule = zero,
          .volume = zero,
          .image_pull = zero,
          .container_start = zero,
          .ready = zero,
          .pod_stop = zero,
          .endpoint = zero,
          .namespace_step = zero,
          .retry = ms{1000}};
}

Status check_settings(const Settings& settings) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < settings.nodes.size(); ++i) {
    const auto& node = settings.nodes[i];
    const auto field = fmt::format("nodes[{}]", i);
    if (const auto problem = subdomain_problem(node.name); !problem.empty()) {
      return fail(invalid_field(field + ".name", node.name, "a DNS name", problem));
    }
    if (!names.insert(node.name).second) {
      return fail(invalid_field(field + ".name", node.name, "unique", "Two nodes have this name."));
    }
    for (const auto* resource : {"cpu", "memory"}) {
      if (!node.capacity.contains(resource)) {
        return fail(invalid_field(fmt::format("{}.capacity[{}]", field, resource), "", "required",
                                  "A node needs cpu and memory."));
      }
    }
    if (auto ok = check_amounts(field + ".capacity", node.capacity); !ok) return ok;
    if (auto ok = check_amounts(field + ".allocatable", node.allocatable); !ok) return ok;
  }
  int defaults = 0;
  for (const auto& storage_class : settings.storage_classes) defaults += storage_class.is_default ? 1 : 0;
  if (defaults > 1) {
    return fail(invalid_field("storage_classes", std::to_string(defaults), "1",
                              "Only one storage class can be the default."));
  }
  for (const auto& version : settings.mutating_policies) {
    if (version != "v1" && version != "v1beta1") {
      return fail(invalid_field("mutating_policies", version, "v1, v1beta1", "There is no such version."));
    }
  }
  if (settings.workers == 0 || settings.workers > 64) {
    return fail(
        invalid_field("workers", std::to_string(settings.workers), "1 to 64", "workers is out of range."));
  }
  return {};
}

}  // namespace berth::simcluster
