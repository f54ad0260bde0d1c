#include "store/usage.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/fixture.hpp"
#include "store/migrations.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The database's clock cannot be moved: units have been there for 60 days,
/// and claims are laid into the past.
class Usage : public StoreTest {
 protected:
  Usage() {
    sql("UPDATE berth.unit_history SET since = since - interval '60 days'");
    add_member(vision_, ana_);
    add_member(vision_, lead_, true);
  }

  /// A reservation that held its units from `ago` hours ago for `length` hours.
  model::ReservationId held(const model::UserId& owner, const std::string& device_class, int units, int ago,
                            int length, const std::optional<std::string>& team = {}) {
    auto wanted = request(device_class, units, 0, 2 * length);
    wanted.name = "of " + owner.value.substr(0, 4);
    auto outcome = must(create(connection_, author(owner), viewer(owner), {wanted, team}));
    const auto id = std::get<Created>(outcome).view.reservation.id;
    const auto from = format_rfc3339(now_ - hours(ago));
    const auto to = format_rfc3339(now_ - hours(ago - length));
    sql(
        fmt::format("WITH claims AS (UPDATE berth.reservation_unit SET during = tstzrange('{1}', '{2}')"
                    " WHERE reservation = '{0}')"
                    " UPDATE berth.reservation SET start_at = '{1}', end_at = '{2}' WHERE id = '{0}'",
                    id.value, from, to));
    return id;
  }
  usage::Facts facts(const model::UserId& who, const UsageRequest& wanted = {}) {
    return must(load_usage_facts(connection_, viewer(who), must(load_pool(connection_, "lab")), wanted));
  }
  Window last_days(int days) const { return {now_ - hours(24 * days), now_}; }
  usage::Table by(const model::UserId& who, usage::By how, int days = 10) {
    const auto it = facts(who, {.period = last_days(days), .as_of = {}});
    return table(it, account(it), how);
  }
  static std::vector<std::string> keys(const usage::Table& table) {
    std::vector<std::string> out;
    out.reserve(table.rows.size());
    for (const auto& row : table.rows) out.push_back(row.key);
    return out;
  }
  Result<Applied> set_cost(const std::optional<model::AnnualCost>& cost) {
    auto wanted = lab_pool();
    wanted.annual_cost = cost;
    return apply_pool(connection_, admin_author(), wanted);
  }

  model::UserId ana_ = add_user("ana@example.org");
  model::UserId ben_ = add_user("ben@example.org");
  model::UserId lead_ = add_user("lead@example.org", model::Role::kLead);
  model::UserId finance_ = add_user("finance@example.org", model::Role::kFinance);
  model::TeamId vision_ = add_team("vision");
};

TEST_F(Usage, AnAnnualCostIsKeptAuditedAndTakenAwayAgain) {
  EXPECT_EQ(lab_.annual_cost, std::nullopt);
  const model::AnnualCost cost{{12'345'670'000}, "EUR"};
  EXPECT_THAT(must(set_cost(cost)).changes,
              ElementsAre(R"(Pool lab: annual_cost was null, is {"amount":"12345.67","currency":"EUR"}.)"));
  EXPECT_EQ(must(load_pool(connection_, "lab")).annual_cost, cost);
  EXPECT_TRUE(must(set_cost(cost)).changes.empty());
  EXPECT_THAT(must(set_cost(model::AnnualCost{{1}, "EUR"})).changes,
              ElementsAre(R"(Pool lab: annual_cost.amount was "12345.67", is "0.000001".)"));
  EXPECT_EQ(must(set_cost({})).changes.size(), 1U);
  EXPECT_EQ(must(load_pool(connection_, "lab")).annual_cost, std::nullopt);
  EXPECT_EQ(
      number(
          "SELECT count(*) AS x FROM berth.audit WHERE object_type = 'pool' AND after ? 'annual_cost_micros'"
          " AND action = 'pool.changed'"),
      3);
  EXPECT_EQ(text("SELECT after ->> 'annual_cost_micros' AS x FROM berth.audit WHERE object_type = 'pool'"
                 " AND action = 'pool.changed' AND after ? 'annual_cost_micros' ORDER BY at LIMIT 1"),
            "12345670000");
}

TEST_F(Usage, ANewPoolHasItsCostFromTheFirst) {
  auto wanted = other_pool("second");
  wanted.annual_cost = model::AnnualCost{{5'000'000}, "USD"};
  EXPECT_THAT(must(apply_pool(connection_, admin_author(), wanted)).changes,
              testing::Contains("Pool second is new."));
  EXPECT_EQ(must(load_pool(connection_, "second")).annual_cost, wanted.annual_cost);
}

TEST_F(Usage, TheDatabaseRefusesHalfACostAndABadOne) {
  auto connection = database_.connect();
  must(connection.run("SET berth.actor = 'owner'"));
  for (const auto* set : {"annual_cost_micros = 5", "annual_cost_currency = 'EUR'",
                          "annual_cost_micros = -1, annual_cost_currency = 'EUR'",
                          "annual_cost_micros = 5000000000000001, annual_cost_currency = 'EUR'",
                          "annual_cost_micros = 5, annual_cost_currency = 'euro'"}) {
    const auto done = connection.run(fmt::format("UPDATE berth.pool SET {}", set));
    ASSERT_FALSE(done) << set;
    EXPECT_EQ(done.error().slug, pg::kCheckViolation) << set;
  }
}

TEST_F(Usage, AUnitsHistoryFollowsEveryChangeOfItAndNothingElse) {
  const auto history = [&] {
    std::vector<std::string> out;
    for (const auto& row :
         sql("SELECT (CASE WHEN h.in_service THEN 'in' ELSE 'out' END) || ' ' || c.name || ' ' ||"
             " (CASE WHEN h.until IS NULL THEN 'open' ELSE 'closed' END) AS x FROM berth.unit_history h"
             " JOIN berth.unit u ON u.id = h.unit JOIN berth.device_class c ON c.id = h.device_class"
             " WHERE u.name = 'gpu0-slice3' ORDER BY h.since")) {
      out.push_back(row.get<std::string>("x"));
    }
    return out;
  };
  EXPECT_THAT(history(), ElementsAre("in slice-24gb open"));
  auto wanted = lab_pool();
  const auto apply = [&] { must(apply_pool(connection_, admin_author(), wanted)); };
  wanted.units[3].out_of_service = true;
  apply();
  wanted.units[3].replicas = 1;  // not a matter of history
  apply();
  EXPECT_THAT(history(), ElementsAre("in slice-24gb closed", "out slice-24gb open"));
  wanted.units[3].out_of_service = false;
  wanted.units[3].device_class = wanted.classes[0].id;
  apply();
  EXPECT_THAT(history(), ElementsAre("in slice-24gb closed", "out slice-24gb closed", "in whole-96gb open"));
  const auto all = wanted.units;
  wanted.units.erase(wanted.units.begin() + 3);
  apply();
  EXPECT_EQ(history().back(), "in whole-96gb closed") << "retired";
  wanted.units = all;
  apply();
  EXPECT_EQ(history().size(), 4U);
  EXPECT_EQ(history().back(), "in whole-96gb open");
  EXPECT_EQ(
      number("SELECT count(*) AS x FROM berth.unit_history a JOIN berth.unit_history b ON a.unit = b.unit"
             " AND a.since < b.since AND coalesce(a.until, 'infinity') > b.since"),
      0)
      << "no two of one unit at one time";
}

TEST_F(Usage, AClockThatIsSetBackMakesNoSecondHistoryOfOneTime) {
  sql("UPDATE berth.unit_history SET since = clock_timestamp() + interval '1 hour'");
  auto wanted = lab_pool();
  wanted.units[3].out_of_service = true;
  must(apply_pool(connection_, admin_author(), wanted));
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.unit_history h JOIN berth.unit u ON u.id = h.unit"
                   " WHERE u.name = 'gpu0-slice3'"),
            1);
}

TEST_F(Usage, UnitsFromBeforeTheHistoryCountFromTheDayTheyWereMade) {
  // As it was before the third migration, with a unit that has been there for long and one that is retired.
  const std::string backfill = [] {
    for (const auto& file : embedded::migrations()) {
      if (!file.path.starts_with("0003")) continue;
      const auto from = file.bytes.find("INSERT INTO berth.unit_history (unit, since, until");
      return std::string(file.bytes.substr(from, file.bytes.find(';', from) - from));
    }
    throw std::runtime_error("no third migration");
  }();
  sql("TRUNCATE berth.unit_history");
  sql("ALTER TABLE berth.unit_history ALTER device DROP NOT NULL, ALTER placement DROP NOT NULL");
  sql("UPDATE berth.installation SET created_at = '2025-01-01'");
  sql("ALTER TABLE berth.unit DISABLE TRIGGER USER");
  sql("UPDATE berth.unit SET retired_at = '2026-02-01' WHERE name = 'gpu0-slice0'");
  sql("UPDATE berth.unit SET out_of_service = true WHERE name = 'gpu0-slice1'");
  sql("UPDATE berth.audit SET at = '2026-01-01' WHERE object_type = 'unit' AND object_id = 'gpu0-slice0'");
  sql("DELETE FROM berth.audit WHERE object_type = 'unit' AND object_id = 'gpu0-slice1'");
  sql(backfill);
  const auto of = [&](const std::string& unit) {
    return text(
        "SELECT (since AT TIME ZONE 'UTC')::date || ' ' || coalesce((until AT TIME ZONE 'UTC')::date::text, "
        "'now')"
        " || ' ' || in_service AS x FROM berth.unit_history h JOIN berth.unit u ON u.id = h.unit"
        " WHERE u.name = '" +
        unit + "'");
  };
  EXPECT_EQ(of("gpu0-slice0"), "2026-01-01 2026-02-01 true");
  EXPECT_EQ(of("gpu0-slice1"), "2025-01-01 now false") << "the audit log no longer knows";
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.unit_history"), 5);
}

TEST_F(Usage, ClaimsAreWhatWasHeldAndNothingThatWasNever) {
  must(set_cost(model::AnnualCost{{8'760'000'000}, "EUR"}));
  const auto two = held(ana_, "slice-24gb", 2, 100, 10, "vision");
  const auto one = held(ben_, "whole-96gb", 1, 50, 20);
  const auto canceled = book(ben_, request("slice-24gb", 1, 4, 8)).reservation.id;
  must(end(connection_, author(ben_), viewer(ben_), canceled));
  const auto coming = book(ben_, request("slice-24gb", 1, 10, 20)).reservation.id;

  const auto it = by(admin_, usage::By::kSession);
  EXPECT_THAT(keys(it), ElementsAre(one.value, two.value))
      << "not " << canceled.value << ", not " << coming.value;
  EXPECT_EQ(it.rows[0].gpu_time, hours(20));
  EXPECT_EQ(it.rows[1].unit_time, hours(20));
  EXPECT_EQ(it.rows[1].gpu_time, hours(5));
  EXPECT_EQ(it.total.unit_time, hours(5 * 240));
  EXPECT_EQ(it.total.cost, MoneyMicros{240'000'000});
  EXPECT_EQ(*it.rows[0].cost + *it.rows[1].cost + *it.idle.cost, *it.total.cost);
  // Two GPUs for 240 hours cost 240.00. A month's end may lie in between, hence to the nearest few
  // millionths.
  EXPECT_NEAR(static_cast<double>(it.rows[0].cost->value), 10'000'000, 3);
  EXPECT_NEAR(static_cast<double>(it.rows[1].cost->value), 2'500'000, 3);
}

TEST_F(Usage, ARunningSessionCountsUntilNowAndAShortenedOneUntilItsEnd) {
  const auto running = held(ana_, "slice-24gb", 1, 3, 10);
  const auto facts_now = facts(ana_, {.period = Window{now_ - hours(24), now_ + hours(24)}, .as_of = {}});
  const auto it = table(facts_now, account(facts_now), usage::By::kSession);
  ASSERT_EQ(it.rows.size(), 1U);
  EXPECT_EQ(it.rows[0].key, running.value);
  EXPECT_GE(it.rows[0].unit_time, hours(3));
  EXPECT_LT(it.rows[0].unit_time, hours(4));
  sql(fmt::format(
      "UPDATE berth.reservation_unit SET during = tstzrange(lower(during), lower(during) + interval '90 min')"
      " WHERE reservation = '{}'",
      running.value));
  EXPECT_EQ(by(ana_, usage::By::kSession).rows.at(0).unit_time, minutes(90));
}

TEST_F(Usage, EachSeesTheirOwnLeadsTheirTeamFinanceAndAdminAll) {
  held(ana_, "slice-24gb", 1, 100, 10, "vision");
  held(ana_, "slice-24gb", 1, 80, 10);
  held(lead_, "slice-24gb", 1, 60, 10, "vision");
  held(ben_, "slice-24gb", 1, 40, 10);
  const auto owners = [&](const model::UserId& who) { return keys(by(who, usage::By::kOwner)); };
  EXPECT_THAT(owners(ben_), ElementsAre("ben@example.org"));
  EXPECT_THAT(owners(ana_), ElementsAre("ana@example.org")) << "a teammate's usage is not one's own";
  EXPECT_THAT(owners(lead_), ElementsAre("ana@example.org", "lead@example.org"));
  for (const auto& who : {finance_, admin_}) {
    EXPECT_THAT(owners(who), ElementsAre("ana@example.org", "ben@example.org", "lead@example.org"));
    EXPECT_EQ(by(who, usage::By::kOwner).others, std::nullopt);
  }
  EXPECT_EQ(by(ben_, usage::By::kOwner).others->unit_time, hours(30));
  EXPECT_EQ(by(lead_, usage::By::kOwner).others->unit_time, hours(10));
  EXPECT_EQ(by(ben_, usage::By::kOwner).total.unit_time, by(admin_, usage::By::kOwner).total.unit_time);
}

TEST_F(Usage, OutOfServiceAndHoldsAreTakenOffWhatIsBookable) {
  sql("UPDATE berth.unit_history h SET in_service = false FROM berth.unit u WHERE u.id = h.unit AND u.name = "
      "'gpu1'");
  const auto ended = held(ana_, "slice-24gb", 1, 50, 10);
  begin(ended);
  sql(fmt::format(
      "INSERT INTO berth.hold (unit, session, since, why, released_at) SELECT c.unit, s.id, upper(c.during),"
      " 'pods', upper(c.during) + interval '4 hours' FROM berth.reservation_unit c JOIN berth.session s"
      " ON s.reservation = c.reservation WHERE c.reservation = '{}'",
      ended.value));
  const auto it = facts(ana_, {.period = last_days(10), .as_of = {}});
  std::map<std::string, usage::ClassMonth> of;
  for (const auto& row : reserved_utilisation(it, account(it), {})) {
    auto& sum = of[lab_.find_class(row.device_class)->name];
    sum.reserved += row.reserved;
    sum.bookable += row.bookable;
    sum.out_of_service += row.out_of_service;
  }
  EXPECT_EQ(of.at("whole-96gb").bookable, hours(0));
  EXPECT_EQ(of.at("whole-96gb").utilisation(), std::nullopt);
  EXPECT_EQ(of.at("whole-96gb").out_of_service, hours(240));
  EXPECT_EQ(of.at("slice-24gb").reserved, hours(10));
  EXPECT_EQ(of.at("slice-24gb").out_of_service, hours(4));
  EXPECT_EQ(of.at("slice-24gb").bookable, hours(4 * 240 - 4));
}

TEST_F(Usage, MonthsAreThoseOfThePoolsZone) {
  const auto it =
      facts(admin_,
            {.period = Window{*parse_rfc3339("2026-02-10T00:00:00Z"), *parse_rfc3339("2026-04-30T22:00:00Z")},
             .as_of = {}});
  std::vector<std::string> told;
  told.reserve(it.months.size());
  for (const auto& month : it.months) {
    told.push_back(fmt::format("{} {} {}", month.name, format_rfc3339(month.during.start),
                               format_rfc3339(month.during.end)));
  }
  EXPECT_THAT(told, ElementsAre("2026-02 2026-02-10T00:00:00Z 2026-02-28T23:00:00Z",
                                "2026-03 2026-02-28T23:00:00Z 2026-03-31T22:00:00Z",
                                "2026-04 2026-03-31T22:00:00Z 2026-04-30T22:00:00Z"))
      << "midnight in Berlin, winter and summer: March has 743 hours";
}

TEST_F(Usage, WithoutAPeriodItIsTheMonthThatRunsAndThatIsProvisional) {
  const auto it = facts(admin_);
  ASSERT_EQ(it.months.size(), 1U);
  EXPECT_TRUE(it.months[0].provisional);
  EXPECT_TRUE(it.period.contains(it.now));
  EXPECT_EQ(it.months[0].name,
            text("SELECT to_char(clock_timestamp() AT TIME ZONE 'Europe/Berlin', 'YYYY-MM') AS x"));
  const auto before =
      facts(admin_, {.period = Window{it.period.start - hours(24), it.period.start}, .as_of = {}});
  ASSERT_EQ(before.months.size(), 1U);
  EXPECT_FALSE(before.months[0].provisional);
}

TEST_F(Usage, AnEarlierNowIsKeptAndALaterOneIsNot) {
  held(ana_, "slice-24gb", 1, 100, 10);
  const auto then = now_ - hours(95);
  const auto it = facts(ana_, {.period = last_days(10), .as_of = then});
  EXPECT_EQ(it.now, then);
  EXPECT_EQ(table(it, account(it), usage::By::kOwner).rows.at(0).unit_time, hours(5));
  EXPECT_LT(facts(ana_, {.period = last_days(10), .as_of = now_ + hours(999)}).now, now_ + hours(1));
}

TEST_F(Usage, PeriodsAreBoundedAndOfAllTimes) {
  const auto refusal = [&](const UsageRequest& wanted) {
    const auto it = load_usage_facts(connection_, viewer(ana_), lab_, wanted);
    return it ? FieldError{} : it.error().fields.at(0);
  };
  EXPECT_EQ(refusal({.period = Window{now_, now_}, .as_of = {}}).field, "to");
  EXPECT_EQ(refusal({.period = Window{now_, now_ + hours(24 * 400)}, .as_of = {}}).field, "");
  EXPECT_THAT(refusal({.period = Window{now_, now_ + hours(24 * 400 + 1)}, .as_of = {}}).message,
              HasSubstr("400 days"));
  for (const auto* from : {"1970-01-01T00:00:00Z", "9999-01-01T00:00:00Z"}) {
    const auto start = *parse_rfc3339(from);
    const auto it = facts(ana_, {.period = Window{start, start + hours(24 * 364)}, .as_of = {}});
    EXPECT_TRUE(account(it).counted.empty()) << from;
    EXPECT_EQ(it.period, (Window{start, start + hours(24 * 364)}));
  }
}

TEST_F(Usage, MoreThanFitsMemoryIsRefusedWithTheLimit) {
  held(ana_, "slice-24gb", 3, 100, 10);
  const auto it = load_usage_facts(connection_, viewer(ana_), lab_,
                                   {.period = last_days(10), .as_of = {}, .most_rows = 2});
  ASSERT_FALSE(it);
  EXPECT_EQ(it.error().code, Code::kInvalid);
  EXPECT_EQ(it.error().fields.at(0).field, "to");
  EXPECT_EQ(it.error().fields.at(0).limit, "at most 2 claims");
}

TEST_F(Usage, APoolKnowsNothingOfAnother) {
  const auto second = must(apply_pool(connection_, admin_author(), other_pool("second"))).pool;
  sql("UPDATE berth.unit_history SET since = now() - interval '60 days'");
  held(ana_, "slice-24gb", 1, 100, 10);
  const auto it =
      must(load_usage_facts(connection_, viewer(admin_), second, {.period = last_days(10), .as_of = {}}));
  EXPECT_TRUE(it.reservations.empty());
  EXPECT_EQ(it.units.size(), 5U);
}

}  // namespace
}  // namespace berth::store
