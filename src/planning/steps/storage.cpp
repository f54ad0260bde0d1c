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
  if (!spec.cluster.storage_class.empty()) claim_spec.emplace("storageClassName", spec.cluster.storage_class);
  return session_object(spec, kVolumeClaims, name, Guard::kNo, json::object{{"spec", std::move(claim_spec)}});
}

}  // namespace

std::vector<Object> storage_objects(const SessionSpec& spec) {
  return {claim(spec, kHomeClaimName, spec.device_class.home),
          claim(spec, kModelCacheClaimName, spec.device_class.model_cache)};
}

}  // namespace berth::planning
