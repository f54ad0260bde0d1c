#include <gtest/gtest.h>

#include "usage/usage.hpp"

namespace berth::usage {
namespace {

constexpr model::ClassId kWhole{1};
constexpr model::ClassId kSlice{2};

Instant at(const std::string& text) {
  return *parse_rfc3339(text);
}

/// November 2026 in UTC is over; a GPU and a slice that is a quarter of one were there all the time; a year
/// costs 8,760.
class UsageAccount : public testing::Test {
 protected:
  UsageAccount() {
    facts_.period = {at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z")};
    facts_.now = at("2027-01-15T00:00:00Z");
    facts_.months = {{"2026-11", facts_.period, false}};
    facts_.classes = {{kWhole, "whole", 1.0}, {kSlice, "slice", 0.25}};
    facts_.annual_cost = MoneyMicros{8'760'000'000};
    const Window always{at("2026-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z")};
    facts_.units = {{{{always, kWhole, true, {1}, {}}}, {}, {}}, {{{always, kSlice, true, {2}, {}}}, {}, {}}};
  }

  std::size_t reservation(const std::string& id, const std::string& owner, const std::string& team,
                          model::ClassId of) {
    std::optional<model::TeamId> team_id;
    if (!team.empty()) team_id = model::TeamId{team};
    facts_.reservations.push_back(
        {{id}, "name of " + id, {owner}, owner + "@example.org", team_id, team, of, {}, true});
    return facts_.reservations.size() - 1;
  }
  void claim(std::size_t unit, std::size_t reservation, const std::string& from, const std::string& to) {
    facts_.units[unit].claims.push_back({{at(from), at(to)}, reservation});
    facts_.reservations[reservation].held = {at(from), at(to)};
  }
  Table by(By how) { return table(facts_, account(facts_), how); }
  std::vector<ClassMonth> utilisation() {
    return reserved_utilisation(facts_, account(facts_), {kWhole, kSlice});
  }

  Facts facts_;
};

TEST_F(UsageAccount, TheWholeMonthIdleCostsItsHours) {
  const auto it = by(By::kOwner);
  EXPECT_TRUE(it.rows.empty());
  EXPECT_EQ(it.total.cost, MoneyMicros{720'000'000}) << "720 of 8,760 hours";
  EXPECT_EQ(it.idle.cost, it.total.cost);
  EXPECT_EQ(it.idle.unit_time, hours(2 * 720));
  EXPECT_EQ(it.idle.gpu_time, hours(900));
  EXPECT_EQ(it.others, std::nullopt);
  EXPECT_EQ(it.out_of_service, std::nullopt);
}

TEST_F(UsageAccount, AnHourOfASliceCostsAQuarterOfAnHourOfAGpu) {
  const auto big = reservation("a", "ana", "vision", kWhole);
  const auto small = reservation("b", "ben", "", kSlice);
  claim(0, big, "2026-11-10T00:00:00Z", "2026-11-11T00:00:00Z");
  claim(1, small, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z");
  const auto it = by(By::kOwner);
  ASSERT_EQ(it.rows.size(), 2U);
  EXPECT_EQ(it.rows[0].key, "ana@example.org");
  EXPECT_EQ(it.rows[0].cost, MoneyMicros{19'200'000}) << "24 of 900 GPU hours of 720.00";
  EXPECT_EQ(it.rows[1].cost, MoneyMicros{4'800'000});
  EXPECT_EQ(it.rows[1].unit_time, hours(24));
  EXPECT_EQ(it.rows[1].gpu_time, hours(6));
  EXPECT_EQ(it.idle.cost, MoneyMicros{696'000'000});
}

TEST_F(UsageAccount, WhatWasBookedCostsItsRateByItsHoursWhateverTheYearCosts) {
  const auto big = reservation("a", "ana", "vision", kWhole);
  const auto small = reservation("b", "ana", "", kSlice);
  facts_.reservations[big].rate = MoneyMicros{3'200'000};
  facts_.reservations[small].rate = MoneyMicros{800'000};
  facts_.reservations[big].currency = facts_.reservations[small].currency = "EUR";
  claim(0, big, "2026-11-10T00:00:00Z", "2026-11-11T00:00:00Z");
  claim(1, small, "2026-11-20T00:00:00Z", "2026-11-20T00:05:00Z");
  for (const bool declared : {true, false}) {
    if (!declared) facts_.annual_cost = std::nullopt;
    const auto it = by(By::kOwner);
    ASSERT_EQ(it.rows.size(), 1U);
    EXPECT_EQ(it.rows[0].booked, MoneyMicros{76'800'000 + 66'667});
    EXPECT_EQ(it.idle.booked, MoneyMicros{0}) << "nobody booked it";
    EXPECT_EQ(it.total.booked, it.rows[0].booked);
  }
  EXPECT_EQ(booked_currencies(facts_, account(facts_)), std::vector<std::string>{"EUR"});
  facts_.reservations[small].currency = "USD";
  EXPECT_EQ(booked_currencies(facts_, account(facts_)).size(), 2U);
}

TEST_F(UsageAccount, OnlyWhatHappenedIsCounted) {
  facts_.now = at("2026-11-11T00:00:00Z");
  const auto running = reservation("a", "ana", "", kWhole);
  claim(0, running, "2026-11-10T12:00:00Z", "2026-11-12T00:00:00Z");
  const auto it = by(By::kSession);
  EXPECT_EQ(account(facts_).counted, (Window{facts_.period.start, facts_.now}));
  EXPECT_EQ(it.total.cost, MoneyMicros{240'000'000}) << "ten days";
  ASSERT_EQ(it.rows.size(), 1U);
  EXPECT_EQ(it.rows[0].unit_time, hours(12)) << "until now, not until its end";
  facts_.now = at("2026-10-01T00:00:00Z");
  EXPECT_TRUE(account(facts_).counted.empty());
  EXPECT_EQ(by(By::kSession).total.cost, MoneyMicros{0}) << "nothing of it has happened";
  EXPECT_EQ(utilisation()[0].utilisation(), std::nullopt);
}

TEST_F(UsageAccount, TimeBeforeThePoolHadAUnitIsNobodys) {
  for (auto& unit : facts_.units) unit.spans[0].during.start = at("2026-11-30T00:00:00Z");
  const auto it = account(facts_);
  EXPECT_EQ(it.counted, (Window{at("2026-11-30T00:00:00Z"), facts_.period.end}));
  EXPECT_EQ(it.cost, MoneyMicros{24'000'000});
}

TEST_F(UsageAccount, OutOfServiceAndKeptTimeIsNotBookableUnlessItIsHeld) {
  // The slice: out of service on the 2nd and 3rd, kept on the 3rd and 4th (twice told), held over the 4th
  // and 5th.
  auto& slice = facts_.units[1];
  const Window all = slice.spans[0].during;
  slice.spans = {{{all.start, at("2026-11-02T00:00:00Z")}, kSlice, true, {2}, {}},
                 {{at("2026-11-02T00:00:00Z"), at("2026-11-04T00:00:00Z")}, kSlice, false, {2}, {}},
                 {{at("2026-11-04T00:00:00Z"), all.end}, kSlice, true, {2}, {}}};
  slice.kept = {{at("2026-11-03T00:00:00Z"), at("2026-11-05T00:00:00Z")},
                {at("2026-11-03T12:00:00Z"), at("2026-11-04T06:00:00Z")}};
  claim(1, reservation("a", "ana", "", kSlice), "2026-11-04T00:00:00Z", "2026-11-06T00:00:00Z");

  const auto rows = utilisation();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].utilisation(), 0.0) << "nobody took the whole GPU: that is measured, and nothing";
  EXPECT_EQ(rows[1].reserved, hours(48));
  EXPECT_EQ(rows[1].out_of_service, hours(48));
  EXPECT_EQ(rows[1].bookable, hours(720 - 48));
  EXPECT_DOUBLE_EQ(*rows[1].utilisation(), 48.0 / 672.0);
  const auto it = by(By::kClass);
  ASSERT_TRUE(it.out_of_service);
  EXPECT_EQ(it.out_of_service->unit_time, hours(48));
  EXPECT_EQ(it.out_of_service->cost, MoneyMicros{9'600'000});
  EXPECT_EQ(*it.rows[0].cost + *it.idle.cost + *it.out_of_service->cost, *it.total.cost);
}

/// One GPU that was on offer whole and as four slices, all the time.
class UsageOfTwoLayouts : public UsageAccount {
 protected:
  UsageOfTwoLayouts() {
    const Window always{at("2026-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z")};
    facts_.units = {{{{always, kWhole, true, {1}, {0, 4}}}, {}, {}}};
    for (int slot = 0; slot < 4; ++slot) {
      facts_.units.push_back({{{always, kSlice, true, {1}, {slot, slot + 1}}}, {}, {}});
    }
  }
};

TEST_F(UsageOfTwoLayouts, AnIdleDeviceIsCountedOnceHoweverManyLayoutsItHas) {
  const auto it = by(By::kClass);
  EXPECT_EQ(it.idle.unit_time, hours(5 * 720));
  EXPECT_EQ(it.idle.gpu_time, hours(720)) << "one GPU";
  EXPECT_EQ(it.idle.cost, MoneyMicros{720'000'000});
  EXPECT_EQ(it.blocked, std::nullopt);
}

TEST_F(UsageOfTwoLayouts, WhoHoldsADevicePaysForItAndWhatIsBlockedCostsNothing) {
  claim(0, reservation("a", "ana", "", kWhole), "2026-11-10T00:00:00Z", "2026-11-11T00:00:00Z");
  claim(1, reservation("b", "ben", "", kSlice), "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z");
  const auto it = by(By::kOwner);
  ASSERT_EQ(it.rows.size(), 2U);
  EXPECT_EQ(it.rows[0].cost, MoneyMicros{24'000'000}) << "all of the GPU for a day";
  EXPECT_EQ(it.rows[1].cost, MoneyMicros{6'000'000}) << "a quarter of it";
  ASSERT_TRUE(it.blocked);
  EXPECT_EQ(it.blocked->unit_time, hours(4 * 24 + 24)) << "the slices on the 10th, the whole on the 20th";
  EXPECT_EQ(it.blocked->gpu_time, Duration(0));
  EXPECT_EQ(it.blocked->cost, MoneyMicros{0});
  EXPECT_EQ(it.idle.cost, MoneyMicros{690'000'000});
  EXPECT_EQ(it.total.gpu_time, hours(720));
  const auto rows = utilisation();
  EXPECT_EQ(rows[0].reserved, hours(24));
  EXPECT_EQ(rows[0].blocked, hours(24));
  EXPECT_EQ(rows[0].bookable, hours(720 - 24));
  EXPECT_EQ(rows[1].blocked, hours(4 * 24));
  EXPECT_EQ(rows[1].bookable, hours(4 * 720 - 4 * 24));
}

TEST_F(UsageOfTwoLayouts, WhatPodsKeepBlocksSiblingsAndIsOutOfServiceItself) {
  facts_.units[2].kept = {{at("2026-11-10T00:00:00Z"), at("2026-11-11T00:00:00Z")}};
  const auto it = by(By::kOwner);
  EXPECT_EQ(it.out_of_service->unit_time, hours(24));
  EXPECT_EQ(it.out_of_service->cost, MoneyMicros{6'000'000});
  EXPECT_EQ(it.blocked->unit_time, hours(24)) << "the whole GPU";
  EXPECT_EQ(it.total.cost, MoneyMicros{720'000'000});
}

TEST_F(UsageOfTwoLayouts, ALayoutCountsFromWhenItWasDeclared) {
  for (std::size_t slice = 1; slice < 5; ++slice) {
    facts_.units[slice].spans[0].during.start = at("2026-11-16T00:00:00Z");
  }
  claim(0, reservation("a", "ana", "", kWhole), "2026-11-15T00:00:00Z", "2026-11-17T00:00:00Z");
  EXPECT_EQ(by(By::kOwner).blocked->unit_time, hours(4 * 24));
}

TEST_F(UsageAccount, AUnitThatComesOrGoesCountsWhileItIsThere) {
  facts_.units[0].spans[0].during.end = at("2026-11-16T00:00:00Z");
  const auto rows = utilisation();
  EXPECT_EQ(rows[0].bookable, hours(360));
  EXPECT_EQ(rows[1].bookable, hours(720));
  EXPECT_EQ(by(By::kOwner).total.unit_time, hours(1'080));
}

TEST_F(UsageAccount, AMonthWithoutAnyUnitIsIdleAllTheSame) {
  facts_.period.end = at("2027-01-01T00:00:00Z");
  facts_.months.push_back({"2026-12", {at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z")}, false});
  for (auto& unit : facts_.units) unit.spans[0].during.end = at("2026-12-01T00:00:00Z");
  const auto it = by(By::kMonth);
  EXPECT_EQ(it.total.cost, MoneyMicros{(720 + 744) * 1'000'000LL});
  EXPECT_EQ(it.idle.cost, it.total.cost);
  EXPECT_EQ(it.idle.unit_time, hours(2 * 720));
}

TEST_F(UsageAccount, EveryMonthBearsTheCostOfItsOwnHours) {
  // December's are held by one, November's by nobody: what December's session costs does not hang on
  // November.
  facts_.period.end = at("2027-01-01T00:00:00Z");
  facts_.months.push_back({"2026-12", {at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z")}, false});
  for (const std::size_t unit : {0U, 1U}) {
    claim(unit, reservation(unit == 0 ? "a" : "b", "ana", "", unit == 0 ? kWhole : kSlice),
          "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z");
  }
  const auto it = by(By::kMonth);
  ASSERT_EQ(it.rows.size(), 2U) << "a month in which nobody held anything is told too";
  EXPECT_EQ(it.rows[0].cost, MoneyMicros{0});
  EXPECT_EQ(it.rows[1].key, "2026-12");
  EXPECT_EQ(it.rows[1].cost, MoneyMicros{744'000'000});
  EXPECT_EQ(it.idle.cost, MoneyMicros{720'000'000});
}

TEST_F(UsageAccount, WithoutAnAnnualCostHoursAreToldAndNoCosts) {
  facts_.annual_cost.reset();
  claim(0, reservation("a", "ana", "", kWhole), "2026-11-10T00:00:00Z", "2026-11-11T00:00:00Z");
  const auto it = by(By::kTeam);
  EXPECT_EQ(it.total.cost, std::nullopt);
  EXPECT_EQ(it.idle.cost, std::nullopt);
  EXPECT_EQ(it.rows.at(0).cost, std::nullopt);
  EXPECT_EQ(it.rows.at(0).unit_time, hours(24));
}

TEST_F(UsageAccount, WhatIsNotVisibleIsOneRowAndNamesNobody) {
  claim(0, reservation("a", "ana", "vision", kWhole), "2026-11-10T00:00:00Z", "2026-11-11T00:00:00Z");
  claim(1, reservation("b", "ben", "sound", kSlice), "2026-11-10T00:00:00Z", "2026-11-11T00:00:00Z");
  facts_.reservations[1].visible = false;
  for (const auto how : {By::kSession, By::kOwner, By::kTeam}) {
    const auto it = by(how);
    ASSERT_EQ(it.rows.size(), 1U) << to_string(how);
    ASSERT_TRUE(it.others) << to_string(how);
    EXPECT_EQ(it.others->key, "");
    EXPECT_EQ(it.others->unit_time, hours(24));
    EXPECT_EQ(*it.rows[0].cost + *it.others->cost + *it.idle.cost, *it.total.cost);
  }
  EXPECT_EQ(by(By::kClass).rows.size(), 2U) << "a class is nobody";
  EXPECT_EQ(by(By::kClass).others, std::nullopt);
}

TEST_F(UsageAccount, RowsStandInTheirOrder) {
  claim(0, reservation("a", "zoe", "", kWhole), "2026-11-10T00:00:00Z", "2026-11-11T00:00:00Z");
  claim(0, reservation("b", "ana", "vision", kWhole), "2026-11-12T00:00:00Z", "2026-11-13T00:00:00Z");
  claim(1, reservation("c", "ben", "sound", kSlice), "2026-11-11T00:00:00Z", "2026-11-12T00:00:00Z");
  const auto keys = [&](By how) {
    std::vector<std::string> out;
    for (const auto& row : by(how).rows) out.push_back(row.key);
    return out;
  };
  using Keys = std::vector<std::string>;
  EXPECT_EQ(keys(By::kSession), (Keys{"b", "c", "a"})) << "newest first";
  EXPECT_EQ(keys(By::kOwner), (Keys{"ana@example.org", "ben@example.org", "zoe@example.org"}));
  EXPECT_EQ(keys(By::kTeam), (Keys{"sound", "vision", ""})) << "no team last";
  EXPECT_EQ(keys(By::kClass), (Keys{"whole", "slice"})) << "in the pool's order";
}

TEST_F(UsageAccount, GroupingsReadBackAsTheyAreWritten) {
  for (const auto how : {By::kSession, By::kOwner, By::kTeam, By::kClass, By::kMonth}) {
    EXPECT_EQ(parse_by(to_string(how)), how);
  }
  EXPECT_EQ(parse_by("user"), std::nullopt);
}

}  // namespace
}  // namespace berth::usage
