// What ControlRows promises of wishes: heard once, one at a time, of what runs alone.
#include "store/contract_test_world.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

class ControlWishes : public ControlContract {
 protected:
  said::Wish wish(int n) const {
    return {"44444444-4444-4444-8444-4444444444" + std::string(n < 10 ? "0" : "") + std::to_string(n),
            world().now() + hours(10)};
  }
  void set(model::SessionPhase phase, int n = 1) {
    must(control().set_phase(lead_, session(n), {.phase = phase}));
  }
  bool hear(int n, int of = 1) { return must(control().hear_wish(lead_, session(of), wish(n))); }
  std::optional<planning::HeardWish> heard() {
    for (const auto& one : desired().sessions) {
      if (one.session.id == session(1)) return one.wish;
    }
    return std::nullopt;
  }
};

TEST_P(ControlWishes, AreHeardOnceAndReadWithTheSession) {
  running(1);
  EXPECT_EQ(heard(), std::nullopt);
  set(model::SessionPhase::kReady);
  EXPECT_TRUE(hear(1));
  const planning::HeardWish first{.id = wish(1).id, .asked_at = world().now()};
  EXPECT_EQ(heard(), first);
  const auto before = rows();
  EXPECT_FALSE(hear(1));
  EXPECT_FALSE(hear(2)) << "the first one waits";
  world().advance(seconds(59));
  EXPECT_FALSE(hear(2));
  EXPECT_EQ(rows().tables, before.tables);
  world().advance(seconds(1));
  EXPECT_TRUE(hear(2));
  EXPECT_EQ(heard(),
            (planning::HeardWish{.id = wish(2).id, .asked_at = world().now(), .earlier = {wish(1).id}}));
  world().advance(hours(1));
  EXPECT_FALSE(hear(1)) << "it was heard before";
}

TEST_P(ControlWishes, OfWhatDoesNotRunAreNotHeard) {
  EXPECT_FALSE(hear(1)) << "there is no such session";
  const auto id = running(1, 2);
  EXPECT_FALSE(hear(1)) << "it is on its way up";
  set(model::SessionPhase::kDegraded);
  go_to(reservation(id).window.end);
  EXPECT_FALSE(hear(1)) << "it is over";
  go_to(reservation(id).window.end + minutes(1));
  EXPECT_FALSE(hear(1));
}

TEST_P(ControlWishes, OfWhatEndsAsAskedAreNotHeardAndTheLastOneGoesWithItsSession) {
  const auto id = running(1);
  set(model::SessionPhase::kReady);
  EXPECT_TRUE(hear(1));
  must(world().end(id));
  world().advance(minutes(2));
  EXPECT_FALSE(hear(2));
  EXPECT_EQ(rows().tables.wishes.size(), 1U);
  must(control().finish_session(lead_, session(1), {planning::FinishSession::Outcome::kCompleted, "over"}));
  EXPECT_TRUE(rows().tables.wishes.empty());
}

TEST_P(ControlWishes, AreForATimeToComeThatPeopleBook) {
  running(1);
  set(model::SessionPhase::kReady);
  const auto hear_until = [&](Instant until) {
    auto asked = wish(1);
    asked.until = until;
    return must(control().hear_wish(lead_, session(1), asked));
  };
  const auto now = world().now();
  for (const auto odd : {Instant(hours(-24)), now - hours(1), now, now + planning::kFurthestWish + seconds(1),
                         Instant(hours(24 * 365 * 8000))}) {
    EXPECT_FALSE(hear_until(odd)) << format_rfc3339(odd);
  }
  EXPECT_TRUE(rows().tables.wishes.empty());
  EXPECT_TRUE(hear_until(now + planning::kFurthestWish));
}

TEST_P(ControlWishes, SoManyAreRememberedAndNoMore) {
  running(1, 40);
  set(model::SessionPhase::kReady);
  for (int n = 0; n < 40; ++n) {
    world().advance(minutes(1));
    ASSERT_TRUE(hear(n)) << n;
  }
  ASSERT_TRUE(heard());
  EXPECT_EQ(heard()->earlier.size(), 32U);
  EXPECT_EQ(heard()->earlier.front(), wish(38).id);
  EXPECT_EQ(rows().tables.wishes.size(), 1U);
}

TEST_P(ControlWishes, AreHeardByTheLeaderAlone) {
  running(1);
  set(model::SessionPhase::kReady);
  must(control().take_lead(lab_.cluster, "another"));
  const auto late = control().hear_wish(lead_, session(1), wish(1));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().slug, kStaleEpoch);
  EXPECT_TRUE(rows().tables.wishes.empty());
}

INSTANTIATE_TEST_SUITE_P(Of, ControlWishes, both_forms(), name_of_form);

}  // namespace
}  // namespace berth::store
