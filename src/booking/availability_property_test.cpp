#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "booking/random_snapshot.hpp"

namespace berth::booking {
namespace {

using namespace testing;

void check_covers(const Series& series, Window range) {
  RC_ASSERT(!series.segments.empty());
  RC_ASSERT(series.segments.front().during.start == range.start);
  RC_ASSERT(series.segments.back().during.end == range.end);
  for (std::size_t i = 0; i < series.segments.size(); ++i) {
    const Segment& one = series.segments[i];
    RC_ASSERT(!one.during.empty());
    RC_ASSERT(one.free >= 0 && one.reserved >= 0 && one.blocked >= 0 && one.out_of_service >= 0);
    RC_ASSERT(one.free + one.reserved + one.blocked + one.out_of_service == series.total);
    if (i == 0) continue;
    const Segment& before = series.segments[i - 1];
    RC_ASSERT(before.during.end == one.during.start);
    RC_ASSERT(before.reserved != one.reserved || before.blocked != one.blocked ||
              before.out_of_service != one.out_of_service);
  }
}

const Segment& segment_at(const Series& series, Instant at) {
  const auto found = std::find_if(series.segments.begin(), series.segments.end(),
                                  [&](const Segment& one) { return one.during.contains(at); });
  RC_ASSERT(found != series.segments.end());
  return *found;
}

RC_GTEST_PROP(AvailabilityProperty, AddsUpToTheTotalAndCountsEveryUnitOnce, ()) {
  const Shape shape{.holdings = 8, .layouts = random(0, 1) == 0};
  auto snapshot = random_snapshot(shape);
  for (auto& one : snapshot.pool.units) one.retired = random(0, 9) == 0;
  const Window range = random_window(shape.hours, shape.hours);
  const auto all = availability(snapshot, range);
  for (const Series* one : {&all.cpu, &all.memory, &all.storage}) check_covers(*one, range);
  const auto held = [&](model::UnitId unit, Instant at) {
    return std::any_of(snapshot.blocked.begin(), snapshot.blocked.end(),
                       [&](const Blocked& one) { return one.unit == unit && one.during.contains(at); });
  };

  for (Instant at = range.start; at < range.end; at += hours(1)) {
    const Window instant{at, at + Duration(1)};
    for (const auto& [device_class, series] : all.classes) {
      check_covers(series, range);
      Segment expected;
      std::int64_t total = 0;
      for (const auto& unit : snapshot.pool.units) {
        if (unit.retired || unit.device_class != device_class) continue;
        ++total;
        if (!unit_is_free(snapshot.holdings, unit.id, instant)) {
          ++expected.reserved;
        } else if (held(unit.id, at) || unit.out_of_service) {
          ++expected.out_of_service;
        } else if (std::any_of(
                       snapshot.pool.units.begin(), snapshot.pool.units.end(), [&](const model::Unit& other) {
                         return are_siblings(unit, other) &&
                                (held(other.id, at) || !unit_is_free(snapshot.holdings, other.id, instant));
                       })) {
          ++expected.blocked;
        }
      }
      RC_ASSERT(series.total == total);
      RC_ASSERT(segment_at(series, at).reserved == expected.reserved);
      RC_ASSERT(segment_at(series, at).blocked == expected.blocked);
      RC_ASSERT(segment_at(series, at).out_of_service == expected.out_of_service);
    }
    std::int64_t cpu = 0;
    for (const auto& one : snapshot.holdings) cpu += one.during.contains(at) ? one.load.cpu.value : 0;
    RC_ASSERT(segment_at(all.cpu, at).reserved == std::min<std::int64_t>(cpu, 10));
  }
}

}  // namespace
}  // namespace berth::booking
