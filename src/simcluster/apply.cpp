#include "simcluster/apply.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simcluster/objects.hpp"

namespace berth::simcluster {
namespace {

json::value merged(const json::value& live, const json::value& wanted, const kubeschema::Schema& schema);

json::object merged_objects(const json::object& live, const json::object& wanted,
                            const kubeschema::Schema& schema) {
  json::object out = live;
  for (const auto& [name, value] : wanted) {
    auto* mine = out.if_contains(name);
    if (mine == nullptr) {
      out[name] = value;
    } else {
      *mine = merged(*mine, value, schema.at(name));
    }
  }
  return out;
}

std::vector<std::string> keys_of(const json::array& list, const kubeschema::Schema& schema) {
  std::vector<std::string> keys;
  for (const auto& item : list) keys.push_back(item_key(item, schema));
  return keys;
}

bool has(const std::vector<std::string>& keys, const std::string& key) {
  return std::ranges::find(keys, key) != keys.end();
}

/// The items of both. Those that are wanted come in the wanted order; those that are only live come as early
/// as they can without leaving their place among the live ones that are wanted too.
json::array merged_lists(const json::array& live, const json::array& wanted,
                         const kubeschema::Schema& schema) {
  const auto live_keys = keys_of(live, schema);
  const auto wanted_keys = keys_of(wanted, schema);
  json::array out;
  std::size_t at = 0;  // in the live list
  const auto pass_live_only_until = [&](const std::string* shared) {
    for (; at < live.size() && (shared == nullptr || live_keys[at] != *shared); ++at) {
      if (!has(wanted_keys, live_keys[at])) out.push_back(live[at]);
    }
  };
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto next = std::find_if(wanted_keys.begin() + static_cast<std::ptrdiff_t>(i), wanted_keys.end(),
                                   [&](const std::string& key) { return has(live_keys, key); });
    pass_live_only_until(next == wanted_keys.end() ? nullptr : &*next);
    const auto found = std::ranges::find(live_keys, wanted_keys[i]);
    if (found == live_keys.end()) {
      out.push_back(wanted[i]);
      continue;
    }
    const auto& mine = live[static_cast<std::size_t>(found - live_keys.begin())];
    const bool both_maps = mine.is_object() && wanted[i].is_object();
    out.push_back(both_maps ? json::value(merged_objects(mine.get_object(), wanted[i].get_object(), schema))
                            : wanted[i]);
    if (at < live.size() && live_keys[at] == wanted_keys[i]) ++at;
  }
  pass_live_only_until(nullptr);
  return out;
}

json::value merged(const json::value& live, const json::value& wanted, const kubeschema::Schema& schema) {
  if (live.is_object() && wanted.is_object() && schema.merge != kubeschema::Merge::kAtomic) {
    return merged_objects(live.get_object(), wanted.get_object(), schema);
  }
  if (live.is_array() && wanted.is_array() && merges_items(schema)) {
    return merged_lists(live.get_array(), wanted.get_array(), schema);
  }
  return wanted;
}

/// Takes out of `object` (or an item) what `dropped` names, save what `kept` holds.
void prune(json::object& object, const FieldSet& dropped, const FieldSet& kept,
           const kubeschema::Schema& schema);

void prune_list(json::array& list, const FieldSet& dropped, const FieldSet& kept,
                const kubeschema::Schema& schema) {
  json::array out;
  for (auto& item : list) {
    const auto key = item_key(item, schema);
    const auto* gone = key.empty() ? nullptr : dropped.at(key);
    const auto* held = key.empty() ? nullptr : kept.at(key);
    if (gone != nullptr && gone->member && held == nullptr) continue;
    if (gone != nullptr && item.is_object()) {
      prune(item.get_object(), *gone, held == nullptr ? FieldSet{} : *held, schema);
    }
    out.push_back(std::move(item));
  }
  list = std::move(out);
}

void prune(json::object& object, const FieldSet& dropped, const FieldSet& kept,
           const kubeschema::Schema& schema) {
  for (const auto& [element, gone] : dropped.below) {
    if (!element.starts_with("f:")) continue;
    const auto name = std::string_view(element).substr(2);
    auto* value = object.if_contains(name);
    if (value == nullptr) continue;
    const auto* held = kept.at(element);
    if (gone.member && held == nullptr) {
      object.erase(name);
      continue;
    }
    const auto& part = schema.at(name);
    const FieldSet none;
    if (value->is_object() && part.merge != kubeschema::Merge::kAtomic) {
      prune(value->get_object(), gone, held == nullptr ? none : *held, part);
      if (value->get_object().empty() && held == nullptr) object.erase(name);
    } else if (value->is_array() && merges_items(part)) {
      prune_list(value->get_array(), gone, held == nullptr ? none : *held, part);
      if (value->get_array().empty() && held == nullptr) object.erase(name);
    }
  }
}

std::string describe(const Managed& entry) {
  auto text = fmt::format("conflict with \"{}\"", entry.manager);
  if (!entry.subresource.empty()) text += fmt::format(" with subresource \"{}\"", entry.subresource);
  text += fmt::format(" using {}", entry.api_version);
  if (entry.operation == "Update" && !entry.time.empty()) text += fmt::format(" at {}", entry.time);
  return text;
}

Managed entry_of(const Writer& writer, std::string_view operation) {
  return {writer.manager, std::string(operation), writer.api_version, writer.subresource, writer.time, {}};
}

}  // namespace

std::vector<Managed> read_managed(const json::object& object) {
  std::vector<Managed> entries;
  const auto* metadata = object.if_contains("metadata");
  const auto* list = metadata == nullptr ? nullptr : berth::find(*metadata, {"managedFields"});
  if (list == nullptr || !list->is_array()) return entries;
  for (const auto& one : list->get_array()) {
    const auto* fields = berth::find(one, {"fieldsV1"});
    entries.push_back({string_at(one, {"manager"}), string_at(one, {"operation"}),
                       string_at(one, {"apiVersion"}), string_at(one, {"subresource"}),
                       string_at(one, {"time"}), fields == nullptr ? FieldSet{} : from_fields_v1(*fields)});
  }
  return entries;
}

void write_managed(json::object& object, const std::vector<Managed>& entries) {
  json::array list;
  for (const auto& entry : entries) {
    if (entry.fields.empty()) continue;
    json::object one{{"manager", entry.manager},        {"operation", entry.operation},
                     {"apiVersion", entry.api_version}, {"time", entry.time},
                     {"fieldsType", "FieldsV1"},        {"fieldsV1", to_fields_v1(entry.fields)}};
    if (!entry.subresource.empty()) one["subresource"] = entry.subresource;
    list.push_back(std::move(one));
  }
  auto& slot = object["metadata"];
  if (!slot.is_object()) slot = json::object{};
  auto& metadata = slot.get_object();
  if (list.empty()) {
    metadata.erase("managedFields");
  } else {
    metadata["managedFields"] = std::move(list);
  }
}

Applied apply_merge(const json::object& live, const json::object& wanted, const kubeschema::Schema& schema,
                    const Writer& writer) {
  Applied out;
  const auto clean = without_nulls(wanted).get_object();
  auto mine = entry_of(writer, "Apply");
  mine.fields = fields_of(json::value(clean), schema);
  strip_identity(mine.fields);

  out.object = merged_objects(live, clean, schema);
  auto changed = difference(json::value(live), json::value(out.object), schema).set;
  strip_identity(changed);

  FieldSet others;
  FieldSet last;
  for (auto& entry : read_managed(live)) {
    if (entry.same_owner(mine)) {
      last = entry.fields;
      if (entry.fields == mine.fields)
        mine.time = entry.time;  // An apply that says the same leaves no trace.
      continue;
    }
    const auto contested = common(entry.fields, changed);
    for (auto& path : paths_of(contested))
      out.conflicts.push_back({entry.manager, describe(entry), std::move(path)});
    entry.fields = without(entry.fields, contested);
    others = united(others, entry.fields);
    out.managed.push_back(std::move(entry));
  }
  prune(out.object, without(last, mine.fields), united(mine.fields, others), schema);
  out.managed.insert(out.managed.begin(), std::move(mine));
  std::erase_if(out.managed, [](const Managed& entry) { return entry.fields.empty(); });
  return out;
}

std::vector<Managed> after_update(const json::object& before, const json::object& after,
                                  const kubeschema::Schema& schema, const Writer& writer) {
  auto entries = read_managed(before);
  auto change = difference(json::value(before), json::value(after), schema);
  strip_identity(change.set);
  strip_identity(change.removed);
  if (change.set.empty() && change.removed.empty()) return entries;

  auto mine = entry_of(writer, "Update");
  mine.fields = change.set;
  bool known = false;
  for (auto& entry : entries) {
    if (entry.same_owner(mine)) {
      known = true;
      entry.fields = without_all_below(united(entry.fields, change.set), change.removed);
      entry.time = writer.time;
    } else {
      entry.fields = without_all_below(without(entry.fields, change.set), change.removed);
    }
  }
  if (!known) entries.push_back(std::move(mine));
  std::erase_if(entries, [](const Managed& entry) { return entry.fields.empty(); });
  return entries;
}

Refusal conflict_refusal(const Subject& subject, const std::vector<Conflict>& conflicts) {
  Refusal refusal = conflict(subject, "");
  refusal.message =
      fmt::format("Apply failed with {} conflict{}:", conflicts.size(), conflicts.size() == 1 ? "" : "s");
  std::string last;
  for (const auto& one : conflicts) {
    if (conflicts.size() == 1) {
      refusal.message += fmt::format(" {}: {}", one.message, one.field);
    } else {
      if (one.message != last)
        refusal.message += fmt::format("{} {}:", last.empty() ? "" : "\n", one.message);
      refusal.message += fmt::format("\n- {}", one.field);
      last = one.message;
    }
    refusal.causes.push_back({"FieldManagerConflict", one.message, one.field});
  }
  return refusal;
}

}  // namespace berth::simcluster
