// What ControlRows promises of homes: one session's at a time, its owner's alone, and not gone before its
// time.
#include "store/contract_test_world.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

class ControlHomes : public ControlContract {
 protected:
  static std::string home(int n) { return fmt::format("55555555-5555-4555-8555-55555555550{}", n); }

  void keep_for(int days, std::optional<Gib> most = std::nullopt, int count = 4) {
    auto pool = lab_;
    pool.policy.homes = {.days = days, .most = most, .count = count};
    lab_ = world().put_pool(pool);
  }
  std::optional<std::string> keep(int n, int of = 1, std::int64_t gib = 20) {
    return must(control().keep_home(lead_, session(of),
                                    {.new_id = home(n),
                                     .volume = fmt::format("pvc-{}", n),
                                     .storage_class = "fast",
                                     .size = Gib{gib},
                                     .node = {},
                                     .identity = {{"range", "1/2"}}}));
  }
  void finish(int n) {
    must(control().finish_session(lead_, session(n), {planning::FinishSession::Outcome::kCompleted, "over"}));
  }
  storetwin::HomeRow row(int n) { return rows().tables.homes.at(home(n)); }
  /// The home that the session has in what the reconciler reads; empty: none.
  std::string had_by(int n) {
    for (const auto& one : desired().sessions) {
      if (one.session.id == session(n)) return one.home ? one.home->id : "";
    }
    return "no such session";
  }
};

TEST_P(ControlHomes, AreKeptByThePoolsRuleAlone) {
  running(1);
  EXPECT_EQ(keep(1), std::nullopt) << "it keeps none";
  keep_for(14, Gib{30});
  EXPECT_EQ(keep(1, 1, 31), std::nullopt) << "none as large";
  EXPECT_EQ(keep(1, 1, 30), home(1));
  EXPECT_EQ(keep(2, 1), std::nullopt) << "a session has one, and of another volume";
  EXPECT_EQ(had_by(1), home(1));
  finish(1);
  EXPECT_EQ(row(1).session.value, "");
  EXPECT_EQ(row(1).kept_until, world().now() + hours(24 * 14));
  ASSERT_EQ(desired().homes.size(), 1U);
  EXPECT_FALSE(desired().homes.front().due);
}

TEST_P(ControlHomes, AreTheNextSessionsOfTheirOwnerOneAtATime) {
  keep_for(14);
  running(1);
  keep(1);
  finish(1);
  running(2);
  running(3);
  EXPECT_EQ(had_by(2), home(1));
  EXPECT_EQ(had_by(3), "");
  keep(3, 3);
  finish(2);
  world().advance(minutes(1));
  finish(3);
  running(4);
  EXPECT_EQ(had_by(4), home(3)) << "the newest";
}

TEST_P(ControlHomes, AreNobodysAfterTheirTimeOrTheirOwnersWord) {
  keep_for(1);
  running(1);
  keep(1);
  EXPECT_FALSE(world().ask_home_deletion(home(1))) << "a session has it";
  EXPECT_FALSE(must(control().let_home_go(lead_, home(1))));
  finish(1);
  EXPECT_FALSE(must(control().let_home_go(lead_, home(1)))) << "its time has not come";
  EXPECT_TRUE(world().ask_home_deletion(home(1)));
  EXPECT_TRUE(desired().homes.front().due);
  running(2);
  EXPECT_EQ(had_by(2), "");
  EXPECT_TRUE(must(control().let_home_go(lead_, home(1))));
  EXPECT_FALSE(must(control().let_home_go(lead_, home(1)))) << "once";
  EXPECT_TRUE(desired().homes.front().going);
  must(control().close_home(lead_, home(1)));
  EXPECT_TRUE(desired().homes.empty());
  EXPECT_TRUE(must(control().homes()).empty());

  keep(2, 2);
  finish(2);
  world().advance(hours(24));
  EXPECT_TRUE(desired().homes.front().due) << "it is past";
}

TEST_P(ControlHomes, OfAPoolThatKeepsNoneAnyMoreAreDue) {
  keep_for(14);
  running(1);
  keep(1);
  finish(1);
  keep_for(0);
  EXPECT_TRUE(desired().homes.front().due);
  running(2);
  EXPECT_EQ(had_by(2), "");
  EXPECT_TRUE(must(control().let_home_go(lead_, home(1))));
}

TEST_P(ControlHomes, ThatASessionLeavesAreKeptFromThen) {
  keep_for(14);
  running(1);
  keep(1);
  EXPECT_FALSE(must(control().leave_home(lead_, session(1), home(1)))) << "it is that session's own";
  finish(1);
  running(2);
  world().advance(hours(5));
  EXPECT_TRUE(must(control().leave_home(lead_, session(2), home(1))));
  EXPECT_EQ(row(1).kept_until, world().now() + hours(24 * 14));
  EXPECT_EQ(had_by(2), "");
  EXPECT_FALSE(must(control().leave_home(lead_, session(2), home(1))));
  EXPECT_EQ(keep(1, 2), home(1)) << "it came to it all the same";
}

TEST_P(ControlHomes, OfOneOwnerAreNoMoreThanThePoolSaysTheNewest) {
  keep_for(14, std::nullopt, 2);
  for (int n = 1; n <= 3; ++n) {
    running(n);
    keep(n, n);
  }
  for (int n = 1; n <= 3; ++n) {
    finish(n);
    world().advance(minutes(1));
    const auto due = std::ranges::count_if(desired().homes, [](const auto& one) { return one.due; });
    EXPECT_EQ(due, n == 3 ? 1 : 0) << n;
  }
  EXPECT_LT(row(1).kept_until, world().now()) << "the oldest";
  EXPECT_GT(row(2).kept_until, world().now());
  EXPECT_GT(row(3).kept_until, world().now());
  running(4);
  EXPECT_EQ(had_by(4), home(3));
}

TEST_P(ControlHomes, AreWrittenByTheLeaderAlone) {
  keep_for(14);
  running(1);
  must(control().take_lead(lab_.cluster, "another"));
  EXPECT_FALSE(control().keep_home(lead_, session(1), {home(1), "pvc-1", "fast", Gib{20}}));
  EXPECT_FALSE(control().let_home_go(lead_, home(1)));
  EXPECT_FALSE(control().close_home(lead_, home(1)));
  EXPECT_TRUE(rows().tables.homes.empty());
}

INSTANTIATE_TEST_SUITE_P(Of, ControlHomes, both_forms(), name_of_form);

}  // namespace
}  // namespace berth::store
