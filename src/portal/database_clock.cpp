#include "portal/database_clock.hpp"

namespace berth::portal {
namespace {

std::int64_t micros_of(DatabaseClock::Steady::time_point moment) {
  return std::chrono::floor<Duration>(moment.time_since_epoch()).count();
}

}  // namespace

DatabaseClock::DatabaseClock()
    : offset_micros_(SystemClock().now().time_since_epoch().count() - micros_of(Steady::now())) {}

Instant DatabaseClock::at(Steady::time_point moment) const {
  return Instant(Duration(micros_of(moment) + offset_micros_.load()));
}

void DatabaseClock::note(Instant told, Steady::time_point asked, Steady::time_point answered) {
  if (answered - asked > kLongestReading) return;
  offset_micros_ = told.time_since_epoch().count() - micros_of(asked + (answered - asked) / 2);
}

}  // namespace berth::portal
