#include <utility>

#include "manifests/names_and_labels.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

Object claim(const SessionSpec& spec, std::string_view name, Gib size) {
  json::object claim_spec{
      {"accessModes", strings({"ReadWriteOnce"})},
      {"resources", json::object{{"requests", json::object{{"storage", kube_gib(size)}}}}},
  };
  if (!spec.site.storage_class.empty()) claim_spec.emplace("storageClassName", spec.site.storage_class);
  return session_object(spec, kVolumeClaims, name, Guard::kNo, json::object{{"spec", std::move(claim_spec)}});
}

}  // namespace

std::vector<Object> storage_objects(const SessionSpec& spec) {
  return {claim(spec, kHomeClaimName, model::kHomeStorage),
          claim(spec, kModelCacheClaimName, model::kModelCacheStorage)};
}

}  // namespace berth::planning
