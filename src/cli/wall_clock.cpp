#include "cli/wall_clock.hpp"

#include <fmt/format.h>

namespace berth::cli {
namespace {

/// An offset is at most 14 h: a day before and after what UTC's clocks show, clocks have their offset from
/// before a change near it and from after it.
constexpr hours kBeyondAnyOffset{24};
constexpr hours kFurthestOffset{14};

Instant as_if_utc(WallTime wall) {
  return Instant(wall.time_since_epoch());
}

}  // namespace

WallTime wall_time(Instant at, const Zone& zone) {
  return WallTime(std::chrono::floor<seconds>(at.time_since_epoch()) + zone.offset(at));
}

std::vector<Instant> instants_of(WallTime wall, const Zone& zone) {
  const auto utc = as_if_utc(wall);
  const auto before = zone.offset(utc - kBeyondAnyOffset);
  const auto after = zone.offset(utc + kBeyondAnyOffset);
  std::vector<Instant> found;
  for (const auto offset : {before, after}) {
    const auto at = utc - offset;
    if (zone.offset(at) == offset && (found.empty() || found.front() != at)) found.push_back(at);
  }
  if (found.size() == 2 && found.back() < found.front()) std::swap(found.front(), found.back());
  return found;
}

Instant jump_over(WallTime wall, const Zone& zone) {
  auto before = as_if_utc(wall) - kBeyondAnyOffset;
  auto after = as_if_utc(wall) + kFurthestOffset;
  const auto offset = zone.offset(before);
  while (after - before > seconds(1)) {
    const auto middle = std::chrono::floor<seconds>(before + (after - before) / 2);
    (zone.offset(middle) == offset ? before : after) = middle;
  }
  return std::chrono::floor<seconds>(after);
}

std::string wall_text(WallTime wall) {
  const auto day = std::chrono::floor<std::chrono::days>(wall);
  const std::chrono::year_month_day date{day};
  const auto minute = std::chrono::duration_cast<minutes>(wall - day).count();
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), minute / 60,
                     minute % 60);
}

}  // namespace berth::cli
