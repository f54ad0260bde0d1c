// The simulated cluster's patches and server-side apply, as functions of JSON.
#include <set>

#include "fuzz.hpp"
#include "simcluster/apply.hpp"
#include "simcluster/merge_patch.hpp"
#include "simcluster/objects.hpp"

namespace {

using berth::fuzz::require;
namespace json = berth::json;
namespace sim = berth::simcluster;

void check_merge(const json::value& target, const json::value& patch) {
  auto once = target;
  sim::merge_patch(once, patch);
  auto twice = once;
  sim::merge_patch(twice, patch);
  require(once == twice);
}

/// Items of merging lists have their keys, each once; validation refuses the others.
bool well_keyed(const json::value& value, const berth::kubeschema::Schema& schema) {
  if (const auto* object = value.if_object()) {
    for (const auto& [name, field] : *object) {
      if (!well_keyed(field, schema.at(name))) return false;
    }
  }
  const auto* list = value.if_array();
  if (list == nullptr || !berth::kubeschema::merges_items(schema)) return true;
  std::set<std::string> keys;
  for (const auto& item : *list) {
    const auto key = berth::kubeschema::item_key(item, schema);
    if (key.empty() || !keys.insert(key).second || !well_keyed(item, schema)) return false;
  }
  return true;
}

void check_apply(const json::object& live, const json::object& wanted) {
  const auto schema = berth::kubeschema::schema_of("Pod");
  if (!well_keyed(live, *schema) || !well_keyed(wanted, *schema)) return;
  const sim::Writer writer{
      .manager = "me", .api_version = "v1", .subresource = "", .time = "2026-11-22T12:00:00Z"};
  auto first = sim::apply_merge(live, wanted, *schema, writer);
  sim::write_managed(first.object, first.managed);
  // Saying the same again changes nothing and is in nobody's way.
  auto second = sim::apply_merge(first.object, wanted, *schema, writer);
  sim::write_managed(second.object, second.managed);
  require(second.conflicts.empty());
  require(second.object == first.object);
  for (const auto& entry : first.managed) {
    require(sim::from_fields_v1(sim::to_fields_v1(entry.fields)) == entry.fields);
  }
}

}  // namespace

/// What there is on the first line, the patch on the second.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  auto rest = berth::fuzz::text_of(bytes, size);
  const auto target = berth::parse_json(berth::fuzz::take_line(rest));
  const auto patch = berth::parse_json(rest);
  if (!target || !patch) return 0;
  check_merge(*target, *patch);
  const auto live = sim::without_nulls(*target);
  if (live.is_object() && patch->is_object()) check_apply(live.get_object(), patch->get_object());
  (void)sim::from_fields_v1(*patch);
  return 0;
}
