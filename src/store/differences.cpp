#include "store/differences.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/number_text.hpp"

namespace berth::store {
namespace {

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

/// Lists of named things are compared by name; what they are called in a sentence.
std::string_view word_for(std::string_view list) {
  if (list == "device_classes") return "device class";
  if (list == "nodes") return "node";
  if (list == "devices") return "device";
  if (list == "units") return "unit";
  return {};
}

std::string shown(const json::value& value) {
  return value.is_double() ? number_text(value.get_double()) : json::serialize(value);
}

std::string name_of(const json::value& item) {
  return string_at(item, {"name"});
}

const json::value* find_named(const json::array& items, const std::string& name) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const json::value& item) { return name_of(item) == name; });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

void Differences::objects(const std::string& what, const std::string& path, const json::object& before,
                          const json::object& after) {
  for (const auto& [key, now] : after) {
    const auto* was = before.if_contains(key);
    if (was == nullptr || *was == now) continue;
    const auto word = word_for(key);
    if (!word.empty()) {
      named(std::string(word), what, was->as_array(), now.as_array());
    } else if (was->is_object() && now.is_object()) {
      objects(what, path + std::string(key) + ".", was->as_object(), now.as_object());
    } else {
      sentences_.push_back(capitalised(fmt::format("{}: {}{} was {}, is {}.", what, path,
                                                   std::string_view(key), shown(*was), shown(now))));
    }
  }
}

void Differences::named(const std::string& word, const std::string& parent, const json::array& before,
                        const json::array& after) {
  const auto full = [&](const json::value& item) {
    return word == "unit" || word == "device" ? fmt::format("{} {} of {}", word, name_of(item), parent)
                                              : fmt::format("{} {}", word, name_of(item));
  };
  std::vector<std::string> kept_before;
  std::vector<std::string> kept_after;
  for (const auto& was : before) {
    if (find_named(after, name_of(was)) == nullptr) {
      sentences_.push_back(capitalised(full(was)) + " is retired.");
    } else {
      kept_before.push_back(name_of(was));
    }
  }
  for (const auto& now : after) {
    const auto* was = find_named(before, name_of(now));
    if (was == nullptr) {
      sentences_.push_back(capitalised(full(now)) + " is new.");
      if (word == "node") {
        named("device", full(now), {}, now.at("devices").as_array());
        named("unit", full(now), {}, now.at("units").as_array());
      }
      continue;
    }
    kept_after.push_back(name_of(now));
    objects(full(now), "", was->as_object(), now.as_object());
  }
  if (word == "device class" && kept_before != kept_after) {
    sentences_.emplace_back("The order of the device classes changes.");
  }
}

}  // namespace berth::store
