// "Is what we want there?" follows the rules of server-side apply, since that is what puts it back:
//   - a map is compared key by key, and keys that others added are theirs;
//   - a list with a merge key is compared item by item through that key, and items that others added are
//   theirs;
//   - every other list, and the few maps that have one owner as a whole, must be exactly as wanted. There an
//   added key
//     counts: a peer of a network policy that gains `namespaceSelector: {}` lets in the world.
// So a difference that is found here is one that an apply repairs, and a settled cluster is never written to.
#include <algorithm>
#include <array>
#include <string_view>

#include "manifests/amounts.hpp"
#include "manifests/manifests.hpp"

namespace berth::manifests {
namespace {

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Maps that server-side apply owns as a whole ("structType=atomic", "mapType=atomic").
constexpr std::array<std::string_view, 9> kWholeMaps{"selector",       "podSelector",  "namespaceSelector",
                                                     "objectSelector", "nodeSelector", "roleRef",
                                                     "secretKeyRef",   "configMapRef", "configMapKeyRef"};

/// Maps whose strings are Kubernetes quantities.
constexpr std::array<std::string_view, 8> kQuantityMaps{"hard",           "requests", "limits", "default",
                                                        "defaultRequest", "capacity", "max",    "min"};
constexpr std::string_view kSizeLimit = "sizeLimit";

/// The key by which server-side apply tells the items of the list `name` apart; "" for a list that is one
/// whole.
std::string_view merge_key(std::string_view name, const json::array& wanted) {
  static constexpr std::array<std::string_view, 9> kByName{
      "containers",       "initContainers", "ephemeralContainers", "env",    "volumes",
      "imagePullSecrets", "variables",      "matchConditions",     "secrets"};
  if (contains(kByName, name)) return "name";
  if (name == "volumeMounts") return "mountPath";
  if (name == "ports" && !wanted.empty() && wanted.front().is_object()) {
    const auto& first = wanted.front().get_object();
    if (first.contains("containerPort")) return "containerPort";
    if (first.contains("name")) return "name";  // of a Service; the ports of a network policy have none
  }
  return {};
}

struct Place {
  std::string_view name;    // the key under which the value lies
  bool whole = false;       // inside something that has one owner: nothing may be added
  bool quantities = false;  // inside a map of quantities
};

bool same(const json::value& wanted, const json::value& actual, Place place);

/// Servers leave out what is empty, and some write it.
bool is_empty(const json::value& value) {
  if (value.is_null()) return true;
  if (const auto* object = value.if_object()) return object->empty();
  if (const auto* list = value.if_array()) return list->empty();
  return false;
}

bool same_object(const json::object& wanted, const json::object& actual, Place place) {
  for (const auto& [key, value] : wanted) {
    const auto* found = actual.if_contains(key);
    if (found == nullptr) {
      if (!is_empty(value)) return false;
      continue;
    }
    const Place inner{.name = key,
                      .whole = place.whole || contains(kWholeMaps, key),
                      .quantities = place.quantities || contains(kQuantityMaps, key) || key == kSizeLimit};
    if (!same(value, *found, inner)) return false;
  }
  if (!place.whole) return true;
  return std::all_of(actual.begin(), actual.end(), [&](const auto& field) {
    return field.value().is_null() || wanted.contains(field.key());
  });
}

bool same_list_by_key(const json::array& wanted, const json::array& actual, std::string_view key,
                      Place place) {
  const auto item_of = [&](const json::value& id) {
    return std::find_if(actual.begin(), actual.end(), [&](const json::value& item) {
      const auto* object = item.if_object();
      const auto* other = object == nullptr ? nullptr : object->if_contains(key);
      return other != nullptr && *other == id;
    });
  };
  return std::all_of(wanted.begin(), wanted.end(), [&](const json::value& item) {
    const auto* object = item.if_object();
    const auto* id = object == nullptr ? nullptr : object->if_contains(key);
    if (id == nullptr) return false;
    const auto found = item_of(*id);
    return found != actual.end() &&
           same(item, *found, Place{.name = {}, .whole = false, .quantities = place.quantities});
  });
}

bool same_whole_list(const json::array& wanted, const json::array& actual, Place place) {
  return std::equal(
      wanted.begin(), wanted.end(), actual.begin(), actual.end(), [&](const auto& left, const auto& right) {
        return same(left, right, Place{.name = {}, .whole = true, .quantities = place.quantities});
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

bool same(const json::value& wanted, const json::value& actual, Place place) {
  if (const auto* object = wanted.if_object(); object != nullptr && actual.is_object()) {
    return same_object(*object, actual.get_object(), place);
  }
  if (const auto* list = wanted.if_array(); list != nullptr && actual.is_array()) {
    const auto key = place.whole ? std::string_view{} : merge_key(place.name, *list);
    return key.empty() ? same_whole_list(*list, actual.get_array(), place)
                       : same_list_by_key(*list, actual.get_array(), key, place);
  }
  if (is_empty(wanted) && is_empty(actual)) return true;
  if (wanted.is_number() && actual.is_number()) return same_number(wanted, actual);
  if (wanted == actual) return true;
  return place.quantities && !is_empty(wanted) && !is_empty(actual) &&
         same_quantity(amount_text(wanted), amount_text(actual)).value_or(false);
}

}  // namespace

bool matches(const json::value& wanted, const json::value& actual) {
  if (!wanted.is_object() || !actual.is_object()) return same(wanted, actual, Place{});
  auto compared = wanted.get_object();
  for (const std::string_view field : {"apiVersion", "kind"}) {
    if (!actual.get_object().contains(field)) compared.erase(field);  // items of a list come without
  }
  return same(compared, actual, Place{});
}

}  // namespace berth::manifests
