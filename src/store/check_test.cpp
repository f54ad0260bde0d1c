// A dry run says what the call would then do, and does nothing.
#include "store/check.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "booking/price.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

class Check : public StoreTest {
 protected:
  Forecast check(const model::UserId& owner, const booking::Request& wanted) {
    return must(check_create(connection_, viewer(owner), {wanted, std::nullopt}));
  }
  std::string everything() {
    return text(
        "SELECT (SELECT count(*) FROM berth.reservation)::text || ' ' ||"
        " (SELECT count(*) FROM berth.audit) || ' ' || (SELECT count(*) FROM berth.event) AS x");
  }

  model::UserId ana_ = add_user("ana@example.org");
  model::UserId ben_ = add_user("ben@example.org");
};

TEST_F(Check, OfABookingThatFitsHasItsPriceAndWritesNothing) {
  const auto before = everything();
  const auto forecast = check(ana_, request("slice-24gb", 2, 0, 4));
  EXPECT_EQ(everything(), before);

  ASSERT_TRUE(std::holds_alternative<Fits>(forecast.verdict));
  const auto booked = book(ana_, request("slice-24gb", 2, 0, 4));
  const auto& planned = forecast.planned->reservation;
  EXPECT_EQ(planned.window, booked.reservation.window);
  EXPECT_EQ(planned.load, booked.reservation.load);
  EXPECT_EQ(forecast.planned->class_name, "slice-24gb");
  EXPECT_EQ(forecast.planned->before, std::nullopt);
  const auto& one = booked.reservation;
  EXPECT_EQ(forecast.planned->amount, booking::price(one.rate, one.units, one.window.length()));
}

TEST_F(Check, OfARuleThatForbidsItIsTheErrorOfTheCall) {
  const auto wanted = request("slice-24gb", 1, 0, 24 * 365 * 4);
  const auto forecast = check(ana_, wanted);
  const auto* said = std::get_if<Error>(&forecast.verdict);
  ASSERT_NE(said, nullptr);
  const auto refused = try_book(ana_, wanted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(said->fields, refused.error().fields);
  EXPECT_EQ(said->message, refused.error().message);
  EXPECT_FALSE(forecast.planned);
}

TEST_F(Check, OfAChangeThatSomeoneWasBeforeIsStale) {
  const auto one = slice(ana_, 0, 2);
  const auto forecast = must(check_edit(connection_, viewer(ana_), one.reservation.id,
                                        {one.reservation.version - 1, {.end = step(3)}}));
  EXPECT_TRUE(std::holds_alternative<Stale>(forecast.verdict));
}

TEST_F(Check, OfAChangeKnowsWhatItCostsNowAndThen) {
  const auto one = slice(ana_, 0, 2);
  const auto forecast = must(
      check_extend(connection_, viewer(ana_), one.reservation.id, {.version = {}, .end = step(6), .by = {}}));
  ASSERT_TRUE(std::holds_alternative<Fits>(forecast.verdict));
  const auto& now = one.reservation;
  EXPECT_EQ(forecast.planned->before, booking::price(now.rate, now.units, now.window.length()));
  EXPECT_EQ(forecast.planned->amount, booking::price(now.rate, now.units, step(6) - step(0)));
  EXPECT_EQ(forecast.planned->reservation.window, (Window{step(0), step(6)}));
}

TEST_F(Check, TellsHowFarAnExtensionReachesAndWhatStandsThere) {
  const auto one = slice(ana_, 0, 2);
  book(ben_, request("slice-24gb", 4, 5, 8));  // all of them
  const auto forecast = must(
      check_extend(connection_, viewer(ana_), one.reservation.id, {.version = {}, .end = step(6), .by = {}}));
  EXPECT_TRUE(std::holds_alternative<Refused>(forecast.verdict));
  ASSERT_TRUE(forecast.furthest);
  EXPECT_EQ(forecast.furthest->end, step(5));
  EXPECT_TRUE(std::holds_alternative<booking::Shortage>(forecast.furthest->limit));
}

TEST_F(Check, AnExtensionReachesPastWhoeverBehindItCanGoElsewhere) {
  const auto mine = slice(ana_, 1, 2);
  shift_back(mine.reservation.id, minutes(30));
  begin(mine.reservation.id);
  const auto next = slice(ben_, 1, 3);  // put directly behind it, on the same unit: three others are free
  sql(
      fmt::format("UPDATE berth.reservation_unit SET unit = (SELECT unit FROM berth.reservation_unit WHERE "
                  "reservation = '{}')"
                  " WHERE reservation = '{}'",
                  mine.reservation.id.value, next.reservation.id.value));
  const ExtendRequest wish{.version = {}, .end = step(6), .by = {}};
  const auto ask = [&] { return must(check_extend(connection_, viewer(ana_), mine.reservation.id, wish)); };
  const auto said = ask();
  EXPECT_TRUE(std::holds_alternative<Fits>(said.verdict));
  ASSERT_TRUE(said.furthest);
  EXPECT_GT(said.furthest->end, next.reservation.window.end);
  EXPECT_FALSE(std::holds_alternative<booking::Shortage>(said.furthest->limit))
      << "a rule alone is in the way";
  EXPECT_EQ(units_of(next.reservation.id), mine.unit_names) << "asking moves nobody";

  begin(next.reservation.id);  // it cannot go elsewhere any more
  const auto then = ask();
  EXPECT_TRUE(std::holds_alternative<Refused>(then.verdict));
  ASSERT_TRUE(then.furthest);
  EXPECT_EQ(then.furthest->end, step(1));
  EXPECT_TRUE(std::holds_alternative<booking::Shortage>(then.furthest->limit));
}

TEST_F(Check, OfWhatOneMayNotSeeIsNotFound) {
  const auto one = slice(ana_, 0, 2);
  const auto asked =
      check_extend(connection_, viewer(ben_), one.reservation.id, {.version = {}, .end = step(6), .by = {}});
  const auto extended = extend(connection_, author(ben_), viewer(ben_), one.reservation.id,
                               {.version = {}, .end = step(6), .by = {}});
  ASSERT_FALSE(asked);
  ASSERT_FALSE(extended);
  EXPECT_EQ(asked.error().code, extended.error().code);
}

// The calendar fills up; what was said is what then happens, whichever of the outcomes.
TEST_F(Check, SaysBeforehandWhatEachOfManyCallsThenDoes) {
  auto busy = lab_pool();
  busy.policy.max_live_per_user = 10'000;
  lab_ = must(apply_pool(connection_, admin_author(), busy)).pool;
  std::mt19937 random(20261129);
  const auto any = [&](int from, int to) { return std::uniform_int_distribution(from, to)(random); };
  const auto me = viewer(ana_);
  std::map<std::string, int> seen;
  std::vector<ReservationView> mine;
  for (int i = 0; i < 120; ++i) {
    const int from = any(0, 20);
    const int to = from + any(1, 6);
    if (i % 3 != 2 || mine.empty()) {
      auto wanted = request("slice-24gb", any(1, 3), from, to);
      wanted.cpu = CpuMilli{2'000};
      const auto said = check(ana_, wanted).verdict;
      const auto done = must(create(connection_, author(ana_), me, {wanted, std::nullopt}));
      ASSERT_EQ(std::holds_alternative<Fits>(said), std::holds_alternative<Created>(done)) << i;
      if (const auto* refused = std::get_if<Refused>(&said)) {
        const auto& really = std::get<Refused>(done);
        ASSERT_EQ(refused->offers.size(), really.offers.size()) << i;
      }
      if (const auto* created = std::get_if<Created>(&done)) mine.push_back(created->view);
      ++seen[std::holds_alternative<Created>(done) ? "booked" : "refused"];
    } else {
      auto& one = mine[static_cast<std::size_t>(any(0, static_cast<int>(mine.size()) - 1))];
      const VersionedEdit wish{one.reservation.version, {.start = step(from), .end = step(to)}};
      const auto said = must(check_edit(connection_, me, one.reservation.id, wish)).verdict;
      auto done = must(edit(connection_, author(ana_), me, one.reservation.id, wish));
      ASSERT_EQ(std::holds_alternative<Fits>(said), std::holds_alternative<Changed>(done)) << i;
      if (auto* changed = std::get_if<Changed>(&done)) one = changed->view;
      ++seen[std::holds_alternative<Changed>(done) ? "moved" : "not moved"];
    }
  }
  for (const auto* outcome : {"booked", "refused", "moved", "not moved"})
    EXPECT_GT(seen[outcome], 3) << outcome;
}

}  // namespace
}  // namespace berth::store
