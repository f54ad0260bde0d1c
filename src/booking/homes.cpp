#include "booking/homes.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <tuple>

namespace berth::booking {
namespace {

/// A home at one moment of the play.
struct Played {
  Gib size;
  std::optional<Instant> of;
  Instant until;
};

struct Event {
  Instant at;
  bool begins;
  const HomeUser* who;
};

bool fits(const Played& home, const HomeUser& user) {
  return home.size + user.model_cache <= user.storage;
}

/// The oldest, where there are more than are kept at that moment; it is among them no more.
std::optional<Instant> crowded_out(const model::HomeRule& rule, Instant at, std::vector<Played>& kept) {
  std::erase_if(kept, [&](const Played& one) { return one.until <= at; });
  if (kept.size() <= static_cast<std::size_t>(rule.count)) return std::nullopt;
  const auto oldest = std::ranges::min_element(kept, {}, &Played::of);
  const auto of = oldest->of;
  kept.erase(oldest);
  return of;
}

Instant kept_until(const HomeFacts& facts, Gib size, Instant end) {
  return facts.rule.keeps(size) ? end + std::chrono::days(facts.rule.days) : end;
}

}  // namespace

HomeForecast forecast_home(const HomeFacts& facts, const HomeUser& asked) {
  std::vector<HomeUser> all{asked};
  for (const auto& one : facts.live) {
    if (one.reservation != asked.reservation) all.push_back(one);
  }
  std::vector<Played> kept;
  std::map<model::ReservationId, Played> held;
  for (const auto& home : facts.homes) {
    const Played played{home.size, home.kept_at, home.kept_until.value_or(facts.now)};
    if (home.in_use) {
      held.emplace(home.reservation, played);
    } else {
      kept.push_back(played);
    }
  }

  std::vector<Event> events;
  for (const auto& one : all) {
    // What runs has its home by now, if it is to have one of before.
    const bool running = one.window.start <= facts.now && one.reservation != asked.reservation;
    if (!held.contains(one.reservation) && running)
      held.emplace(one.reservation, Played{one.home, std::nullopt, one.window.end});
    if (!held.contains(one.reservation)) events.push_back({one.window.start, true, &one});
    events.push_back({one.window.end, false, &one});
  }
  std::ranges::sort(events, [](const Event& a, const Event& b) {
    return std::tie(a.at, a.begins, a.who->reservation) < std::tie(b.at, b.begins, b.who->reservation);
  });

  HomeForecast forecast;
  const auto remember = [&](const Played& home) {
    if (home.of) forecast.files = HomeForecast::Files{*home.of, home.size};
  };
  if (const auto mine = held.find(asked.reservation); mine != held.end()) remember(mine->second);
  for (const auto& event : events) {
    const auto& who = *event.who;
    const bool is_asked = who.reservation == asked.reservation;
    if (event.begins) {
      const auto newest = std::ranges::max_element(kept, [&](const Played& a, const Played& b) {
        const auto rank = [&](const Played& one) {
          const bool usable = facts.rule.days > 0 && one.until > event.at && fits(one, who);
          return std::tuple(usable, one.of);
        };
        return rank(a) < rank(b);
      });
      const bool found =
          newest != kept.end() && facts.rule.days > 0 && newest->until > event.at && fits(*newest, who);
      const auto home = found ? *newest : Played{who.home, std::nullopt, event.at};
      if (found) kept.erase(newest);
      if (is_asked) remember(home);
      held.emplace(who.reservation, home);
      continue;
    }
    const auto left = held.find(who.reservation);
    if (left == held.end()) continue;  // it ended before it began
    const auto home = left->second;
    if (is_asked) {
      using After = HomeForecast::After;
      forecast.after = facts.rule.days == 0          ? After::kNotByPolicy
                       : facts.rule.keeps(home.size) ? After::kKept
                                                     : After::kTooLarge;
      if (forecast.after == After::kKept) forecast.kept_until = kept_until(facts, home.size, event.at);
    }
    kept.push_back({home.size, event.at, kept_until(facts, home.size, event.at)});
    const auto replaced = crowded_out(facts.rule, event.at, kept);
    if (is_asked) {
      forecast.replaces = replaced;
      break;
    }
  }
  return forecast;
}

std::optional<Instant> home_left_by(const HomeFacts& facts, const model::ReservationId& reservation) {
  for (const auto& home : facts.homes) {
    const bool kept = home.kept_until && *home.kept_until > facts.now && facts.rule.days > 0;
    if (home.reservation == reservation && !home.in_use && kept) return home.kept_until;
  }
  return std::nullopt;
}

}  // namespace berth::booking
