#include "cli/apply_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "cli/booking_title.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

constexpr std::size_t kLongestName = 30;

char mark_of(std::string_view change) {
  if (change.ends_with(" is new.")) return '+';
  return change.ends_with(" is retired.") ? '-' : '~';
}

std::string what_becomes(const json::value& it, bool tried) {
  const auto fate = string_at(it, {"fate"});
  if (fate == "stays") {
    const bool blocks = find_bool(it, {"in_the_way"}).value_or(false);
    return (blocks ? "in the way. " : "stays. ") + string_at(it, {"why"});
  }
  const auto to =
      fmt::format("to {} on {}", comma_joined(list_at(it, {"to_units"})), string_at(it, {"to_node"}));
  if (fate == "movable") return "could be moved " + to;
  return (tried ? "would be moved " : "moved ") + to;
}

/// What stands at the beginning of a path: ".nodes[0]" as its name and its place in it.
struct Step {
  std::string name;
  std::size_t index = 0;
  std::size_t bytes = 0;
};

std::optional<Step> step_at(std::string_view path) {
  constexpr std::size_t kMostDigits = 6;
  const auto open = path.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
  if (open == 0 || open == std::string_view::npos || path[open] != '[') return std::nullopt;
  const auto close = path.find_first_not_of("0123456789", open + 1);
  const auto digits = close == std::string_view::npos ? 0 : close - open - 1;
  if (digits == 0 || digits > kMostDigits || path[close] != ']') return std::nullopt;
  return Step{.name = std::string(path.substr(0, open)),
              .index = std::stoul(std::string(path.substr(open + 1, digits))),
              .bytes = close + 1};
}

/// "device_classes" as "device class".
std::string one_of(std::string words) {
  words.resize(words.size() - (words.ends_with("classes") ? 2 : words.ends_with('s') ? 1 : 0));
  std::ranges::replace(words, '_', ' ');
  return words;
}

/// What a path means in the documents, and how many of its bytes that is; nothing where it has no name there.
std::pair<std::string, std::size_t> named(std::string_view path, const json::array& documents) {
  std::string words;
  std::size_t bytes = 0;
  const json::array* among = &documents;
  for (auto step = step_at(path); step && step->index < among->size();
       step = step_at(path.substr(bytes + 1))) {
    const auto& thing = among->at(step->index);
    const auto name = string_at(thing, {"name"});
    if (name.empty()) break;
    const auto what = words.empty() ? in_lower_case(string_at(thing, {"kind"})) : one_of(step->name);
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", what, plain(name));
    bytes += step->bytes + (bytes == 0 ? 0 : 1);
    if (bytes + 1 >= path.size() || path[bytes] != '.') break;
    const auto next = step_at(path.substr(bytes + 1));
    among = next ? &list_at(thing, {next->name}) : &documents;
    if (!next) break;
  }
  return {words, bytes};
}

}  // namespace

std::string with_names(std::string_view text, const json::array& documents) {
  constexpr std::string_view kBegin = "documents[";
  std::string out;
  for (auto at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin)) {
    const auto [words, bytes] = named(text.substr(at), documents);
    out += std::string(text.substr(0, at)) + (bytes == 0 ? std::string(kBegin) : words);
    text.remove_prefix(at + (bytes == 0 ? kBegin.size() : bytes));
    if (bytes == 0 || text.size() < 2 || text[0] != '.' || text[1] < 'a' || text[1] > 'z') continue;
    out += ", ";  // what follows is a field of it
    text.remove_prefix(1);
  }
  return out + std::string(text);
}

Touched touched_in(const json::value& answer) {
  Touched touched;
  const auto add = [&](const json::value& of) {
    touched.changed = touched.changed || find_bool(of, {"changed"}).value_or(false);
    for (const auto& it : list_at(of, {"affected"})) {
      const bool is_movable = string_at(it, {"fate"}) == "movable";
      const bool blocks = find_bool(it, {"in_the_way"}).value_or(false);
      ++touched.bookings;
      touched.movable += is_movable ? 1 : 0;
      touched.stuck += blocks && !is_movable ? 1 : 0;
    }
  };
  add(answer);
  for (const auto& item : list_at(answer, {"items"})) add(item);
  return touched;
}

std::string affected_text(const json::value& answer, bool tried, Instant now) {
  const auto& bookings = list_at(answer, {"affected"});
  if (bookings.empty()) return "";
  std::vector<std::vector<std::string>> rows{
      {"  ID", "NAME", "OWNER", "ON", "START", "END", "WHAT BECOMES OF IT"}};
  for (const auto& it : bookings) {
    rows.push_back({"  " + string_at(it, {"reservation"}).substr(0, kShownIdBytes),
                    cut(title_of(it), kLongestName), string_at(it, {"owner"}),
                    comma_joined(list_at(it, {"units"})), show_time(string_at(it, {"start"}), now),
                    show_time(string_at(it, {"end"}), now), what_becomes(it, tried)});
  }
  const auto more = find_int(answer, {"affected_more"}).value_or(0);
  return table(rows) + (more > 0 ? fmt::format("  and {} more\n", more) : "");
}

std::string applied_text(const json::value& applied, bool tried, Instant now) {
  const bool changed = find_bool(applied, {"changed"}).value_or(false);
  auto out = fmt::format("{} {}: {}\n", string_at(applied, {"kind"}) == "Cluster" ? "cluster" : "pool",
                         plain(string_at(applied, {"name"})),
                         !changed ? "as it was"
                         : tried  ? "would change"
                                  : "changed");
  for (const auto& change : list_at(applied, {"changes"})) {
    const std::string_view sentence = change.as_string();
    out += fmt::format("  {} {}\n", mark_of(sentence), plain(sentence));
  }
  for (const auto& note : list_at(applied, {"notes"})) {
    out += fmt::format("  ! {}\n", plain(std::string_view(note.as_string())));
  }
  const auto bookings = affected_text(applied, tried, now);
  return bookings.empty() ? out : out + "  Bookings that it touches:\n" + bookings;
}

}  // namespace berth::cli
