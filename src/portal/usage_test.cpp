// Usage over HTTP: whose rows one sees, money that adds up, the same figures on screen and as CSV.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <sstream>

#include "poolfile/poolfile.hpp"
#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kCost = "8760";  // one an hour

/// The lab, with units that have been there for 60 days: slices held by ana (one for her team) and ben, the
/// whole GPU by tom for the team; 40 hours ago, ten hours each. "pair" has no annual cost.
class Usage : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    site_ = std::make_unique<Site>();
    auto connection = site_->database.connect();
    auto pool = must(store::load_pool(connection, "lab"));
    pool.annual_cost = model::AnnualCost{*parse_money(kCost), "EUR"};
    must(store::apply_pool(connection, store::owner_author(), pool));
    site_->sql("UPDATE berth.unit_history SET since = since - interval '60 days'");
    now_ = must(store::database_now(connection));
    held(site_->ana, "slice-24gb", "=HYPERLINK(\"x\"),1", "vision");
    held(site_->ana, "slice-24gb", "own", "");
    held(site_->ben, "slice-24gb", "ben's", "");
    held(site_->tom, "whole-96gb", "big", "vision");
  }
  static void TearDownTestSuite() { site_.reset(); }

  static void held(const Person& person, std::string_view device_class, std::string_view name,
                   std::string_view team) {
    auto body = booking_body(site_->fresh_day(), 2, 1, device_class);
    body["name"] = name;
    if (!team.empty()) body["team"] = team;
    const auto id = site_->client(person).post("/api/v1/reservations", body).id();
    const auto from = format_rfc3339(now_ - hours(40));
    const auto to = format_rfc3339(now_ - hours(30));
    // On a unit of its own, as all of them were held at one time.
    site_->sql(
        fmt::format("UPDATE berth.reservation_unit c SET during = tstzrange('{1}', '{2}'), unit = (SELECT "
                    "u.id FROM berth.unit u"
                    " JOIN berth.unit was ON was.id = c.unit WHERE u.node = was.node AND u.device_class = "
                    "was.device_class AND NOT"
                    " EXISTS (SELECT FROM berth.reservation_unit o WHERE o.unit = u.id AND o.during && "
                    "tstzrange('{1}', '{2}'))"
                    " ORDER BY u.id LIMIT 1) WHERE reservation = '{0}'",
                    id, from, to));
  }

  static std::string path(std::string_view by, std::string_view more = "") {
    return fmt::format("/api/v1/usage?pool=lab&from={}&to={}&group_by={}{}",
                       format_rfc3339(now_ - hours(240)), format_rfc3339(now_), by, more);
  }
  static Answer ask(const Person& person, std::string_view by, std::string_view more = "") {
    auto answer = site_->client(person).get(path(by, more));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer;
  }
  static std::vector<std::string> keys(const json::value& answer) {
    std::vector<std::string> out;
    for (const auto& item : answer.at("items").as_array()) {
      out.push_back(item.at("key").is_null() ? "none" : std::string(item.at("key").as_string()));
    }
    return out;
  }
  static std::int64_t micros(const json::value& row) {
    return row.is_null() ? 0 : row.at("cost_micros").as_int64();
  }
  static std::int64_t sum(const json::value& answer) {
    std::int64_t all =
        micros(answer.at("idle")) + micros(answer.at("others")) + micros(answer.at("out_of_service"));
    for (const auto& item : answer.at("items").as_array()) all += micros(item);
    return all;
  }
  static std::vector<std::vector<std::string>> cells(const std::string& csv) {
    std::vector<std::vector<std::string>> lines;
    std::vector<std::string> line{""};
    bool quoted = false;
    for (std::size_t i = 0; i < csv.size(); ++i) {
      const char c = csv[i];
      if (quoted && c == '"' && i + 1 < csv.size() && csv[i + 1] == '"') {
        line.back() += csv[++i];
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && c == ',') {
        line.emplace_back();
      } else if (!quoted && c == '\r') {
        EXPECT_EQ(csv.at(++i), '\n');
        lines.push_back(std::move(line));
        line = {""};
      } else {
        line.back() += c;
      }
    }
    EXPECT_EQ(line, std::vector<std::string>{""}) << "the last line ends too";
    return lines;
  }

  static inline std::unique_ptr<Site> site_;
  static inline Instant now_;
};

TEST_F(Usage, MoneyAddsUpToTheMillionthForEveryoneInEveryGrouping) {
  for (const auto* person :
       {&site_->ana, &site_->ben, &site_->tom, &site_->lead, &site_->finance, &site_->admin}) {
    for (const auto* by : {"session", "owner", "team", "class", "month"}) {
      const auto it = ask(*person, by).json;
      EXPECT_EQ(micros(it.at("total")), 240'000'000) << "240 hours at one an hour";
      EXPECT_EQ(sum(it), 240'000'000) << person->email << " by " << by;
      EXPECT_EQ(it.at("currency").as_string(), "EUR");
      EXPECT_EQ(it.at("annual_cost").as_string(), "8760");
      EXPECT_TRUE(it.at("reasons").at("cost").is_null());
    }
  }
}

TEST_F(Usage, EachSeesTheirOwnLeadsTheirTeamFinanceAndAdminAll) {
  EXPECT_THAT(keys(ask(site_->ben, "owner").json), ElementsAre("ben@example.org"));
  EXPECT_THAT(keys(ask(site_->ana, "owner").json), ElementsAre("ana@example.org"));
  EXPECT_THAT(keys(ask(site_->lead, "owner").json), ElementsAre("ana@example.org", "tom@example.org"));
  EXPECT_THAT(keys(ask(site_->lead, "team").json), ElementsAre("vision", "none"));
  for (const auto* person : {&site_->finance, &site_->admin}) {
    const auto it = ask(*person, "owner").json;
    EXPECT_THAT(keys(it), ElementsAre("ana@example.org", "ben@example.org", "tom@example.org"));
    EXPECT_TRUE(it.at("others").is_null());
    EXPECT_EQ(it.at("sees").as_string(), "all");
  }
  const auto ben = ask(site_->ben, "session");
  EXPECT_EQ(ben.json.at("sees").as_string(), "own");
  EXPECT_EQ(ben.json.at("others").at("unit_hours"), json::value(30));
  EXPECT_THAT(ben.body, testing::Not(HasSubstr("ana@"))) << "others have no name";
  EXPECT_EQ(ask(site_->lead, "session").json.at("sees").as_string(), "led");
}

TEST_F(Usage, ASessionIsToldWithWhatItHeld) {
  const auto it = ask(site_->tom, "session").json.at("items").at(0);
  EXPECT_EQ(it.at("name").as_string(), "big");
  EXPECT_EQ(it.at("owner").as_string(), "tom@example.org");
  EXPECT_EQ(it.at("team").as_string(), "vision");
  EXPECT_EQ(it.at("device_class").as_string(), "whole-96gb");
  EXPECT_EQ(it.at("held_from").as_string(), format_rfc3339(now_ - hours(40)));
  EXPECT_EQ(it.at("unit_hours"), json::value(10));
  EXPECT_NEAR(static_cast<double>(micros(it)), 5'000'000, 3) << "10 of 480 GPU hours of 240.00";
}

TEST_F(Usage, WhatNobodyMeasuresIsNullAndNeverZero) {
  const auto it = ask(site_->admin, "session").json;
  EXPECT_EQ(it.at("reasons").at("gpu_activity").as_string(), "not measured");
  EXPECT_EQ(it.at("reasons").at("tokens").as_string(), "not measured");
  for (const auto& row : {it.at("items").at(0), it.at("idle"), it.at("total")}) {
    EXPECT_TRUE(row.at("gpu_activity").is_null());
    EXPECT_TRUE(row.at("tokens").is_null());
  }
}

TEST_F(Usage, UtilisationIsToldPerClassAndMonth) {
  double reserved = 0;
  double bookable = 0;
  const auto it = ask(site_->ben, "owner").json;
  for (const auto& row : it.at("utilisation").as_array()) {
    if (row.at("device_class").as_string() != "slice-24gb") continue;
    reserved += row.at("reserved_unit_hours").to_number<double>();
    bookable += row.at("bookable_unit_hours").to_number<double>();
    if (!row.at("utilisation").is_null()) {
      EXPECT_LE(row.at("utilisation").to_number<double>(), 1.0);
    }
  }
  EXPECT_NEAR(reserved, 30.0, 1e-9);
  EXPECT_NEAR(bookable, 4 * 240.0, 1e-9);
}

TEST_F(Usage, TheMonthThatRunsIsProvisionalAndOneThatIsOverIsNot) {
  const auto running = site_->client(site_->ana).get("/api/v1/usage?pool=lab&group_by=month").json;
  EXPECT_EQ(running.at("provisional"), json::value(true));
  EXPECT_EQ(running.at("time_zone").as_string(), "Europe/Berlin");
  ASSERT_EQ(running.at("items").as_array().size(), 1U);
  EXPECT_EQ(running.at("items").at(0).at("provisional"), json::value(true));
  const auto past =
      site_->client(site_->ana)
          .get("/api/v1/usage?pool=lab&from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z&group_by=month")
          .json;
  EXPECT_EQ(past.at("provisional"), json::value(false));
  EXPECT_EQ(past.at("counted").at("hours"), json::value(0)) << "before there was a pool";
  EXPECT_EQ(micros(past.at("total")), 0);
}

TEST_F(Usage, WithoutAnAnnualCostItSaysWhyThereIsNone) {
  const auto it = site_->client(site_->ana).get("/api/v1/usage?pool=pair").json;
  EXPECT_TRUE(it.at("total").at("cost_micros").is_null());
  EXPECT_TRUE(it.at("idle").at("cost_micros").is_null());
  EXPECT_TRUE(it.at("currency").is_null());
  EXPECT_EQ(it.at("reasons").at("cost").as_string(), "no annual cost is set for pool pair");
  const auto csv = cells(site_->client(site_->ana).get("/api/v1/usage?pool=pair&format=csv").body);
  EXPECT_EQ(csv[0][12], "share of annual cost");
  EXPECT_EQ(csv.back()[12], "") << "a column of numbers holds numbers alone";
  EXPECT_EQ(csv.back()[16],
            "share of annual cost: no annual cost is set for pool pair; GPU activity: not measured; tokens: "
            "not measured");
}

TEST_F(Usage, WhatWasBookedCostsTheSameAsOnTheReservationItself) {
  auto admin = site_->client(site_->admin);
  const auto it = ask(site_->admin, "session").json;
  const auto csv = cells(ask(site_->admin, "session", "&format=csv").body);
  EXPECT_EQ(it.at("booked_currency").as_string(), "EUR");
  ASSERT_EQ(it.at("items").as_array().size(), 4U);
  std::int64_t all = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& row = it.at("items").at(i);
    const auto booked = row.at("booked_cost_micros").as_int64();
    const auto shown =
        admin.get(fmt::format("/api/v1/reservations/{}", row.at("key").as_string().c_str())).json;
    EXPECT_GT(booked, 0);
    EXPECT_NEAR(static_cast<double>(booked), shown.at("cost").to_number<double>() * 1e6, 1) << row;
    EXPECT_EQ(parse_money(csv[i + 1][11])->value, booked);
    EXPECT_NE(booked, row.at("annual_cost_share_micros").as_int64()) << "that is another thing";
    EXPECT_EQ(row.at("annual_cost_share_micros"), row.at("cost_micros"));
    all += booked;
  }
  EXPECT_EQ(it.at("total").at("booked_cost_micros").as_int64(), all);
  EXPECT_EQ(it.at("idle").at("booked_cost_micros").as_int64(), 0);
}

TEST_F(Usage, AmountsInSeveralCurrenciesAreNotAdded) {
  const auto one = ask(site_->admin, "session").json.at("items").at(0).at("key");
  const auto paid_in = [&](std::string_view currency) {
    site_->sql(fmt::format("UPDATE berth.reservation SET currency = '{}' WHERE id = '{}'", currency,
                           one.as_string().c_str()));
  };
  paid_in("USD");
  const auto it = ask(site_->admin, "owner").json;
  const auto csv = cells(ask(site_->admin, "owner", "&format=csv").body);
  paid_in("EUR");
  EXPECT_TRUE(it.at("booked_currency").is_null());
  EXPECT_TRUE(it.at("total").at("booked_cost_micros").is_null());
  EXPECT_EQ(it.at("reasons").at("booked_cost").as_string(), "booked in several currencies: EUR, USD");
  EXPECT_EQ(csv[0][11], "cost");
  EXPECT_EQ(csv.back()[11], "");
}

TEST_F(Usage, OfEndAndPriceItSaysWhatTheReservationAndTheListSayAtEachMoment) {
  auto ben = site_->client(site_->ben);
  auto body = booking_body(site_->fresh_day());
  body["pool"] = "pair";
  const auto made = ben.post("/api/v1/reservations", body);
  ASSERT_EQ(made.status, 201) << made.body;
  const auto id = made.id();
  const auto number = [](const json::value& it, std::string_view field) {
    return it.at(field).to_number<double>();
  };
  constexpr double kMoments = 0.05;  // minutes of a busy machine between two questions
  const auto booked = number(made.json, "cost");
  const auto agreed = [&](const std::string& moment) {
    SCOPED_TRACE(moment);
    const auto one = ben.get("/api/v1/reservations/" + id).json;
    const auto list = ben.get("/api/v1/reservations?mine=true&limit=1&sort=-created").json.at("items").at(0);
    const auto usage =
        ben.get(fmt::format("/api/v1/usage?pool=pair&group_by=session&from={}&to={}",
                            format_rfc3339(now_ - hours(24)), format_rfc3339(now_ + hours(240))))
            .json;
    for (const auto* field : {"id", "end", "until", "ended_at", "ending", "state"})
      EXPECT_EQ(one.at(field), list.at(field)) << field;
    for (const auto* field : {"cost", "cost_so_far"})
      EXPECT_NEAR(number(one, field), number(list, field), kMoments);
    const auto& rows = usage.at("items").as_array();
    if (rows.empty()) {
      EXPECT_EQ(number(one, "cost_so_far"), 0);
      return one;
    }
    EXPECT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.at(0).at("held_to"), one.at("until"));
    EXPECT_NEAR(number(rows.at(0), "booked_cost_micros") / 1e6, number(one, "cost_so_far"), kMoments);
    return one;
  };
  auto it = agreed("before it begins");
  EXPECT_EQ(number(it, "cost"), booked);
  EXPECT_EQ(it.at("until"), it.at("end"));

  site_->begin_session(id);
  const auto start = time_at(it, "start");
  const auto shift = std::chrono::ceil<seconds>(start - now_) + minutes(30);
  site_->sql(fmt::format(
      "WITH claims AS (UPDATE berth.reservation_unit SET during = tstzrange(lower(during) - {1},"
      " upper(during) - {1}) WHERE reservation = '{0}')"
      " UPDATE berth.reservation SET start_at = start_at - {1}, end_at = end_at - {1} WHERE id = '{0}'",
      id, fmt::format("interval '{} s'", shift.count())));
  it = agreed("running");
  EXPECT_EQ(number(it, "cost"), booked);
  EXPECT_NEAR(number(it, "cost_so_far"), booked / 4, kMoments);

  EXPECT_EQ(ben.del("/api/v1/reservations/" + id).status, 200);
  it = agreed("ending");
  EXPECT_EQ(it.at("ending"), json::value(true));
  EXPECT_TRUE(it.at("ended_at").is_null());
  EXPECT_NEAR(number(it, "cost"), booked / 4, kMoments) << "not that of the cleaning that may come";
  EXPECT_LT(time_at(it, "until"), time_at(it, "end"));

  site_->sql(fmt::format(
      "UPDATE berth.reservation_unit SET during = tstzrange(lower(during), date_trunc('second', now()))"
      " WHERE reservation = '{}'",
      id));
  site_->sql(
      fmt::format("UPDATE berth.session SET phase = 'Gone', gone_at = now() WHERE reservation = '{}'", id));
  site_->sql(fmt::format("UPDATE berth.reservation SET state = 'COMPLETED' WHERE id = '{}'", id));
  it = agreed("ended early");
  EXPECT_EQ(it.at("until"), it.at("ended_at"));
  EXPECT_EQ(it.at("cost"), it.at("cost_so_far"));
  const auto held =
      std::chrono::duration<double, std::ratio<3600>>(time_at(it, "ended_at") - time_at(it, "start"));
  EXPECT_NEAR(number(it, "cost"), number(it, "rate") * held.count(), 1e-5);
}

TEST_F(Usage, PagesHoldEveryRowOnceAndTheSameTotal) {
  auto whole = ask(site_->admin, "session").json;
  EXPECT_TRUE(whole.at("next").is_null());
  std::vector<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page =
        ask(site_->admin, "session", "&limit=3" + (cursor.empty() ? "" : "&cursor=" + cursor)).json;
    for (const auto& key : keys(page)) seen.push_back(key);
    EXPECT_EQ(page.at("total"), whole.at("total"));
    EXPECT_EQ(page.at("idle"), whole.at("idle"));
    cursor = page.at("next").is_null() ? "" : std::string(page.at("next").as_string());
  } while (!cursor.empty() && ++pages < 9);
  EXPECT_EQ(seen, keys(whole));
  EXPECT_EQ(seen.size(), 4U);
}

TEST_F(Usage, ALaterPageIsOfTheSameNowAsTheFirst) {
  auto client = site_->client(site_->admin);
  const auto open = fmt::format("/api/v1/usage?pool=lab&group_by=session&limit=1&from={}&to={}",
                                format_rfc3339(now_ - hours(240)), format_rfc3339(now_ + hours(240)));
  const auto first = client.get(open).json;
  const auto next = std::string(first.at("next").as_string());
  const auto second = client.get(open + "&cursor=" + next).json;
  EXPECT_EQ(second.at("counted"), first.at("counted"));
  EXPECT_EQ(second.at("total"), first.at("total"));
  EXPECT_NE(client.get(open).json.at("counted"), first.at("counted")) << "the first page again is of now";
}

TEST_F(Usage, TheCsvSaysWhatTheScreenSays) {
  for (const auto* by : {"session", "owner", "team", "class", "month"}) {
    for (const auto* person : {&site_->admin, &site_->ben}) {
      const auto screen = ask(*person, by).json;
      const auto answer = ask(*person, by, "&format=csv");
      EXPECT_EQ(answer.header("Content-Type"), "text/csv; charset=utf-8");
      EXPECT_THAT(answer.header("Content-Disposition"), HasSubstr(fmt::format("-{}.csv", by)));
      const auto lines = cells(answer.body);
      ASSERT_GE(lines.size(), 3U);
      EXPECT_EQ(lines[0][8], "unit hours");
      EXPECT_EQ(lines[0][11], "cost (EUR)");
      EXPECT_EQ(lines[0][12], "share of annual cost (EUR)");
      std::int64_t parts = 0;
      for (std::size_t i = 1; i < lines.size(); ++i) {
        ASSERT_EQ(lines[i].size(), lines[0].size()) << by;
        const auto cost = parse_money(lines[i][12]);
        ASSERT_TRUE(cost) << lines[i][12];
        if (lines[i][0] != "total") parts += cost->value;
        if (lines[i][0] == "idle") {
          EXPECT_EQ(cost->value, micros(screen.at("idle")));
        }
        EXPECT_EQ(lines[i][13], "");
        EXPECT_EQ(lines[i][14], "");
        EXPECT_EQ(lines[i][16], "GPU activity: not measured; tokens: not measured");
      }
      EXPECT_EQ(lines.back()[0], "total");
      EXPECT_EQ(parse_money(lines.back()[12])->value, micros(screen.at("total")));
      EXPECT_EQ(parts, micros(screen.at("total"))) << by;
      EXPECT_EQ(lines.size(),
                1 + screen.at("items").as_array().size() + 2 + (screen.at("others").is_null() ? 0U : 1U));
    }
  }
}

TEST_F(Usage, ANameIsNoFormulaInASpreadsheet) {
  const auto lines = cells(ask(site_->ana, "session", "&format=csv").body);
  std::vector<std::string> names;
  names.reserve(lines.size());
  for (const auto& line : lines) names.push_back(line[2]);
  EXPECT_THAT(names, testing::Contains("'=HYPERLINK(\"x\"),1"));
}

TEST_F(Usage, BadInputIsNamedWithFieldValueAndLimit) {
  struct Case {
    std::string query;
    std::string field;
    std::string limit;
  };
  const Case cases[] = {
      {"", "pool", "required"},
      {"pool=nowhere", "pool", "a pool's name"},
      {"pool=lab&from=2026-01-01T00:00:00Z", "to", "both from and to, or neither"},
      {"pool=lab&to=2026-01-01T00:00:00Z", "from", "both from and to, or neither"},
      {"pool=lab&from=yesterday&to=2026-01-01T00:00:00Z", "from", "RFC 3339"},
      {"pool=lab&from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "to", "after 2026-01-01T00:00:00Z"},
      {"pool=lab&from=2026-01-01T00:00:00Z&to=2027-02-06T00:00:00Z", "to", "2027-02-05T00:00:00Z"},
      {"pool=lab&group_by=user", "group_by", "one of session, owner, team, class, month"},
      {"pool=lab&format=xlsx", "format", "one of json, csv"},
      {"pool=lab&limit=501", "limit", "1 to 500"},
      {"pool=lab&cursor=nonsense", "cursor", "as given in next"},
      {"pool=lab&format=csv&limit=5", "limit", "format=json only"},
      {"pool=lab&format=csv&cursor=MDow", "cursor", "format=json only"},
      {"pool=lab&who=me", "who", "no such parameter"},
  };
  auto client = site_->client(site_->ana);
  for (const auto& it : cases) {
    const auto answer = client.get("/api/v1/usage?" + it.query);
    EXPECT_EQ(answer.status, 422) << it.query << ": " << answer.body;
    EXPECT_EQ(string_at(answer.fault(it.field), {"limit"}), it.limit) << it.query << ": " << answer.body;
  }
}

}  // namespace
}  // namespace berth::portal
