#include "manifests/amounts.hpp"
#include "manifests/names_and_labels.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

// A container that states nothing may use a tenth of the session, so about ten of them fit beside each other;
// it asks for a hundredth. A container that requests more than the tenth has to state its limit too.
constexpr std::int64_t kDefaultLimitParts = 10;
constexpr std::int64_t kDefaultRequestParts = 100;

json::object quantities(const Means& means) {
  return json::object{{"cpu", kube_cpu(means.cpu)},
                      {"memory", kube_mib(means.memory)},
                      {"ephemeral-storage", kube_mib(means.ephemeral)}};
}

}  // namespace

// Defaults only, and the same resources in both maps. A `max` would turn into the default of containers that
// name none, and one on an extended resource would make every container ask for a GPU; the ceiling is the
// quota's.
std::vector<Object> limit_objects(const SessionSpec& spec) {
  const auto all = means_of(spec.reservation, session_ephemeral(spec));
  json::object item{{"type", "Container"},
                    {"default", quantities(one_part_of(all, kDefaultLimitParts))},
                    {"defaultRequest", quantities(one_part_of(all, kDefaultRequestParts))}};
  return {session_object(spec, kLimitRanges, kLimitsName, Guard::kYes,
                         json::object{{"spec", json::object{{"limits", json::array{std::move(item)}}}}})};
}

}  // namespace berth::planning
