#include "base/yaml_text.hpp"

#include <algorithm>
#include <string_view>

#include "base/json_text.hpp"

namespace berth {
namespace {

/// Without quotes only where it can be nothing but a text: letters first, and no word that means a value.
bool is_plain(std::string_view text) {
  constexpr std::string_view kWords[] = {
      "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE", "yes", "Yes", "YES", "no",
      "No",   "NO",   "on",   "On",   "ON",   "off",  "Off",   "OFF",   "y",     "Y",   "n",   "N"};
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view kMore = "0123456789-_./+";
  if (text.empty() || kLetters.find(text.front()) == std::string_view::npos) return false;
  if (std::ranges::find(kWords, text) != std::end(kWords)) return false;
  return std::ranges::all_of(text, [&](char c) {
    return kLetters.find(c) != std::string_view::npos || kMore.find(c) != std::string_view::npos;
  });
}

std::string text_of(std::string_view text) {
  return is_plain(text) ? std::string(text) : json_text(json::value(text));
}

/// Lines that stand as they are, under "|": the last one ended, the first one telling the indent.
bool is_block(const json::value& value) {
  const auto* text = value.if_string();
  if (text == nullptr || text->size() < 2) return false;
  const std::string_view lines = *text;
  if (!lines.ends_with('\n') || lines.ends_with("\n\n") || lines.starts_with(' ') || lines.starts_with('\n'))
    return false;
  return lines.find('\n') + 1 < lines.size() &&
         std::ranges::all_of(lines, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

void write_block(std::string& out, std::string_view lines, const std::string& indent) {
  out += " |\n";
  while (!lines.empty()) {
    const auto end = lines.find('\n') + 1;
    if (end > 1) out += indent;
    out += lines.substr(0, end);
    lines.remove_prefix(end);
  }
}

bool is_one_line(const json::value& value) {
  const auto is_leaf = [](const json::value& each) {
    return !each.is_object() && !each.is_array() && !is_block(each);
  };
  if (const auto* array = value.if_array()) return std::ranges::all_of(*array, is_leaf);
  if (const auto* object = value.if_object()) {
    constexpr std::size_t kMost = 4;
    return object->size() <= kMost &&
           std::ranges::all_of(*object, [&](const auto& member) { return is_leaf(member.value()); });
  }
  return !is_block(value);
}

std::string one_line(const json::value& value) {
  std::string out;
  if (const auto* array = value.if_array()) {
    for (const auto& each : *array) out += (out.empty() ? "" : ", ") + one_line(each);
    return "[" + out + "]";
  }
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      out += (out.empty() ? "" : ", ") + text_of(member.key()) + ": " + one_line(member.value());
    }
    return object->empty() ? "{}" : "{ " + out + " }";
  }
  const auto* text = value.if_string();
  return text != nullptr ? text_of(*text) : json_text(value);
}

void write(std::string& out, const json::value& value, std::size_t depth);

/// What stands behind "name:" or "-".
void write_below(std::string& out, const json::value& value, std::size_t depth) {
  if (is_block(value)) {
    write_block(out, value.get_string(), std::string(2 * depth, ' '));
  } else if (is_one_line(value)) {
    out += " " + one_line(value) + "\n";
  } else {
    out += "\n";
    write(out, value, depth);
  }
}

// As deep as what was read: that is limited.
void write(std::string& out, const json::value& value, std::size_t depth) {
  const std::string indent(2 * depth, ' ');
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      out += indent + text_of(member.key()) + ":";
      write_below(out, member.value(), depth + 1);
    }
  } else if (const auto* array = value.if_array()) {
    for (const auto& each : *array) {
      if (is_block(each)) {
        out += indent + "-";
        write_block(out, each.get_string(), indent + "  ");
        continue;
      }
      if (is_one_line(each)) {
        out += indent + "- " + one_line(each) + "\n";
        continue;
      }
      // The first line of what follows takes the place of its indent.
      std::string below;
      write(below, each, depth + 1);
      below.replace(0, indent.size() + 2, indent + "- ");
      out += below;
    }
  } else {
    out += indent + one_line(value) + "\n";
  }
}

}  // namespace

std::string yaml_text(std::span<const json::value> documents) {
  std::string out;
  for (const auto& document : documents) {
    if (!out.empty()) out += "---\n";
    if (document.is_object() && !document.get_object().empty()) {
      write(out, document, 0);
    } else {
      out += one_line(document) + "\n";
    }
  }
  return out;
}

}  // namespace berth
