#include "cli/apply_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/words.hpp"

namespace berth::cli {
namespace {

constexpr std::size_t kShownIdBytes = 8;
constexpr std::size_t kLongestName = 30;

const json::array& list_at(const json::value& root, std::string_view name) {
  static const json::array kNone;
  const auto* value = find(root, {name});
  return value == nullptr || !value->is_array() ? kNone : value->get_array();
}

std::string joined(const json::array& words) {
  std::string out;
  for (const auto& one : words) {
    if (one.is_string()) out += (out.empty() ? "" : ", ") + std::string(one.get_string());
  }
  return out;
}

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
  const auto to = fmt::format("to {} on {}", joined(list_at(it, "to_units")), string_at(it, {"to_node"}));
  if (fate == "movable") return "could be moved " + to;
  return (tried ? "would be moved " : "moved ") + to;
}

}  // namespace

int movable(const json::value& answer) {
  const auto& bookings = list_at(answer, "affected");
  return static_cast<int>(std::ranges::count_if(
      bookings, [](const json::value& it) { return string_at(it, {"fate"}) == "movable"; }));
}

std::string affected_text(const json::value& answer, bool tried, Instant now) {
  const auto& bookings = list_at(answer, "affected");
  if (bookings.empty()) return "";
  std::vector<std::vector<std::string>> rows{
      {"  ID", "NAME", "OWNER", "ON", "START", "END", "WHAT BECOMES OF IT"}};
  for (const auto& it : bookings) {
    rows.push_back({"  " + string_at(it, {"reservation"}).substr(0, kShownIdBytes),
                    cut(string_at(it, {"name"}), kLongestName), string_at(it, {"owner"}),
                    joined(list_at(it, "units")), show_time(string_at(it, {"start"}), now),
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
  for (const auto& change : list_at(applied, "changes")) {
    const std::string_view sentence = change.as_string();
    out += fmt::format("  {} {}\n", mark_of(sentence), plain(sentence));
  }
  for (const auto& note : list_at(applied, "notes")) {
    out += fmt::format("  ! {}\n", plain(std::string_view(note.as_string())));
  }
  const auto bookings = affected_text(applied, tried, now);
  return bookings.empty() ? out : out + "  Bookings on units that are out of service:\n" + bookings;
}

}  // namespace berth::cli
