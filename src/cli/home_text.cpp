#include "cli/home_text.hpp"

#include <fmt/format.h>

#include <vector>

#include "cli/words.hpp"

namespace berth::cli {
namespace {

std::string short_id(const json::value& home) {
  return plain(string_at(home, {"id"})).substr(0, kShownIdBytes);
}

std::string state_text(const json::value& home, Instant now) {
  const auto state = string_at(home, {"state"});
  if (state == "deleting") return "being deleted";
  if (state == "in_use") return "in use";
  if (state == "lost") return "lost: the cluster has no such volume any more";
  return "kept until " + show_time(string_at(home, {"kept_until"}), now);
}

}  // namespace

std::string files_text(const json::value& home, bool begins, Instant now) {
  if (!home.is_object()) return {};
  std::string text;
  if (begins) {
    const auto of = string_at(home, {"files", "of"});
    text =
        of.empty() ? "none at its start; " : fmt::format("yours of {} from its start; ", show_time(of, now));
  }
  if (string_at(home, {"after"}) == "kept") {
    text += "kept until " + show_time(string_at(home, {"kept_until"}), now);
    if (const auto replaced = string_at(home, {"replaces"}); !replaced.empty())
      text += fmt::format(", and those of {} deleted then: the pool keeps no more", show_time(replaced, now));
    return text;
  }
  text += "deleted at its end";
  if (string_at(home, {"because"}) == "size") text += ": they are larger than the pool keeps";
  return text;
}

std::string homes_text(const json::value& list, Instant now) {
  const auto* items = find(list, {"items"});
  if (items == nullptr || !items->is_array() || items->get_array().empty())
    return "no files of yours outlive a session now\n";
  std::vector<std::vector<std::string>> rows{{"ID", "POOL", "LAST USED", "RESERVATION", "SIZE", "STATE"}};
  for (const auto& home : items->get_array()) {
    const auto of = string_at(home, {"of"});
    const auto name = plain(string_at(home, {"name"}));
    rows.push_back({short_id(home), plain(string_at(home, {"pool"})), of.empty() ? "-" : show_time(of, now),
                    name.empty() ? plain(string_at(home, {"reservation"})).substr(0, kShownIdBytes) : name,
                    fmt::format("{} GiB", find_int(home, {"size_gib"}).value_or(0)), state_text(home, now)});
  }
  return table(rows);
}

Result<json::value> choose_home(const std::string& ref, const json::array& homes) {
  std::vector<const json::value*> meant;
  for (const auto& home : homes) {
    const auto id = string_at(home, {"id"});
    if (id == ref) return home;
    if (!ref.empty() && (id.starts_with(ref) || string_at(home, {"name"}) == ref)) meant.push_back(&home);
  }
  if (meant.size() == 1) return *meant.front();
  if (meant.empty())
    return fail(Code::kNotFound,
                fmt::format("no files of yours \"{}\": berth home list shows them", plain(ref)));
  std::string ids;
  for (const auto* home : meant) ids += (ids.empty() ? "" : ", ") + short_id(*home);
  return fail(Code::kInvalid, fmt::format("\"{}\" means several: {}", plain(ref), ids));
}

}  // namespace berth::cli
