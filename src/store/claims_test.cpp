#include "store/claims.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/fixture.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const model::ReservationId kA{"a"};
const model::ReservationId kB{"b"};

booking::Holding holding(const model::ReservationId& id, std::vector<model::UnitId> units) {
  return {id, {1}, {1}, std::move(units), {}, {}, true};
}

TEST(Swaps, AreOfTheUnitsThatReallyChange) {
  const std::vector holdings{holding(kA, {{1}, {2}, {3}}), holding(kB, {{4}})};
  EXPECT_THAT(swaps_of({{kA, {{2}, {4}, {5}}}, {kB, {{1}}}}, holdings),
              ElementsAre(Swap{kA, {1}, {4}}, Swap{kA, {3}, {5}}, Swap{kB, {4}, {1}}));
  EXPECT_THAT(swaps_of({{kA, {{3}, {1}, {2}}}}, holdings), IsEmpty()) << "the same units in another order";
  EXPECT_THAT(swaps_of({}, holdings), IsEmpty());
}

class Claims : public StoreTest {
 protected:
  model::UserId ana_ = add_user("ana@example.org");
};

TEST_F(Claims, WhatBeganMeanwhileCannotBeLockedToMove) {
  const auto one = slice(ana_, 2, 4).reservation.id;
  const auto two = slice(ana_, 2, 4).reservation.id;
  const std::vector<booking::Move> moves{{one, {}}, {two, {}}};
  {
    auto transaction = must(begin_write(connection_, author(ana_)));
    must(lock_pool(transaction, lab_.id));
    EXPECT_TRUE(must(lock_moved(transaction, moves, now_)));
    EXPECT_FALSE(must(lock_moved(transaction, moves, step(2)))) << "its start is not ahead any more";
  }
  begin(two);
  auto transaction = must(begin_write(connection_, author(ana_)));
  must(lock_pool(transaction, lab_.id));
  EXPECT_FALSE(must(lock_moved(transaction, moves, now_)));
}

TEST_F(Claims, SayWhatTheirReservationsSay) {
  const auto differing = [&] {
    return number(
        "SELECT count(*) AS x FROM berth.reservation r JOIN berth.reservation_unit c ON c.reservation = r.id "
        "WHERE (c.device_class, c.cpu_milli, c.memory_gib, c.storage_gib, c.begun) IS DISTINCT FROM "
        "(r.device_class, r.cpu_milli, r.memory_gib, r.storage_gib, r.state <> 'APPROVED')");
  };
  const auto one = slice(ana_, 1, 3).reservation;
  const auto two = slice(ana_, 2, 4).reservation;
  EXPECT_EQ(differing(), 0);
  must(edit(connection_, author(ana_), viewer(ana_), one.id, {one.version, {.memory = Gib(8)}}));
  EXPECT_EQ(
      text("SELECT string_agg(memory_gib::text, ',') AS x FROM berth.reservation_unit WHERE reservation = '" +
           one.id.value + "'"),
      "8");
  EXPECT_EQ(differing(), 0);
  sql("UPDATE berth.reservation SET cpu_milli = 700, version = version + 1 WHERE id = '" + two.id.value +
      "'");
  EXPECT_EQ(differing(), 0) << "whoever writes it, and the claim is not laid anew";
  begin(two.id);
  EXPECT_EQ(differing(), 0);
  must(end(connection_, author(ana_), viewer(ana_), one.id));
  EXPECT_EQ(differing(), 1) << "what was canceled counts for nothing: its claim is left as it was";
}

TEST_F(Claims, AFaultThatTheConstraintCatchesIsAConflict) {
  // Another writer, without the lock, takes whatever a booking is about to take.
  sql("CREATE FUNCTION berth.thief() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$"
      " DECLARE first uuid := (SELECT id FROM berth.reservation ORDER BY created_at LIMIT 1); BEGIN"
      " DELETE FROM berth.reservation_unit WHERE reservation = first;"
      " INSERT INTO berth.reservation_unit (reservation, unit, during) SELECT first, id, "
      "tstzrange(NEW.start_at, NEW.end_at)"
      " FROM berth.unit WHERE name LIKE 'gpu0%'; RETURN NULL; END $$");
  slice(ana_, 6, 8);
  sql("CREATE TRIGGER thief AFTER INSERT ON berth.reservation FOR EACH ROW EXECUTE FUNCTION berth.thief()");
  const auto outcome = try_book(ana_, request("slice-24gb", 1, 2, 4));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::kConflict);
  EXPECT_EQ(outcome.error().slug, "unit_taken");
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation"), 1);
}

TEST_F(Claims, ACollisionIsTriedAgainAndNotForEver) {
  sql("CREATE SEQUENCE berth.collisions");
  sql("CREATE FUNCTION berth.collide() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
      " IF nextval('berth.collisions') % 6 <> 3 THEN RAISE EXCEPTION 'collided' USING ERRCODE = "
      "'deadlock_detected'; END IF;"
      " RETURN NULL; END $$");
  sql("CREATE TRIGGER collide AFTER INSERT ON berth.reservation FOR EACH ROW EXECUTE FUNCTION "
      "berth.collide()");
  slice(ana_, 2, 4);
  EXPECT_EQ(number("SELECT last_value AS x FROM berth.collisions"), 3);
  sql("SELECT setval('berth.collisions', 3)");
  const auto outcome = try_book(ana_, request("slice-24gb", 1, 2, 4));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().slug, pg::kDeadlockDetected);
  EXPECT_EQ(number("SELECT last_value AS x FROM berth.collisions"), 8) << "five tries";
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation"), 1);
}

}  // namespace
}  // namespace berth::store
