#include "simcluster/field_set.hpp"

#include <fmt/format.h>

#include <array>

namespace berth::simcluster {
namespace {

void add_below(FieldSet& set, std::string element, FieldSet part) {
  if (!part.empty()) set.below.emplace(std::move(element), std::move(part));
}

FieldSet leaf() {
  FieldSet set;
  set.member = true;
  return set;
}

bool is_granular(const json::value& value, const kubeschema::Schema& schema) {
  return (value.is_object() && schema.merge != kubeschema::Merge::kAtomic) ||
         (value.is_array() && merges_items(schema));
}

FieldSet item_fields(const json::value& item, const kubeschema::Schema& list) {
  auto set = item.is_object() ? FieldSet{} : leaf();
  if (const auto* object = item.if_object()) {
    for (const auto& [name, value] : *object) {
      add_below(set, "f:" + std::string(name), fields_of(value, list.at(name)));
    }
    set.member = true;
  }
  return set;
}

std::map<std::string, const json::value*> by_key(const json::array& items, const kubeschema::Schema& list) {
  std::map<std::string, const json::value*> out;
  for (const auto& item : items) {
    if (auto key = item_key(item, list); !key.empty()) out.emplace(std::move(key), &item);
  }
  return out;
}

void append(Difference& out, const std::string& element, Difference part) {
  add_below(out.set, element, std::move(part.set));
  add_below(out.removed, element, std::move(part.removed));
}

Difference object_difference(const json::object& before, const json::object& after,
                             const kubeschema::Schema& schema) {
  Difference out;
  for (const auto& [name, value] : after) {
    const auto element = "f:" + std::string(name);
    const auto* old = before.if_contains(name);
    if (old == nullptr) {
      add_below(out.set, element, fields_of(value, schema.at(name)));
    } else {
      append(out, element, difference(*old, value, schema.at(name)));
    }
  }
  for (const auto& [name, value] : before) {
    if (!after.contains(name))
      add_below(out.removed, "f:" + std::string(name), fields_of(value, schema.at(name)));
  }
  return out;
}

Difference list_difference(const json::array& before, const json::array& after,
                           const kubeschema::Schema& schema) {
  Difference out;
  const auto old_items = by_key(before, schema);
  const auto new_items = by_key(after, schema);
  for (const auto& [key, item] : new_items) {
    const auto old = old_items.find(key);
    if (old == old_items.end()) {
      add_below(out.set, key, item_fields(*item, schema));
    } else if (item->is_object() && old->second->is_object()) {
      append(out, key, object_difference(old->second->get_object(), item->get_object(), schema));
    }
  }
  for (const auto& [key, item] : old_items) {
    if (!new_items.contains(key)) add_below(out.removed, key, item_fields(*item, schema));
  }
  return out;
}

void collect_paths(const FieldSet& set, const std::string& prefix, std::vector<std::string>& out) {
  if (set.member) out.push_back(prefix);
  for (const auto& [element, part] : set.below) {
    const auto rest = std::string_view(element).substr(2);
    std::string step;
    if (element.starts_with("f:")) {
      step = fmt::format(".{}", rest);
    } else if (element.starts_with("v:")) {
      step = fmt::format("[={}]", rest);
    } else {
      const auto parsed = parse_json(rest);
      if (parsed && parsed->is_object()) {
        for (const auto& [name, value] : parsed->get_object()) {
          step +=
              fmt::format("{}{}={}", step.empty() ? "" : ",", std::string_view(name), json::serialize(value));
        }
      }
      step = "[" + step + "]";
    }
    collect_paths(part, prefix + step, out);
  }
}

}  // namespace

const FieldSet* FieldSet::at(std::string_view element) const {
  const auto found = below.find(element);
  return found == below.end() ? nullptr : &found->second;
}

FieldSet united(const FieldSet& a, const FieldSet& b) {
  FieldSet out = a;
  out.member = a.member || b.member;
  for (const auto& [element, part] : b.below) {
    auto& mine = out.below[element];
    mine = united(mine, part);
  }
  return out;
}

FieldSet common(const FieldSet& a, const FieldSet& b) {
  FieldSet out;
  out.member = a.member && b.member;
  for (const auto& [element, part] : a.below) {
    if (const auto* other = b.at(element)) add_below(out, element, common(part, *other));
  }
  return out;
}

FieldSet without(const FieldSet& a, const FieldSet& b) {
  FieldSet out;
  out.member = a.member && !b.member;
  for (const auto& [element, part] : a.below) {
    const auto* other = b.at(element);
    add_below(out, element, other == nullptr ? part : without(part, *other));
  }
  return out;
}

FieldSet without_all_below(const FieldSet& a, const FieldSet& b) {
  if (b.member) return {};
  FieldSet out;
  out.member = a.member;
  for (const auto& [element, part] : a.below) {
    const auto* other = b.at(element);
    add_below(out, element, other == nullptr ? part : without_all_below(part, *other));
  }
  return out;
}

FieldSet fields_of(const json::value& value, const kubeschema::Schema& schema) {
  if (!is_granular(value, schema)) return leaf();
  FieldSet set;
  if (const auto* object = value.if_object()) {
    for (const auto& [name, field] : *object) {
      add_below(set, "f:" + std::string(name), fields_of(field, schema.at(name)));
    }
  } else {
    for (const auto& item : value.get_array()) {
      if (auto key = item_key(item, schema); !key.empty())
        add_below(set, std::move(key), item_fields(item, schema));
    }
  }
  return set.below.empty() ? leaf() : set;  // An empty map or list is a value of its own.
}

Difference difference(const json::value& before, const json::value& after, const kubeschema::Schema& schema) {
  if (before == after) return {};
  if (is_granular(before, schema) && is_granular(after, schema)) {
    if (before.is_object() && after.is_object())
      return object_difference(before.get_object(), after.get_object(), schema);
    if (before.is_array() && after.is_array())
      return list_difference(before.get_array(), after.get_array(), schema);
  }
  Difference out;
  out.set = fields_of(after, schema);
  if (is_granular(before, schema)) out.removed = without(fields_of(before, schema), out.set);
  return out;
}

void strip_identity(FieldSet& set) {
  set.member = false;
  set.below.erase("f:apiVersion");
  set.below.erase("f:kind");
  const auto metadata = set.below.find("f:metadata");
  if (metadata == set.below.end()) return;
  constexpr std::array kServerFields{"f:name",
                                     "f:namespace",
                                     "f:uid",
                                     "f:generation",
                                     "f:resourceVersion",
                                     "f:creationTimestamp",
                                     "f:selfLink",
                                     "f:managedFields",
                                     "f:deletionTimestamp",
                                     "f:generateName",
                                     "f:deletionGracePeriodSeconds"};
  metadata->second.member = false;
  for (const auto* name : kServerFields) metadata->second.below.erase(name);
  if (metadata->second.empty()) set.below.erase(metadata);
}

std::vector<std::string> paths_of(const FieldSet& set) {
  std::vector<std::string> out;
  collect_paths(set, "", out);
  return out;
}

json::object to_fields_v1(const FieldSet& set) {
  json::object out;
  for (const auto& [element, part] : set.below) {
    auto inner = to_fields_v1(part);
    // A member that also has members below says so with ".".
    if (part.member && !part.below.empty()) inner["."] = json::object{};
    out[element] = std::move(inner);
  }
  return out;
}

namespace {

/// A field, a value, a key or an index: "f:spec".
bool is_element(std::string_view text) {
  return text.size() >= 2 && text[1] == ':' &&
         std::string_view("fvki").find(text[0]) != std::string_view::npos;
}

}  // namespace

FieldSet from_fields_v1(const json::value& fields) {
  FieldSet set;
  const auto* object = fields.if_object();
  if (object == nullptr) return set;
  for (const auto& [element, inner] : *object) {
    if (element == ".") {
      set.member = true;
      continue;
    }
    if (!is_element(element)) continue;
    auto part = from_fields_v1(inner);
    if (part.empty()) part.member = true;
    set.below.emplace(element, std::move(part));
  }
  return set;
}

}  // namespace berth::simcluster
