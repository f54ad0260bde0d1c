#include "tokenomics/list_item.hpp"

#include "base/shown_value.hpp"
#include "base/text.hpp"
#include "tokenomics/mix.hpp"
#include "tokenomics/scenario.hpp"

namespace berth::tokenomics {
namespace {

constexpr double kBytesOf16Bits = 2;

}  // namespace

std::optional<double> ListItem::read(const Member& member) {
  const auto* value = object_.if_contains(member.name);
  const std::string field = path_ + "." + std::string(member.name);
  const bool left_out = value == nullptr || (value->is_null() && !member.required);
  if (!left_out) {
    return read_number(field, member.domain, member.limit, *value, faults_);
  }
  if (member.required) faults_.add(field, "", std::string(member.limit), field + " is missing");
  return std::nullopt;
}

std::optional<double> ListItem::read_memory() {
  const auto parameters = read(kParameters);
  const Memory memory{.parameters_billion = parameters.value_or(0),
                      .bytes_per_parameter = read(kBytes).value_or(kBytesOf16Bits),
                      .kv_cache_gb = read(kKvCache).value_or(0),
                      .overhead_gb = read(kOverhead).value_or(0)};
  if (!parameters) return std::nullopt;
  return needed_gb(memory);
}

std::string ListItem::name() {
  const auto* value = object_.if_contains("name");
  if (value == nullptr) return path_;
  const auto* text = value->if_string();
  if (text != nullptr && !text->empty() && text->size() <= kMaxNameBytes) return std::string(*text);
  faults_.add(path_ + ".name", shown_value(*value), "a text of 1 to 200 bytes",
              path_ + ".name must be a text of 1 to 200 bytes");
  return path_;
}

void ListItem::refuse_others(std::span<const Member* const> known, std::span<const std::string_view> others) {
  for (const auto& member : object_) {
    const std::string_view key = member.key();
    bool found = key == "name";
    for (const Member* one : known) found = found || one->name == key;
    for (const auto other : others) found = found || other == key;
    if (found) continue;
    faults_.add(path_ + "." + shown(key), "", "a member of this list",
                path_ + " has no member " + shown(key));
  }
}

/// The list behind `value`, or a fault.
const json::array* list_of(std::string_view name, const json::value& value, std::size_t most,
                           FieldErrors& faults) {
  const auto* list = value.if_array();
  if (list != nullptr && !list->empty() && list->size() <= most) return list;
  const std::string limit = "a list of 1 to " + std::to_string(most);
  const std::string has = list == nullptr ? shown_value(value) : std::to_string(list->size()) + " entries";
  faults.add(std::string(name), has, limit, std::string(name) + " must be " + limit);
  return nullptr;
}

const json::object* object_at(const json::array& list, std::size_t index, const std::string& path,
                              FieldErrors& faults) {
  const auto* object = list[index].if_object();
  if (object == nullptr) faults.add(path, shown_value(list[index]), "an object", path + " must be an object");
  return object;
}

}  // namespace berth::tokenomics
