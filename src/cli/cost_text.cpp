#include "cli/cost_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include "cli/words.hpp"

namespace berth::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

/// Members that every answer has, each shown in its own way or not at all.
constexpr std::array<std::string_view, 8> kNotTables{"question",   "currency",  "inputs", "results",
                                                     "derivation", "sentences", "notes",  "name"};

/// "12345.60" as "12,345.60".
std::string grouped(std::string text) {
  const auto first = text.starts_with('-') ? std::size_t{1} : 0;
  const auto point = text.find('.');
  for (auto at = point == std::string::npos ? text.size() : point; at > first + 3;) text.insert(at -= 3, ",");
  return text;
}

std::string number(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) return grouped(fmt::format("{:.0f}", value));
  const auto size = std::abs(value);
  if (size >= 1000 && size < 1e15) return grouped(fmt::format("{:.2f}", value));
  if (size < 1e-12 || size >= 1e15) return fmt::format("{:.5g}", value);
  // Five digits that count.
  const int before_point = static_cast<int>(std::floor(std::log10(size))) + 1;
  auto text = fmt::format("{:.{}f}", value, 5 - before_point);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

/// "unit_cost" as "unit cost".
std::string words_of(std::string_view name) {
  std::string words(name);
  std::ranges::replace(words, '_', ' ');
  return plain(words);
}

std::string cell(const json::value& value) {
  if (value.is_null()) return "-";
  if (const auto* text = value.if_string()) return plain(std::string_view(*text));
  if (const auto* truth = value.if_bool()) return *truth ? "yes" : "no";
  if (const auto* list = value.if_array()) {
    std::vector<std::string> parts;
    for (const auto& part : *list) parts.push_back(cell(part));
    return fmt::format("{}", fmt::join(parts, ", "));
  }
  if (value.is_number()) return number(value.to_number<double>());
  return plain(json::serialize(value));
}

std::string results(const json::object& answer) {
  Rows rows;
  const auto* found = answer.if_contains("results");
  if (found == nullptr || !found->is_object()) return {};
  for (const auto& [name, result] : found->get_object()) {
    const auto* value = find(result, {"value"});
    const auto reason = string_at(result, {"reason"});
    const bool none = value == nullptr || value->is_null();
    rows.push_back({"  " + words_of(name), none ? "none" : cell(*value),
                    none ? plain(reason) : plain(string_at(result, {"unit"}))});
  }
  return table(rows);
}

/// What has no place in a cell: objects and lists of them. `-o json` has everything.
bool is_nested(const json::value& value) {
  const auto* list = value.if_array();
  return value.is_object() || (list != nullptr && !list->empty() && list->front().is_object());
}

/// The members of a row as cells; those of an object in it, if they are few and plain, as columns of their
/// own.
std::vector<std::pair<std::string, std::string>> cells_of(const json::object& row) {
  std::vector<std::pair<std::string, std::string>> cells;
  for (const auto& [name, value] : row) {
    if (const auto* inner = value.if_object()) {
      for (const auto& [part, amount] : *inner) {
        if (!is_nested(amount)) cells.emplace_back(words_of(name) + " " + words_of(part), cell(amount));
      }
    } else if (!is_nested(value)) {
      cells.emplace_back(words_of(name), cell(value));
    }
  }
  return cells;
}

/// A list of objects as a table with the members of the first one as columns.
std::string table_of(const json::array& list) {
  Rows rows;
  if (list.empty() || !list.front().is_object()) return {};
  std::vector<std::string> head;
  for (const auto& [name, text] : cells_of(list.front().get_object()))
    head.push_back((head.empty() ? "  " : "") + name);
  rows.push_back(head);
  for (const auto& item : list) {
    if (!item.is_object()) continue;
    std::vector<std::string> row;
    for (const auto& [name, text] : cells_of(item.get_object()))
      row.push_back((row.empty() ? "  " : "") + text);
    rows.push_back(row);
  }
  return table(rows);
}

std::string members(const json::object& object) {
  Rows rows;
  for (const auto& [name, value] : object) {
    if (!value.is_object()) rows.push_back({"  " + words_of(name), cell(value)});
  }
  return table(rows);
}

std::string tables(const json::object& answer, bool curves) {
  std::string out;
  for (const auto& [name, value] : answer) {
    if (std::ranges::find(kNotTables, std::string_view(name)) != kNotTables.end()) continue;
    const bool curve = std::string_view(name).find("curve") != std::string_view::npos;
    if (curve && !curves) continue;
    std::string text;
    if (value.is_array()) text = table_of(value.get_array());
    if (value.is_object()) text = members(value.get_object());
    if (!text.empty()) out += fmt::format("\n{}\n{}", words_of(name), text);
  }
  return out;
}

std::string derivation(const json::object& answer) {
  const auto* lines = answer.if_contains("derivation");
  if (lines == nullptr || !lines->is_array()) return {};
  std::string out = "\nderivation\n";
  for (const auto& line : lines->get_array()) {
    const auto* value = find(line, {"value"});
    out += fmt::format("  {} = {}\n    = {}\n    = {} {}   ({})\n", plain(string_at(line, {"symbol"})),
                       plain(string_at(line, {"formula"})), plain(string_at(line, {"numbers"})),
                       value == nullptr ? "none" : cell(*value), plain(string_at(line, {"unit"})),
                       words_of(string_at(line, {"name"})));
  }
  return out;
}

}  // namespace

std::string answer_text(const json::object& answer, const CostShown& shown) {
  std::string out;
  if (const auto* sentences = answer.if_contains("sentences");
      sentences != nullptr && sentences->is_object()) {
    for (const auto& [name, sentence] : sentences->get_object()) out += cell(sentence) + "\n";
  }
  out += fmt::format("\nresults, money in {}\n{}", plain(string_at(answer, {"currency"})), results(answer));
  out += tables(answer, shown.curves);
  if (shown.derivation) out += derivation(answer);
  if (const auto* notes = answer.if_contains("notes");
      notes != nullptr && notes->is_array() && !notes->get_array().empty()) {
    out += "\n";
    for (const auto& note : notes->get_array()) out += "note: " + cell(note) + "\n";
  }
  return out;
}

std::string inputs_text(const json::object& catalogue) {
  std::string out;
  std::string group;
  Rows rows;
  const auto flush = [&] {
    if (!rows.empty()) out += fmt::format("{}{}\n{}", out.empty() ? "" : "\n", words_of(group), table(rows));
    rows.clear();
  };
  const auto* inputs = catalogue.if_contains("inputs");
  if (inputs == nullptr || !inputs->is_array()) return out;
  for (const auto& input : inputs->get_array()) {
    if (const auto its = string_at(input, {"group"}); its != group) {
      flush();
      group = its;
    }
    const auto* standard = find(input, {"default"});
    const auto date = string_at(input, {"date"});
    const auto followed = string_at(input, {"follows"});
    rows.push_back({"  " + plain(string_at(input, {"name"})),
                    !followed.empty()     ? "as " + followed
                    : standard == nullptr ? "-"
                                          : cell(*standard),
                    plain(string_at(input, {"unit"})), plain(string_at(input, {"allowed"})),
                    plain(string_at(input, {"text"})),
                    plain(string_at(input, {"source"}) + (date.empty() ? "" : ", " + date))});
  }
  flush();
  return out;
}

}  // namespace berth::cli
