#include "cli/cache_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "cacheplan/words.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

using cacheplan::bytes_text;

constexpr std::size_t kShownDigestBytes = 12;
constexpr minutes kLate{2};  // without a word of a daemon that reports each quarter of a minute

std::string text_at(const json::value& of, std::string_view name) {
  return plain(string_at(of, {name}));
}
std::int64_t number_at(const json::value& of, std::string_view name) {
  return find_int(of, {name}).value_or(0);
}
bool has_items(const json::value& list) {
  const auto* items = find(list, {"items"});
  return items != nullptr && items->is_array() && !items->get_array().empty();
}

std::string progress_text(const json::value& state) {
  const auto of = find_int(state, {"of_bytes"});
  const auto word = string_at(state, {"state"});
  if (word == "cached" || word == "outdated") return of ? bytes_text(*of) : "";
  if (word != "pulling") {
    const auto there = number_at(state, "bytes");
    if (!of) return "";
    return there > 0 ? fmt::format("{} of {}", bytes_text(there), bytes_text(*of)) : bytes_text(*of);
  }
  auto text = fmt::format("{} of {}, {}/s", bytes_text(number_at(state, "bytes")), bytes_text(of.value_or(0)),
                          bytes_text(number_at(state, "rate")));
  if (const auto left = find_int(state, {"seconds_left"}))
    text += ", " + show_length(seconds(*left)) + " left";
  return text;
}

std::string node_line(const json::value& node, Instant now) {
  auto text = fmt::format("{} ({}): ", text_at(node, "node"), text_at(node, "pool"));
  const auto at = parse_rfc3339(string_at(node, {"reported_at"}));
  if (!at) return text + "no daemon has reported from here\n";
  const auto* disk = find(node, {"disk"});
  if (disk != nullptr && disk->is_object()) {
    const auto bytes = number_at(*disk, "bytes");
    text += fmt::format("disk {} of {} used, {} by models, mark {} %",
                        cacheplan::percent_text(bytes - number_at(*disk, "free"), bytes), bytes_text(bytes),
                        bytes_text(number_at(*disk, "held")), number_at(*disk, "high_percent"));
  }
  if (const auto rate = number_at(node, "rate"); rate > 0) text += fmt::format(", {}/s", bytes_text(rate));
  if (now - *at > kLate) text += fmt::format("; nothing heard for {}", show_length(now - *at));
  text += '\n';
  if (const auto fault = text_at(node, "fault"); !fault.empty()) text += "  " + fault + "\n";
  return text;
}

}  // namespace

std::string cache_artifacts_text(const json::value& list) {
  if (!has_items(list)) return "nodes are to have nothing: berth cache add hf://owner/name\n";
  std::vector<std::vector<std::string>> rows{{"ID", "KIND", "SOURCE", "POOLS", "PRIORITY", "PINNED", "NOTE"}};
  for (const auto& one : list.at("items").as_array()) {
    std::vector<std::string> pools;
    for (const auto& pool : one.at("pools").as_array()) pools.push_back(plain(pool.as_string()));
    rows.push_back({text_at(one, "id").substr(0, kShownIdBytes), text_at(one, "kind"), text_at(one, "source"),
                    pools.empty() ? "all" : fmt::format("{}", fmt::join(pools, ", ")),
                    std::to_string(number_at(one, "priority")),
                    find_bool(one, {"pinned"}).value_or(false) ? "yes" : "no", text_at(one, "note")});
  }
  return table(rows);
}

std::string cache_nodes_text(const json::value& list, Instant now) {
  if (!has_items(list)) return "there is no node\n";
  std::string text;
  for (const auto& node : list.at("items").as_array()) {
    if (!text.empty()) text += '\n';
    text += node_line(node, now);
    std::vector<std::vector<std::string>> rows{{"STATE", "SOURCE", "BYTES", "SINCE", "IS", "WHY"}};
    for (const auto& one : node.at("artifacts").as_array()) {
      rows.push_back({text_at(one, "state"), text_at(one, "source"), progress_text(one),
                      show_time(string_at(one, {"since"}), now),
                      text_at(one, "digest").substr(0, kShownDigestBytes), text_at(one, "reason")});
    }
    if (rows.size() > 1) text += table(rows);
  }
  return text;
}

std::string cache_tokens_text(const json::value& list, Instant now) {
  if (!has_items(list)) return "no node has a token: berth cache token make NODE\n";
  const auto time = [now](const json::value& of, std::string_view name, std::string_view none) {
    const auto at = string_at(of, {name});
    return at.empty() ? std::string(none) : show_time(at, now);
  };
  std::vector<std::vector<std::string>> rows{
      {"TOKEN", "POOL", "NODE", "MADE BY", "MADE", "LAST USED", "STATE"}};
  for (const auto& one : list.at("items").as_array()) {
    const auto revoked = time(one, "revoked_at", "");
    rows.push_back({text_at(one, "prefix"), text_at(one, "pool"), text_at(one, "node"),
                    text_at(one, "made_by"), time(one, "made_at", "-"), time(one, "last_used_at", "never"),
                    revoked.empty() ? "works" : "revoked " + revoked});
  }
  return table(rows);
}

Result<json::value> choose_cached(const std::string& ref, std::string_view name, const json::array& items) {
  std::vector<const json::value*> meant;
  for (const auto& item : items) {
    const auto called = string_at(item, {name});
    if (called == ref || called == ref + "@main") return item;
    // Fewer characters than are shown would hit one by chance.
    if (ref.size() >= kShownIdBytes && string_at(item, {"id"}).starts_with(ref)) meant.push_back(&item);
  }
  if (meant.size() == 1) return *meant.front();
  if (meant.empty()) return fail(Code::kNotFound, fmt::format("there is no \"{}\"", plain(ref)));
  std::vector<std::string> names;
  for (const auto* item : meant) names.push_back(plain(string_at(*item, {name})));
  return fail(Code::kInvalid, fmt::format("\"{}\" means several: {}", plain(ref), fmt::join(names, ", ")));
}

}  // namespace berth::cli
