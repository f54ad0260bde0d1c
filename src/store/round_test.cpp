// Wishes of several people in one transaction: each sees the earlier ones, and pays for nobody else's fault.
#include "store/round.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>
#include <set>
#include <thread>

#include "store/codecs.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

class RoundTest : public StoreTest {
 protected:
  RoundTest() {
    lab_ = must(apply_pool(connection_, admin_author(), roomy())).pool;
    for (const auto* name : {"ana", "ben", "cleo", "dan", "eve"})
      people_.push_back(add_user(fmt::format("{}@example.org", name)));
  }

  static model::Pool roomy() {
    auto pool = lab_pool();
    pool.policy.max_live_per_user = 100;
    return pool;
  }

  Author author_of_person(int person) const {
    return author_of(people_[static_cast<std::size_t>(person)], fmt::format("req-{}", person),
                     fmt::format("192.0.2.{}", person + 1));
  }
  model::Viewer person(int number) { return viewer(people_[static_cast<std::size_t>(number)]); }

  Wish booking(int who, const booking::Request& request, std::optional<std::string> key = {},
               std::byte hash = std::byte{1}) {
    std::optional<Idempotency> idempotency;
    if (key) idempotency = Idempotency{*key, {hash}};
    return {author_of_person(who), BookWish{person(who), {request, std::nullopt}, idempotency}};
  }
  Wish slice_of(int who, int from, int to, int units = 1) {
    return booking(who, request("slice-24gb", units, from, to));
  }
  Wish ending(int who, const ReservationView& what) {
    return {author_of_person(who), EndWish{person(who), what.reservation.id}};
  }
  Wish moving(int who, const ReservationView& what, int from, int to) {
    booking::EditRequest edit;
    edit.start = step(from);
    edit.end = step(to);
    return {author_of_person(who), ChangeWish{person(who), what.reservation.id, std::nullopt, edit}};
  }
  std::vector<Result<WishOutcome>> round(const std::vector<Wish>& wishes, PoolCache* cache = nullptr) {
    return run_round(connection_, cache, lab_.id, wishes);
  }
  static const ReservationView* created(const Result<WishOutcome>& outcome) {
    const auto* found = outcome ? std::get_if<Created>(&*outcome) : nullptr;
    return found == nullptr ? nullptr : &found->view;
  }
  static bool is_denied(const Result<WishOutcome>& outcome) {
    return outcome && std::holds_alternative<Denied>(*outcome);
  }
  /// Ana's, one behind the other and each on another unit: who wants a unit for all of the time makes them
  /// move.
  std::vector<ReservationView> diagonal() {
    std::vector<ReservationView> kept;
    std::set<std::string> taken;
    for (int at = 0; at < 4; ++at) {
      bool found = false;
      for (int n = 0; n < 4; ++n) {
        auto one = slice(people_[0], at * 2, at * 2 + 2);
        if (!found && taken.insert(one.unit_names.front()).second) {
          found = true;
          kept.push_back(std::move(one));
        } else {
          must(end(connection_, author_of_person(0), person(0), one.reservation.id));
          if (!found)
            sql(fmt::format("UPDATE berth.unit SET out_of_service = true WHERE name = '{}'",
                            one.unit_names.front()));
        }
      }
      sql("UPDATE berth.unit SET out_of_service = false");
    }
    return kept;
  }
  std::int64_t transactions() {
    return number("SELECT count(DISTINCT xmin::text) AS x FROM berth.reservation");
  }

  std::vector<model::UserId> people_;
};

TEST_F(RoundTest, AChangeThatComesTooLateChangesNothing) {
  const auto mine = slice(people_[0], 0, 2);
  auto late = moving(0, mine, 0, 4);
  auto& change = std::get<ChangeWish>(late.what);
  change.not_after = must(database_now(connection_)) - Duration(1);
  const auto refused = round({late, slice_of(1, 0, 2)});
  ASSERT_FALSE(refused[0]);
  EXPECT_EQ(refused[0].error().code, Code::kConflict);
  EXPECT_EQ(refused[0].error().slug, kDecidedTooLate);
  EXPECT_NE(created(refused[1]), nullptr) << "what it is refused is nothing to the others";
  EXPECT_EQ(must(load_reservation(connection_, person(0), mine.reservation.id)).reservation.window,
            mine.reservation.window);
  change.not_after = must(database_now(connection_)) + minutes(5);
  EXPECT_TRUE(round({late})[0]);
}

TEST_F(RoundTest, TheLastUnitGoesToTheFirstWhoWantsIt) {
  std::vector<Wish> wishes;
  for (int who = 0; who < 5; ++who) wishes.push_back(slice_of(who, 0, 2));
  const auto outcomes = round(wishes);
  std::set<std::string> units;
  for (int who = 0; who < 4; ++who) {
    const auto* view = created(outcomes[static_cast<std::size_t>(who)]);
    ASSERT_NE(view, nullptr) << who;
    ASSERT_EQ(view->unit_names.size(), 1U);
    units.insert(view->unit_names.front());
    EXPECT_EQ(view->unit_names, units_of(view->reservation.id)) << "what is answered is what is written";
    EXPECT_EQ(view->reservation.owner, people_[static_cast<std::size_t>(who)]);
  }
  EXPECT_EQ(units.size(), 4U);
  EXPECT_TRUE(is_denied(outcomes[4]));
  EXPECT_EQ(transactions(), 1);
}

TEST_F(RoundTest, RulesThatCountSeeTheEarlierOnes) {
  auto strict = roomy();
  strict.policy.max_live_per_user = 2;
  lab_ = must(apply_pool(connection_, admin_author(), strict)).pool;
  const auto first = slice(people_[0], 0, 1);
  const auto outcomes = round({slice_of(0, 4, 5), slice_of(0, 6, 7), ending(0, first), slice_of(0, 8, 9)});
  EXPECT_NE(created(outcomes[0]), nullptr);
  ASSERT_FALSE(outcomes[1]);
  EXPECT_EQ(outcomes[1].error().code, Code::kInvalid);
  EXPECT_NE(created(outcomes[3]), nullptr) << "what was given up does not count any more";
}

TEST_F(RoundTest, WhatOneGivesUpTheNextHas) {
  const auto all = book(people_[0], request("slice-24gb", 4, 0, 4));
  const auto outcomes = round({slice_of(1, 1, 2), ending(0, all), slice_of(2, 1, 2, 4)});
  EXPECT_TRUE(is_denied(outcomes[0])) << "it came before";
  EXPECT_EQ(std::get<Ended>(*outcomes[1]).view.reservation.state, model::ReservationState::kCanceled);
  ASSERT_NE(created(outcomes[2]), nullptr);
  EXPECT_EQ(created(outcomes[2])->unit_names.size(), 4U);
}

TEST_F(RoundTest, UnitsChangeHandsInOneTransaction) {
  const auto morning = book(people_[0], request("slice-24gb", 4, 0, 2));
  const auto evening = book(people_[1], request("slice-24gb", 4, 4, 6));
  const auto outcomes = round({moving(0, morning, 8, 10), moving(1, evening, 0, 2), slice_of(2, 4, 6, 4)});
  EXPECT_EQ(std::get<Changed>(*outcomes[0]).view.reservation.window.start, step(8));
  EXPECT_EQ(std::get<Changed>(*outcomes[1]).view.reservation.window.start, step(0));
  EXPECT_NE(created(outcomes[2]), nullptr);
}

TEST_F(RoundTest, WhatIsMovedForOneMayBeMovedForAnother) {
  const auto shorts = diagonal();
  ASSERT_EQ(shorts.size(), 4U);
  const auto outcomes = round({slice_of(1, 0, 8), slice_of(2, 0, 8), slice_of(3, 0, 8), slice_of(4, 0, 8)});
  for (int n = 0; n < 3; ++n) EXPECT_NE(created(outcomes[static_cast<std::size_t>(n)]), nullptr) << n;
  EXPECT_TRUE(is_denied(outcomes[3]));
  std::set<std::string> left;
  for (const auto& one : shorts) left.insert(units_of(one.reservation.id).front());
  EXPECT_EQ(left.size(), 1U) << "they lie one behind the other now";
}

TEST_F(RoundTest, EachIsAuditedInItsOwnName) {
  const auto shorts = diagonal();
  ASSERT_EQ(shorts.size(), 4U);
  auto by_token = slice_of(2, 0, 8);
  by_token.author.token = "00000000-0000-4000-8000-000000000001";
  const auto before = number("SELECT max(id) AS x FROM berth.audit");
  const auto outcomes = round({slice_of(1, 0, 8), by_token, ending(0, shorts[3])});
  const auto* first = created(outcomes[0]);
  const auto* second = created(outcomes[1]);
  ASSERT_TRUE(first != nullptr && second != nullptr);
  const auto said = [&](const std::string& type, const model::ReservationId& id) {
    return text(fmt::format(
        "SELECT coalesce(string_agg(format('%s %s %s %s %s', actor, action, request_id, source_ip,"
        " coalesce(token::text, '-')), ', ' ORDER BY id), '') AS x FROM berth.audit"
        " WHERE id > {} AND object_type = '{}' AND object_id = '{}'",
        before, type, id.value));
  };
  EXPECT_EQ(said("reservation", first->reservation.id),
            fmt::format("user:{} reservation.created req-1 192.0.2.2 -", people_[1].value));
  EXPECT_EQ(
      said("reservation", second->reservation.id),
      fmt::format("user:{} reservation.created req-2 192.0.2.3 {}", people_[2].value, by_token.author.token));
  EXPECT_EQ(said("reservation", shorts[3].reservation.id),
            fmt::format("user:{} reservation.canceled req-0 192.0.2.1 -", people_[0].value));
  EXPECT_GT(number(fmt::format("SELECT count(*) AS x FROM berth.audit WHERE id > {} AND object_type = 'claim'"
                               " AND actor IN ('user:{}', 'user:{}')",
                               before, people_[1].value, people_[2].value)),
            0)
      << "who made others move is named for it";
  EXPECT_EQ(number(fmt::format("SELECT count(*) AS x FROM berth.audit WHERE id > {} AND actor = 'user:{}'"
                               " AND object_type = 'claim'",
                               before, people_[0].value)),
            0);
}

TEST_F(RoundTest, TheLogIsInTheOrderOfTheDecisions) {
  const auto given = slice(people_[0], 0, 1);
  const auto moved = slice(people_[3], 0, 1);
  const auto before = number("SELECT max(id) AS x FROM berth.audit");
  const auto from = must(database_now(connection_));
  const auto outcomes =
      round({slice_of(1, 4, 5), moving(3, moved, 6, 7), ending(0, given), slice_of(2, 4, 5)});
  const auto rows =
      sql(fmt::format("SELECT object_id::uuid AS id, at FROM berth.audit WHERE id > {}"
                      " AND object_type = 'reservation' ORDER BY at, id",
                      before));
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].get<model::ReservationId>("id"), created(outcomes[0])->reservation.id);
  EXPECT_EQ(rows[1].get<model::ReservationId>("id"), moved.reservation.id);
  EXPECT_EQ(rows[2].get<model::ReservationId>("id"), given.reservation.id);
  EXPECT_EQ(rows[3].get<model::ReservationId>("id"), created(outcomes[3])->reservation.id);
  EXPECT_GE(rows[0].get<Instant>("at"), from);
  EXPECT_LE(rows[3].get<Instant>("at"), must(database_now(connection_)));
}

TEST_F(RoundTest, EventsComeInTheOrderOfTheWishes) {
  const auto given = slice(people_[0], 0, 1);
  const auto newest = number("SELECT max(id) AS x FROM berth.event");
  const auto outcomes = round({slice_of(1, 4, 5), ending(0, given), slice_of(2, 4, 5)});
  const auto rows = sql(fmt::format("SELECT reservation FROM berth.event WHERE id > {} ORDER BY id", newest));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].get<model::ReservationId>("reservation"), created(outcomes[0])->reservation.id);
  EXPECT_EQ(rows[1].get<model::ReservationId>("reservation"), given.reservation.id);
  EXPECT_EQ(rows[2].get<model::ReservationId>("reservation"), created(outcomes[2])->reservation.id);
}

TEST_F(RoundTest, WhatIsWrongWithOneIsNothingToTheOthers) {
  auto unknown_class = slice_of(1, 0, 1);
  std::get<BookWish>(unknown_class.what).request.booking.device_class = "none";
  auto strange_team = slice_of(2, 0, 1);
  std::get<BookWish>(strange_team.what).request.team = "strangers";
  sql(fmt::format("UPDATE berth.app_user SET disabled_at = now() WHERE id = '{}'", people_[3].value));
  auto disabled = slice_of(0, 0, 1);
  std::get<BookWish>(disabled.what).owner.id = people_[3];
  const Wish gone{author_of_person(4),
                  EndWish{person(4), model::ReservationId{"00000000-0000-4000-8000-000000000009"}}};
  const auto outcomes =
      round({slice_of(0, 0, 1), unknown_class, strange_team, disabled, gone, slice_of(4, 0, 1)});
  EXPECT_NE(created(outcomes[0]), nullptr);
  EXPECT_EQ(outcomes[1].error().fields.at(0).field, "device_class");
  EXPECT_EQ(outcomes[2].error().fields.at(0).field, "team");
  EXPECT_EQ(outcomes[3].error().slug, "account_disabled");
  EXPECT_EQ(outcomes[4].error().slug, "reservation_not_found");
  EXPECT_NE(created(outcomes[5]), nullptr);
  EXPECT_EQ(transactions(), 1);
}

TEST_F(RoundTest, WhatTheDatabaseRefusesCostsTheOthersASecondPass) {
  sql("ALTER TABLE berth.reservation ADD CONSTRAINT no_such_name CHECK (name <> 'refused')");
  std::vector<Wish> wishes;
  for (int who = 0; who < 5; ++who) wishes.push_back(slice_of(who, who * 2, who * 2 + 1));
  std::get<BookWish>(wishes[3].what).request.booking.name = "refused";
  const auto outcomes = round(wishes);
  for (int who = 0; who < 5; ++who) {
    const auto& outcome = outcomes[static_cast<std::size_t>(who)];
    if (who == 3) {
      ASSERT_FALSE(outcome);
      EXPECT_EQ(pg::violated_constraint(outcome.error()), "no_such_name");
    } else {
      EXPECT_NE(created(outcome), nullptr) << who;
    }
  }
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation"), 4);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit WHERE action = 'reservation.created'"), 4)
      << "nothing is left of the pass that failed";
}

TEST_F(RoundTest, AKeyIsRememberedWithItsOwnBooking) {
  const auto first = round({booking(0, request("slice-24gb", 1, 0, 1), "k"),
                            booking(1, request("slice-24gb", 1, 0, 1), "k"), slice_of(2, 0, 1)});
  const auto again = round({booking(1, request("slice-24gb", 1, 0, 1), "k"), slice_of(3, 4, 5),
                            booking(0, request("slice-24gb", 1, 0, 1), "k", std::byte{2})});
  const auto& replayed = std::get<Created>(*again[0]);
  EXPECT_TRUE(replayed.replayed);
  EXPECT_EQ(replayed.view.reservation.id, created(first[1])->reservation.id);
  EXPECT_NE(created(again[1]), nullptr);
  EXPECT_EQ(again[2].error().slug, "idempotency_key_reused");
}

TEST_F(RoundTest, WhoIsAboutTheSameWaitsForTheNextRound) {
  const auto mine = slice(people_[0], 0, 1);
  EXPECT_FALSE(may_join(ending(0, mine), moving(0, mine, 2, 3)));
  EXPECT_TRUE(may_join(ending(0, mine), slice_of(0, 0, 1)));
  const auto keyed = booking(0, request("slice-24gb", 1, 0, 1), "k");
  EXPECT_FALSE(may_join(keyed, keyed));
  EXPECT_TRUE(may_join(keyed, booking(1, request("slice-24gb", 1, 0, 1), "k")))
      << "keys are each owner's own";
  EXPECT_TRUE(may_join(slice_of(0, 0, 1), slice_of(0, 0, 1)));
}

TEST_F(RoundTest, APoolIsReadAgainOnlyWhenSomethingWasDeclared) {
  PoolCache cache;
  const auto revision = number("SELECT revision AS x FROM berth.declared");
  ASSERT_NE(created(round({slice_of(0, 0, 1)}, &cache)[0]), nullptr);
  const auto kept = cache.find(lab_.id, revision);
  ASSERT_NE(kept, nullptr);
  ASSERT_NE(created(round({slice_of(1, 0, 1)}, &cache)[0]), nullptr);
  EXPECT_EQ(cache.find(lab_.id, revision), kept);

  auto dearer = roomy();
  for (auto& one : dearer.classes) one.rate = MoneyMicros{one.rate.value * 2};
  lab_ = must(apply_pool(connection_, admin_author(), dearer)).pool;
  EXPECT_GT(number("SELECT revision AS x FROM berth.declared"), revision);
  const auto outcomes = round({slice_of(2, 0, 1)}, &cache);
  ASSERT_NE(created(outcomes[0]), nullptr);
  EXPECT_EQ(created(outcomes[0])->reservation.rate,
            lab_.find_class(created(outcomes[0])->reservation.device_class)->rate);
}

TEST_F(RoundTest, TwoPortalsDecideOneAfterTheOther) {
  auto other = portal_connection();
  std::vector<Wish> here, there;
  for (int n = 0; n < 8; ++n) here.push_back(slice_of(n % 2, n % 3, n % 3 + 3));
  for (int n = 0; n < 8; ++n) there.push_back(slice_of(2 + n % 2, n % 3, n % 3 + 3));
  std::vector<Result<WishOutcome>> theirs;
  std::thread second([&] { theirs = run_round(other, nullptr, lab_.id, there); });
  const auto ours = round(here);
  second.join();
  const auto booked = std::ranges::count_if(ours, [](const auto& one) { return created(one) != nullptr; }) +
                      std::ranges::count_if(theirs, [](const auto& one) { return created(one) != nullptr; });
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation"), booked);
  EXPECT_GE(booked, 4);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation_unit a JOIN berth.reservation_unit b"
                   " ON a.unit = b.unit AND a.during && b.during AND a.reservation < b.reservation"
                   " WHERE a.live AND b.live"),
            0);
}

/// A stream of wishes from a seed, run in rounds of a size on a database of its own; what became of it.
class Stream : public RoundTest {
 public:
  std::vector<std::string> run(unsigned seed, std::size_t size) {
    std::mt19937 random(seed);
    const auto any = [&](int least, int most) { return std::uniform_int_distribution(least, most)(random); };
    std::vector<std::string> story;
    std::vector<ReservationView> known;
    std::map<std::string, std::string> names;  // ids differ from one database to the other
    int number_of = 0;
    for (int turn = 0; turn < 6; ++turn) {
      std::vector<Wish> wishes;
      const auto present = known;
      std::set<std::string> touched;
      while (wishes.size() < 6) {
        const int kind = present.empty() ? 0 : any(0, 5);
        const int from = any(1, 11);  // well ahead: no start passes meanwhile
        const int length = any(1, 6);
        const int units = any(1, 8) == 1 ? 2 : 1;
        const int who = any(0, 4);
        if (kind <= 2) {
          wishes.push_back(slice_of(who, from, from + length, units));
          continue;
        }
        const auto& one = present[static_cast<std::size_t>(any(0, static_cast<int>(present.size()) - 1))];
        if (!touched.insert(one.reservation.id.value).second) continue;
        const int owner =
            static_cast<int>(std::ranges::find(people_, one.reservation.owner) - people_.begin());
        wishes.push_back(kind == 3 ? ending(owner, one) : moving(owner, one, from, from + length));
      }
      for (std::size_t done = 0; done < wishes.size(); done += size) {
        const std::vector<Wish> part(
            wishes.begin() + static_cast<std::ptrdiff_t>(done),
            wishes.begin() + static_cast<std::ptrdiff_t>(std::min(done + size, wishes.size())));
        for (const auto& outcome : round(part)) {
          if (const auto* view = created(outcome)) {
            names[view->reservation.id.value] = fmt::format("r{}", number_of++);
            known.push_back(*view);
          }
          story.push_back(word(outcome));
        }
      }
    }
    for (const auto& row :
         sql("SELECT r.id, r.state, r.start_at, r.end_at, r.version, string_agg(u.name, ' ' ORDER BY u.id) "
             "AS units"
             " FROM berth.reservation r LEFT JOIN berth.reservation_unit c ON c.reservation = r.id AND c.live"
             " LEFT JOIN berth.unit u ON u.id = c.unit GROUP BY r.id ORDER BY r.created_at, r.start_at, "
             "r.id")) {
      ends_.insert(
          fmt::format("{} {} {} {} v{} on {}", names[row.get<std::string>("id")],
                      row.get<std::string>("state"), (row.get<Instant>("start_at") - step(0)).count(),
                      (row.get<Instant>("end_at") - step(0)).count(), row.get<std::int64_t>("version"),
                      row.get<std::optional<std::string>>("units").value_or("nothing")));
    }
    for (const auto& end : ends_) story.push_back(end);
    return story;
  }

 private:
  static std::string word(const Result<WishOutcome>& outcome) {
    if (!outcome) return outcome.error().slug + outcome.error().message;
    if (const auto* denied = std::get_if<Denied>(&*outcome)) {
      return fmt::format("denied {} {} of {}", to_string(denied->shortage.resource), denied->shortage.free,
                         denied->shortage.needed);
    }
    return std::holds_alternative<Created>(*outcome)   ? "created"
           : std::holds_alternative<Changed>(*outcome) ? "changed"
           : std::holds_alternative<Ended>(*outcome)   ? "ended"
                                                       : "stale";
  }
  void TestBody() override {}
  std::set<std::string> ends_;
};

TEST(RoundProperty, ARoundEndsAsItsWishesDoOneByOne) {
  for (const unsigned seed : {1U, 2U, 3U, 4U, 5U, 6U}) {
    const auto alone = Stream().run(seed, 1);
    EXPECT_EQ(Stream().run(seed, 6), alone) << "seed " << seed;
    EXPECT_EQ(Stream().run(seed, 4), alone) << "seed " << seed;
    EXPECT_THAT(alone, testing::Contains(testing::StartsWith("denied"))) << "seed " << seed;
  }
}

}  // namespace
}  // namespace berth::store
