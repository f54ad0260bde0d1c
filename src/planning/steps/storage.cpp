#include <fmt/format.h>

#include <utility>

#include "manifests/names_and_labels.hpp"
#include "planning/homes.hpp"
#include "planning/session_plan.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

Object claim(const SessionSpec& spec, std::string_view name, Gib size) {
  json::object claim_spec{
      {"accessModes", strings({"ReadWriteOnce"})},
      {"resources", json::object{{"requests", json::object{{"storage", kube_gib(size)}}}}},
  };
  if (!spec.cluster.storage_class.empty()) claim_spec.emplace("storageClassName", spec.cluster.storage_class);
  return session_object(spec, kVolumeClaims, name, Guard::kNo, json::object{{"spec", std::move(claim_spec)}});
}

}  // namespace

std::vector<Object> storage_objects(const SessionSpec& spec) {
  std::vector<Object> claims;
  // The claim of a kept home does not name its volume, which names it. A claim that names one waits for it
  // for ever; this one gets a new volume where that is not to be had.
  if (!spec.home_waits)
    claims.push_back(claim(spec, kHomeClaimName, spec.home_size.value_or(spec.device_class.home)));
  claims.push_back(claim(spec, kModelCacheClaimName, spec.device_class.model_cache));
  return claims;
}

Standing judge_storage(const View& view) {
  constexpr std::string_view kLeft = "Your kept files are not here: ";
  if (!view.spec.home_waits) {
    // What was told of the files stays to be read.
    const auto* stored = find_step(view.wanted.session, model::StepName::kStorage);
    const bool told = stored != nullptr && stored->detail.starts_with(kLeft);
    return {.state = Standing::State::kDone, .detail = told ? stored->detail : std::string()};
  }
  const auto seen = see_home(view.wanted, view.observed, view.now);
  auto standing = waiting(seen.state == HomeSeen::State::kUnusable
                              ? fmt::format("{}{} The session starts with empty ones.", kLeft, seen.why)
                              : "Waiting for the files that were kept.");
  standing.effects = home_effects(view.wanted, view.observed, view.now);
  return standing;
}

}  // namespace berth::planning
