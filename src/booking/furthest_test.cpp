#include "booking/furthest.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "booking/random_snapshot.hpp"

namespace berth::booking {
namespace {

using namespace testing;

/// A request as it is, with any end up to `last`.
ResolveUntil allowed_to(const Wanted& wanted, Instant last) {
  return [=](Instant end) -> Result<Resolved> {
    if (end > last) return fail(Code::kInvalid, "too far");
    Resolved out;
    out.wanted = wanted;
    out.wanted.window.end = end;
    return out;
  };
}

std::string rule_of(const Furthest& it) {
  const auto* rule = std::get_if<Error>(&it.limit);
  return rule == nullptr ? "" : rule->message;
}

TEST(Furthest, EndsWhereTheRulesDoWhenAllIsFree) {
  const auto snapshot = snapshot_of(lab());
  const auto resolve_until = allowed_to(wanted(1, hours_of(1, 2)), hour(9.5));
  const auto ruled = last_allowed_end(resolve_until, hour(2), snapshot.pool.policy);
  EXPECT_EQ(ruled.end, hour(9.5));
  EXPECT_EQ(ruled.beyond.message, "too far");
  const auto found = furthest_end(snapshot, resolve_until, hour(2), ruled);
  EXPECT_EQ(found.end, hour(9.5));
  EXPECT_EQ(rule_of(found), "too far");
}

TEST(Furthest, EndsWhereAnotherBeginsAndNamesWhatIsMissingThere) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {started(holding("a", {1, 2, 3}, hours_of(0, 20))),
                       started(holding("b", {4}, hours_of(5, 6)))};
  const auto resolve_until = allowed_to(wanted(1, hours_of(1, 2)), hour(30));
  const auto found = furthest_end(snapshot, resolve_until, hour(2),
                                  last_allowed_end(resolve_until, hour(2), snapshot.pool.policy));
  EXPECT_EQ(found.end, hour(5));
  const auto* shortage = std::get_if<Shortage>(&found.limit);
  ASSERT_NE(shortage, nullptr);
  EXPECT_EQ(*shortage, (Shortage{Shortage::Resource::kUnits, 1, 0, hour(5)}));
}

TEST(Furthest, IsNothingWhereNotEvenTheLeastFits) {
  auto snapshot = snapshot_of(lab());
  snapshot.holdings = {started(holding("a", {1, 2, 3, 4}, hours_of(0, 20)))};
  const auto resolve_until = allowed_to(wanted(1, hours_of(1, 2)), hour(30));
  const auto found = furthest_end(snapshot, resolve_until, hour(1.5),
                                  last_allowed_end(resolve_until, hour(2), snapshot.pool.policy));
  EXPECT_EQ(found.end, std::nullopt);
  EXPECT_NE(std::get_if<Shortage>(&found.limit), nullptr);
}

RC_GTEST_PROP(Furthest, IsTheLastEndThatIsAdmittedOfAll, ()) {
  auto snapshot = random_snapshot({});
  auto ask = wanted(random(1, 3), hours_of(random(0, 5), 6));
  ask.load = random_load(4);
  const auto resolve_until = allowed_to(ask, hour(8));
  const Instant least = ask.window.start + minutes(30);
  const auto found = furthest_end(snapshot, resolve_until, least,
                                  last_allowed_end(resolve_until, least, snapshot.pool.policy));
  std::optional<Instant> expected;
  for (Instant end = least; end <= hour(8); end += minutes(30)) {
    ask.window.end = end;
    if (!std::holds_alternative<Placement>(place(snapshot, ask))) break;
    expected = end;
  }
  RC_ASSERT(found.end == expected);
}

}  // namespace
}  // namespace berth::booking
