// "Is what we want there?" follows the rules of server-side apply (kubeschema), since that is what puts it
// back:
//   - a map is compared key by key, and keys that others added are theirs;
//   - a list with a merge key is compared item by item through that key, a set by its values, and what others
//     added is theirs;
//     Two exceptions, which a replacement repairs: a condition or parameters more narrow a policy, and a rule
//     of the cluster's own adds pull secrets;
//   - every other list, and the few maps that have one owner as a whole, must be exactly as wanted. There an
//   added
//     key counts: a peer of a network policy that gains `namespaceSelector: {}` lets in the world.
// So a difference that is found here is one that an apply repairs, and a settled cluster is never written to.
#include <algorithm>
#include <array>
#include <string_view>

#include "kubeschema/schema.hpp"
#include "manifests/amounts.hpp"
#include "manifests/long_value.hpp"
#include "manifests/manifests.hpp"

namespace berth::manifests {
namespace {

using kubeschema::Merge;
using kubeschema::Schema;

/// Maps whose strings are Kubernetes quantities.
constexpr std::array<std::string_view, 8> kQuantityMaps{"hard",           "requests", "limits", "default",
                                                        "defaultRequest", "capacity", "max",    "min"};
constexpr std::string_view kSizeLimit = "sizeLimit";
constexpr std::string_view kPullSecrets = "imagePullSecrets";

bool holds_quantities(std::string_view name) {
  return name == kSizeLimit ||
         std::find(kQuantityMaps.begin(), kQuantityMaps.end(), name) != kQuantityMaps.end();
}

struct Place {
  const Schema& schema;
  bool whole = false;       // inside something that has one owner: nothing may be added
  bool quantities = false;  // inside a map of quantities
};

bool same(const json::value& wanted, const json::value& actual, const Place& place);

/// Servers leave out what is empty, and some write it.
bool is_empty(const json::value& value) {
  if (value.is_null()) return true;
  if (const auto* object = value.if_object()) return object->empty();
  if (const auto* list = value.if_array()) return list->empty();
  return false;
}

bool same_object(const json::object& wanted, const json::object& actual, const Place& place) {
  for (const auto& [key, value] : wanted) {
    const auto* found = actual.if_contains(key);
    if (found == nullptr) {
      if (!is_empty(value)) return false;
      continue;
    }
    const auto& schema = place.schema.at(key);
    if (!same(value, *found,
              {.schema = schema,
               .whole = place.whole || schema.merge == Merge::kAtomic,
               .quantities = place.quantities || holds_quantities(key)})) {
      return false;
    }
  }
  if (!place.whole) return true;
  return std::all_of(actual.begin(), actual.end(), [&](const auto& field) {
    return field.value().is_null() || wanted.contains(field.key());
  });
}

/// Lists whose items merge, each found by its key; a value of a set is its own.
bool same_list_by_key(const json::array& wanted, const json::array& actual, const Place& place) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const json::value& item) {
    const auto key = item_key(item, place.schema);
    if (key.empty()) return false;
    const auto found = std::find_if(actual.begin(), actual.end(), [&](const json::value& other) {
      return item_key(other, place.schema) == key;
    });
    return found != actual.end() &&
           same(item, *found, {.schema = place.schema, .quantities = place.quantities});
  });
}

bool same_whole_list(const json::array& wanted, const json::array& actual, const Place& place) {
  return std::equal(
      wanted.begin(), wanted.end(), actual.begin(), actual.end(), [&](const auto& left, const auto& right) {
        return same(left, right, {.schema = place.schema, .whole = true, .quantities = place.quantities});
      });
}

bool same_number(const json::value& wanted, const json::value& actual) {
  if (wanted.is_double() || actual.is_double()) {
    return wanted.is_number() && actual.is_number() &&
           wanted.to_number<double>() == actual.to_number<double>();
  }
  return wanted == actual;  // compares signed with unsigned by value
}

std::string amount_text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

bool same(const json::value& wanted, const json::value& actual, const Place& place) {
  if (const auto* object = wanted.if_object(); object != nullptr && actual.is_object()) {
    return same_object(*object, actual.get_object(), place);
  }
  if (const auto* list = wanted.if_array(); list != nullptr && actual.is_array()) {
    return !place.whole && merges_items(place.schema) ? same_list_by_key(*list, actual.get_array(), place)
                                                      : same_whole_list(*list, actual.get_array(), place);
  }
  if (is_empty(wanted) && is_empty(actual)) return true;
  if (wanted.is_number() && actual.is_number()) return same_number(wanted, actual);
  if (wanted == actual) return true;
  if (wanted.is_string() && actual.is_string() && wanted.get_string().size() > kMostKept) {
    return kept_value(wanted.get_string()) == actual.get_string();
  }
  return place.quantities && !is_empty(wanted) && !is_empty(actual) &&
         same_quantity(amount_text(wanted), amount_text(actual)).value_or(false);
}

/// One list to the API, and still not ours alone: OpenShift's controllers add the account's own pull secret
/// to it. Sent back without it they would add it again, for ever.
bool has_pull_secrets(const json::object& wanted, const json::object& actual) {
  const auto* ours = wanted.if_contains(kPullSecrets);
  if (ours == nullptr || !ours->is_array()) return true;
  const auto* all = actual.if_contains(kPullSecrets);
  const auto* there = all == nullptr ? nullptr : all->if_array();
  return std::all_of(ours->get_array().begin(), ours->get_array().end(), [&](const json::value& one) {
    return there != nullptr && std::find(there->begin(), there->end(), one) != there->end();
  });
}

/// Each condition of an admission policy is one more case in which it does not ask.
bool has_other_conditions(const json::value& wanted, const json::value& actual) {
  const auto count = [](const json::value& object) {
    const auto* conditions = find(object, {"spec", "matchConditions"});
    return conditions == nullptr || !conditions->is_array() ? 0U : conditions->get_array().size();
  };
  return count(wanted) != count(actual);
}

}  // namespace

json::object with_nothing_narrowed(json::object wanted) {
  const auto* kind = wanted.if_contains("kind");
  auto* spec = wanted.if_contains("spec");
  if (kind == nullptr || !kind->is_string() || spec == nullptr || !spec->is_object()) return wanted;
  const std::string_view name = kind->get_string();
  if (name.ends_with("AdmissionPolicy")) {
    spec->get_object().emplace("matchConditions", nullptr);
    spec->get_object().emplace("paramKind", nullptr);
  } else if (name.ends_with("AdmissionPolicyBinding")) {
    spec->get_object().emplace("paramRef", nullptr);
  }
  return wanted;
}

bool matches(const json::value& wanted, const json::value& actual) {
  const auto kind = string_at(wanted, {"kind"});
  const auto schema = kubeschema::schema_of(kind);
  const Place whole_object{.schema = *schema};
  if (!wanted.is_object() || !actual.is_object()) return same(wanted, actual, whole_object);
  auto compared = wanted.get_object();
  for (const std::string_view field : {"apiVersion", "kind"}) {
    if (!actual.get_object().contains(field)) compared.erase(field);  // items of a list come without
  }
  compared = with_nothing_narrowed(std::move(compared));
  const bool policy = kind == "ValidatingAdmissionPolicy" || kind == "MutatingAdmissionPolicy";
  if (policy && has_other_conditions(wanted, actual)) return false;
  if (kind == "ServiceAccount") {
    if (!has_pull_secrets(compared, actual.get_object())) return false;
    compared.erase(kPullSecrets);
  }
  return same(compared, actual, whole_object);
}

}  // namespace berth::manifests
