#include "cli/listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/percent.hpp"
#include "base/text.hpp"
#include "cli/guess.hpp"
#include "cli/output.hpp"
#include "cli/range.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

constexpr std::string_view kLiving = "APPROVED,ACTIVE";
constexpr std::string_view kOver = "COMPLETED,CANCELED,FAILED";
constexpr std::string_view kStates = "APPROVED, ACTIVE, COMPLETED, CANCELED, FAILED";

/// Those of `wanted` that are among `these`, comma separated; all of `these` where any is wanted.
std::string among(std::string_view wanted, std::string_view these) {
  if (wanted.empty()) return std::string(these);
  std::string both;
  while (!wanted.empty()) {
    const auto word = wanted.substr(0, wanted.find(','));
    wanted.remove_prefix(std::min(word.size() + 1, wanted.size()));
    if (these.find(word) != std::string_view::npos) both += (both.empty() ? "" : ",") + std::string(word);
  }
  return both;
}

std::string part_of(const std::string& text) {
  constexpr std::size_t kMostBytes = 100;  // so the server takes it; a part is enough
  return std::string(first_bytes(text, kMostBytes));
}

/// What the server is to look for. An owner and a team are among what it finds by a part, so that it leaves
/// out most of the others.
std::string searched_for(const ListOptions& options) {
  for (const auto* text : {&options.text, &options.owner, &options.team}) {
    if (!text->empty()) return part_of(*text);
  }
  return {};
}

/// Pages of one order, through the filter, until there are more than enough.
bool collect(Conversation& talk, const std::string& path, const Filter& filter, std::size_t most,
             json::array& into, bool& more, int& code) {
  for (std::string cursor;;) {
    const auto page = talk.ask({.method = "GET", .path = path + cursor}, code);
    if (!page) return false;
    for (const auto& item : page->at("items").as_array()) {
      if (!filter.takes(item)) continue;
      if (into.size() == most) {
        more = true;
        return true;
      }
      into.push_back(item);
    }
    const auto next = string_at(*page, {"next"});
    if (next.empty()) return true;
    cursor = "&cursor=" + percent_encoded(next);
  }
}

/// What the server has of a kind, where one may read it: nothing, and nothing told, where not.
json::array readable(Conversation& talk, const std::string& path) {
  int code = kOk;
  const auto answer = talk.send_on({.method = "GET", .path = path}, code);
  if (!answer || answer->status != 200) return {};
  const auto* items = find(answer->body, {"items"});
  return items != nullptr && items->is_array() ? items->get_array() : json::array{};
}

void add_words(std::vector<std::string>& words, const json::array& items, std::string_view field) {
  for (const auto& item : items) {
    if (auto word = string_at(item, {field}); !word.empty()) words.push_back(std::move(word));
  }
}

bool is_among(const std::vector<std::string>& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

/// Whether there is any reservation that may be seen and that the filter takes.
std::optional<bool> is_any(Conversation& talk, const Filter& filter, int& code) {
  json::array found;
  bool more = false;
  const auto path = "/reservations?limit=500&q=" + percent_encoded(part_of(filter.team + filter.owner));
  if (!collect(talk, path, filter, 1, found, more, code)) return std::nullopt;
  return !found.empty();
}

/// Which word of the filter is a slip, so that nothing found is no answer. Empty when none is.
std::optional<std::string> slip_in(Conversation& talk, const ListOptions& options, int& code) {
  std::vector<std::string> pools;
  add_words(pools, readable(talk, "/pools"), "name");
  if (!options.pool.empty() && !is_among(pools, options.pool))
    return fmt::format("there is no pool \"{}\"{}", shown(options.pool), did_you_mean(options.pool, pools));
  const auto me = talk.ask({.method = "GET", .path = "/auth/me"}, code);
  if (!me) return std::nullopt;
  const auto seen = readable(talk, "/reservations?limit=500");
  if (!options.team.empty()) {
    std::vector<std::string> teams;
    if (const auto* own = find(*me, {"user", "teams"}); own != nullptr && own->is_array()) {
      for (const auto& team : own->get_array()) teams.emplace_back(team.as_string());
    }
    add_words(teams, readable(talk, "/teams"), "name");
    add_words(teams, seen, "team");
    const auto known = is_among(teams, options.team)
                           ? true
                           : is_any(talk, {.team = options.team, .owner = {}, .from = {}, .to = {}}, code);
    if (known && !*known)
      return fmt::format("no team \"{}\" is seen from here{}", shown(options.team),
                         did_you_mean(options.team, teams));
  }
  if (!options.owner.empty()) {
    std::vector<std::string> people{string_at(*me, {"user", "email"})};
    add_words(people, readable(talk, "/users?limit=500"), "email");
    add_words(people, readable(talk, "/users?email=" + percent_encoded(options.owner)), "email");
    add_words(people, seen, "owner");
    const auto known = is_among(people, options.owner)
                           ? true
                           : is_any(talk, {.team = {}, .owner = options.owner, .from = {}, .to = {}}, code);
    if (known && !*known)
      return fmt::format("nobody who is seen from here has the address {}{}", shown(options.owner),
                         did_you_mean(options.owner, people));
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> state_words(const std::string& typed) {
  std::string words;
  std::string_view rest = typed;
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    std::string word(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    std::erase(word, ' ');
    std::ranges::transform(word, word.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (fmt::format(" {},", kStates).find(fmt::format(" {},", word)) == std::string::npos) {
      return fail(invalid_field("state", typed, std::string(kStates),
                                fmt::format("\"{}\" is no state: there are {}", plain(typed), kStates)));
    }
    words += (words.empty() ? "" : ",") + word;
  }
  return words;
}

Result<Filter> Filter::of(const ListOptions& options, Instant now) {
  const auto range = parse_range(options.from, options.to, {.now = now});
  if (!range) return fail(range.error());
  return Filter{.team = options.team, .owner = options.owner, .from = range->from, .to = range->to};
}

bool Filter::takes(const json::value& it) const {
  if (!team.empty() && string_at(it, {"team"}) != team) return false;
  if (!owner.empty() && string_at(it, {"owner"}) != owner) return false;
  const auto ended = string_at(it, {"ended_at"});
  const auto start = parse_rfc3339(string_at(it, {"start"}));
  const auto end = parse_rfc3339(ended.empty() ? string_at(it, {"end"}) : ended);
  if (from && end && *end <= *from) return false;
  return !(to && start && *start >= *to);
}

std::optional<json::value> list_reservations(Conversation& talk, const ListOptions& options, int& code) {
  constexpr int kMostOfAPage = 500;
  const auto states = state_words(options.state);
  const auto filter = Filter::of(options, talk.server_now);
  if (!states || !filter) {
    code = Conversation::complain(states ? filter.error() : states.error());
    return std::nullopt;
  }
  const auto most = options.all ? SIZE_MAX : static_cast<std::size_t>(options.limit);
  const bool filtered = !options.team.empty() || !options.owner.empty() || filter->from || filter->to;
  const auto at_once = options.all || filtered ? kMostOfAPage : std::min(options.limit + 1, kMostOfAPage);
  const auto path = [&](std::string_view sort, const std::string& words) {
    auto text = fmt::format("/reservations?limit={}&sort={}&state={}", at_once, sort, words);
    if (options.mine) text += "&mine=true";
    if (!options.pool.empty()) text += "&pool=" + percent_encoded(options.pool);
    if (const auto part = searched_for(options); !part.empty()) text += "&q=" + percent_encoded(part);
    return text;
  };
  json::array items;
  bool more = false;
  for (const auto& [sort, these] : {std::pair{"start", kLiving}, {"-start", kOver}}) {
    const auto words = among(*states, these);
    if (more || words.empty()) continue;
    if (!collect(talk, path(sort, words), *filter, most, items, more, code)) return std::nullopt;
  }
  if (items.empty()) {
    const auto slip = slip_in(talk, options, code);
    if (slip) code = Conversation::complain({.code = Code::kInvalid, .message = *slip});
    if (slip || code != kOk) return std::nullopt;
  }
  std::ranges::stable_sort(items, {}, [](const json::value& it) {
    return parse_rfc3339(string_at(it, {"start"})).value_or(Instant{});
  });
  return json::object{{"items", std::move(items)}, {"more", more}, {"next", nullptr}};
}

}  // namespace berth::cli
