// Whether a policy or its binding that is not quite as Berth has it still holds tenants back. What decides is
// compared by matches(), the rest is left out before.
#include <algorithm>
#include <array>
#include <string_view>

#include "manifests/manifests.hpp"

namespace berth::manifests {
namespace {

/// What a rule says to whoever it refuses, and to the auditors.
constexpr std::array<std::string_view, 3> kWords{"message", "messageExpression", "reason"};

json::object* object_at(json::value& value, std::string_view key) {
  auto* object = value.if_object();
  auto* there = object == nullptr ? nullptr : object->if_contains(key);
  return there == nullptr ? nullptr : there->if_object();
}

void leave_out_words(json::object& spec) {
  auto* rules = spec.if_contains("validations");
  if (rules == nullptr || !rules->is_array()) return;
  for (auto& rule : rules->get_array()) {
    if (!rule.is_object()) continue;
    for (const auto word : kWords) rule.get_object().erase(word);
  }
}

/// Of a list of rules, those that `wanted` has too, in its order: one more refuses more, in any order the
/// same.
void keep_wanted_rules(const json::object& wanted, json::object& kept, std::string_view list) {
  const auto* ours = wanted.if_contains(list);
  auto* theirs = kept.if_contains(list);
  if (ours == nullptr || theirs == nullptr || !ours->is_array() || !theirs->is_array()) return;
  json::array known;
  for (const auto& rule : ours->get_array()) {
    const auto& all = theirs->get_array();
    if (std::find(all.begin(), all.end(), rule) != all.end()) known.push_back(rule);
  }
  *theirs = std::move(known);
}

bool refuses(std::string_view kind) {
  return kind == "ValidatingAdmissionPolicy" || kind == "ValidatingAdmissionPolicyBinding";
}

}  // namespace

json::value fencing_part(const json::value& wanted, const json::value& object) {
  const auto kind = string_at(wanted, {"kind"});
  json::object part{{"kind", kind}};
  json::value ours = wanted;
  json::value theirs = object;
  auto* wanted_spec = object_at(ours, "spec");
  auto* spec = object_at(theirs, "spec");
  if (wanted_spec != nullptr && spec != nullptr) {
    leave_out_words(*wanted_spec);
    leave_out_words(*spec);
    keep_wanted_rules(*wanted_spec, *spec, "validations");
    auto* our_constraints = wanted_spec->if_contains("matchConstraints");
    auto* constraints = spec->if_contains("matchConstraints");
    if (our_constraints != nullptr && our_constraints->is_object() && constraints != nullptr &&
        constraints->is_object()) {
      keep_wanted_rules(our_constraints->get_object(), constraints->get_object(), "resourceRules");
    }
    part["spec"] = std::move(*spec);
  }
  // For whoever asks who wrote there.
  if (const auto* managers = find(object, {"metadata", "managedFields"}))
    part["metadata"] = {{"managedFields", *managers}};
  return part;
}

bool still_fences(const Object& wanted, const json::value& kept) {
  if (!refuses(wanted.kind.kind)) return true;
  auto ours = fencing_part(wanted.body, wanted.body);
  ours.as_object().erase("metadata");
  return matches(ours, fencing_part(wanted.body, kept));
}

}  // namespace berth::manifests
