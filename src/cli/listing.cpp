#include "cli/listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "cli/times.hpp"
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

/// What the server is to look for. An owner and a team are among what it finds by a part, so that it leaves
/// out most of the others.
std::string searched_for(const ListOptions& options) {
  constexpr std::size_t kMostBytes = 100;  // so the server takes it; a part is enough
  for (const auto* text : {&options.text, &options.owner, &options.team}) {
    if (!text->empty()) return std::string(first_bytes(*text, kMostBytes));
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
    cursor = "&cursor=" + url_encode(next);
  }
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
  Filter filter{.team = options.team, .owner = options.owner, .from = {}, .to = {}};
  for (const auto& [typed, into] : {std::pair{&options.from, &filter.from}, {&options.to, &filter.to}}) {
    if (typed->empty()) continue;
    const auto at = *typed == "now" ? Result<Instant>(now) : parse_time(*typed, now);
    if (!at) return fail(at.error());
    *into = *at;
  }
  return filter;
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
    if (!options.pool.empty()) text += "&pool=" + url_encode(options.pool);
    if (const auto part = searched_for(options); !part.empty()) text += "&q=" + url_encode(part);
    return text;
  };
  json::array items;
  bool more = false;
  for (const auto& [sort, these] : {std::pair{"start", kLiving}, {"-start", kOver}}) {
    const auto words = among(*states, these);
    if (more || words.empty()) continue;
    if (!collect(talk, path(sort, words), *filter, most, items, more, code)) return std::nullopt;
  }
  std::ranges::stable_sort(items, {}, [](const json::value& it) {
    return parse_rfc3339(string_at(it, {"start"})).value_or(Instant{});
  });
  return json::object{{"items", std::move(items)}, {"more", more}, {"next", nullptr}};
}

}  // namespace berth::cli
