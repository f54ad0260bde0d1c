// Looking for reservations by text, and the marks that lead from page to page.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/lists_for_test.hpp"
#include "store/page.hpp"

namespace berth::store {
namespace {

/// 300 of ana's and ben's, all of one class; `name % 10 = 7` is called "50%_off", in odd hundreds with other
/// letters.
class Search : public Lists {
 protected:
  Search() {
    sql(
        fmt::format("INSERT INTO berth.reservation (pool, device_class, units, cpu_milli, memory_gib, "
                    "storage_gib, mode, start_at,"
                    " end_at, owner, team, name, rate_micros, currency, state)"
                    " SELECT {}, {}, 1, 1, 1, 1, 'interactive_ml', now() + n * interval '1 hour', now() + (n "
                    "+ 1) * interval '1"
                    " hour', CASE n % 2 WHEN 0 THEN '{}'::uuid ELSE '{}'::uuid END, CASE WHEN n % 4 = 0 THEN "
                    "'{}'::uuid END,"
                    " CASE WHEN n % 10 = 7 THEN '50%_Off' ELSE 'train ' || n END, 0, 'EUR', 'APPROVED'"
                    " FROM generate_series(1, 300) n",
                    lab_.id.value, lab_.classes[1].id.value, ana_.value, ben_.value, vision_.value));
  }
  std::size_t found(const model::UserId& who, ReservationFilter filter, int limit = 20,
                    int* pages = nullptr) {
    std::set<std::string> ids;
    for (PageRequest page{limit, ""};;) {
      const auto got = must(list_reservations(connection_, viewer(who), filter, page)).page;
      EXPECT_LE(got.items.size(), static_cast<std::size_t>(limit));
      for (const auto& view : got.items) EXPECT_TRUE(ids.insert(view.reservation.id.value).second) << "twice";
      if (pages != nullptr) ++*pages;
      if (!got.next) return ids.size();
      page.cursor = *got.next;
    }
  }
  std::size_t found(const model::UserId& who, const std::string& text) {
    return found(who,
                 {.states = {}, .pool = "", .mine = false, .sort = ReservationSort::kSoonest, .text = text});
  }
};

TEST(Cursor, ReadsBackWhatItWasMadeFrom) {
  const Mark uuid{Instant(Duration(1'763'821'234'567'890)), "0b7f6c1e-0000-4000-8000-000000000001"};
  const Mark number{Instant(Duration(0)), "42"};
  EXPECT_EQ(parse_cursor(to_cursor(uuid), MarkId::kUuid).value(), uuid);
  EXPECT_EQ(parse_cursor(to_cursor(number), MarkId::kNumber).value(), number);
  EXPECT_EQ(parse_cursor("", MarkId::kUuid).value(), std::nullopt);
}

TEST(Cursor, IsRefusedWhenItIsNotOfTheList) {
  const auto number = to_cursor({Instant(Duration(0)), "42"});
  for (const auto& cursor :
       {number, std::string("x"), std::string("!!!!"), std::string(300, 'a'), number + "=",
        to_cursor({Instant(Duration(-5)), "0b7f6c1e-0000-4000-8000-000000000001"}),
        to_cursor({Instant(Duration(1)), "0b7f6c1e'; DROP TABLE"})}) {
    const auto mark = parse_cursor(cursor, MarkId::kUuid);
    ASSERT_FALSE(mark) << cursor;
    EXPECT_EQ(mark.error().fields.at(0).field, "cursor");
  }
}

TEST_F(Search, FindsPartsOfNamesOwnersTeamsAndClassesAsTheyStand) {
  EXPECT_EQ(found(finance_, ""), 300U);
  EXPECT_EQ(found(finance_, "50%_off"), 30U);
  EXPECT_EQ(found(finance_, "50%"), 30U) << "a sign of patterns is none here";
  EXPECT_EQ(found(finance_, "5_%"), 0U);
  EXPECT_EQ(found(finance_, "TRAIN 30"), 2U) << "30 and 300";
  EXPECT_EQ(found(finance_, "ben@EXAMPLE"), 150U);
  EXPECT_EQ(found(finance_, "visio"), 75U);
  EXPECT_EQ(found(finance_, lab_.classes[1].name), 300U);
  EXPECT_EQ(found(finance_, "nothing of that name"), 0U);
  EXPECT_EQ(found(finance_, "train 30\nana"), 0U) << "across no two of them";
  const auto id = text("SELECT id::text AS x FROM berth.reservation WHERE name = 'train 42'");
  EXPECT_EQ(found(finance_, id.substr(0, 13)), 1U);
  EXPECT_EQ(found(finance_, id.substr(5)), 0U) << "of an id the beginning";
}

TEST_F(Search, FindsNoMoreThanOneMaySee) {
  EXPECT_EQ(found(ben_, "ana@example"), 0U);
  EXPECT_EQ(found(ben_, "50%_off"), 30U) << "odd ones, so his own";
  EXPECT_EQ(found(lead_, "vision"), 75U);
  EXPECT_EQ(found(ana_, "train 1"), found(lead_, "train 1"));
}

TEST_F(Search, LooksAtABoundedNumberForAPageAndLosesNothing) {
  for (const auto sort : {ReservationSort::kSoonest, ReservationSort::kLatest, ReservationSort::kNewest}) {
    for (const auto& who : {finance_, ana_}) {
      ReservationFilter filter{.states = {},
                               .pool = "",
                               .mine = false,
                               .sort = sort,
                               .text = "train 1",
                               .device_class = {},
                               .most_searched = 25};
      const auto whole =
          found(who, {.states = {}, .pool = "", .mine = false, .sort = sort, .text = "train 1"}, 500);
      int pages = 0;
      EXPECT_EQ(found(who, filter, 5, &pages), whole);
      EXPECT_GT(pages, 5);
    }
  }
  ReservationFilter nothing{.states = {},
                            .pool = "",
                            .mine = false,
                            .sort = ReservationSort::kSoonest,
                            .text = "x y z",
                            .device_class = {},
                            .most_searched = 25};
  const auto first = must(list_reservations(connection_, viewer(finance_), nothing, {5, ""})).page;
  EXPECT_THAT(first.items, IsEmpty());
  EXPECT_TRUE(first.next) << "25 of 300 were looked at";
  nothing.text.clear();
  nothing.device_class = "whole-96gb";
  EXPECT_EQ(found(finance_, nothing, 5), 0U);
  nothing.device_class = "slice-24gb";
  EXPECT_EQ(found(finance_, nothing, 5), 300U);
}

}  // namespace
}  // namespace berth::store
