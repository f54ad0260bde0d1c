#include <algorithm>
#include <string>

#include "manifests/names_and_labels.hpp"

namespace berth::manifests {
namespace {

/// Of which ways in kubeconfigs are: whose, and since when, if all of theirs ended once.
std::string ways_in_of_owner(const SessionSpec& spec) {
  const auto owner = std::ranges::find_if(
      spec.may_enter, [&](const entry::Person& person) { return person.id == spec.reservation.owner.value; });
  if (owner == spec.may_enter.end()) return "nobody";
  return owner->id + (owner->since ? " since " + format_rfc3339(*owner->since) : std::string());
}

}  // namespace

Object kubeconfig_guard(const SessionSpec& spec) {
  auto object =
      session_object(spec, kSecrets, kKubeconfigGuardName, Guard::kYes, json::object{{"type", "Opaque"}},
                     json::object{{kKubeconfigsOfAnnotation, ways_in_of_owner(spec)}});
  object.renewed = true;
  return object;
}

}  // namespace berth::manifests
