// Who sees what: by role, by team, and on the calendar.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

class Visibility : public PortalTest {
 protected:
  /// Ana's, booked for her team or for herself.
  std::string book(Instant day, bool for_team, std::string_view pool = "lab") {
    auto body = booking_body(day);
    body["pool"] = pool;
    body["name"] = "secret plan";
    if (for_team) body["team"] = "vision";
    return site().client(site().ana).post("/api/v1/reservations", body).id();
  }

  json::array bars(const Person& person, Instant day, std::string_view pool = "lab") {
    const auto answer = site().client(person).get(fmt::format(
        "/api/v1/calendar?pool={}&from={}&to={}", pool, format_rfc3339(day), format_rfc3339(day + hours(8))));
    json::array all;
    for (const auto& lane : answer.json.at("lanes").as_array()) {
      for (const auto& bar : lane.at("bars").as_array()) all.push_back(bar);
    }
    return all;
  }
};

TEST_F(Visibility, ByRoleAndTeam) {
  const auto day = site().fresh_day();
  const auto own = book(day, false);
  const auto teams = book(day, true);
  struct Row {
    const Person& person;
    bool sees_own;
    bool sees_teams;
    int changes_teams;  // the status of an edit
    int ends_teams;     // of ending it
  };
  const Row rows[] = {{site().ben, false, false, 404, 404},   {site().tom, false, true, 403, 403},
                      {site().finance, true, true, 403, 403}, {site().lead, true, true, 403, 200},
                      {site().admin, true, true, 200, 200},   {site().ana, true, true, 200, 200}};
  for (const auto& row : rows) {
    const auto id = book(site().fresh_day(), true);
    auto client = site().client(row.person);
    EXPECT_EQ(client.get("/api/v1/reservations/" + own).status, row.sees_own ? 200 : 404) << row.person.email;
    EXPECT_EQ(client.get("/api/v1/reservations/" + teams).status, row.sees_teams ? 200 : 404)
        << row.person.email;
    EXPECT_EQ(client.patch("/api/v1/reservations/" + id, {{"version", 1}, {"name", "x"}}).status,
              row.changes_teams)
        << row.person.email;
    EXPECT_EQ(client.post("/api/v1/reservations/" + id + "/extend", {{"minutes", 30}}).status,
              row.changes_teams)
        << row.person.email;
    EXPECT_EQ(client.del("/api/v1/reservations/" + id).status, row.ends_teams) << row.person.email;
    std::set<std::string> listed;
    const auto list = client.get("/api/v1/reservations?state=APPROVED&limit=500");
    for (const auto& item : list.json.at("items").as_array()) {
      listed.insert(string_at(item, {"id"}));
    }
    EXPECT_EQ(listed.contains(own), row.sees_own) << row.person.email;
    EXPECT_EQ(listed.contains(teams), row.sees_teams) << row.person.email;
    EXPECT_EQ(client.get("/api/v1/reservations?mine=true").json.at("items").as_array().empty(),
              row.person.email != site().ana.email);
  }
}

TEST_F(Visibility, MaySaysWhatTheCallsThenAllow) {
  // A second team, led by no one here: its lead-to-be only belongs to it.
  site().sql("INSERT INTO berth.team (id, name) VALUES (gen_random_uuid(), 'audio')");
  for (const auto* person : {&site().ana, &site().lead}) {
    site().sql(fmt::format(
        "INSERT INTO berth.team_member (team, member, leads) SELECT id, '{}', false FROM berth.team"
        " WHERE name = 'audio'",
        person->id.value));
  }
  const auto words = [](const json::value& reservation) {
    std::set<std::string> out;
    for (const auto& word : reservation.at("may").as_array()) out.emplace(word.as_string());
    return out;
  };
  int refused = 0;
  for (const auto* team : {"vision", "audio"}) {
    for (const auto* person : {&site().tom, &site().finance, &site().lead, &site().admin, &site().ana}) {
      for (const bool begun : {false, true}) {
        auto body = booking_body(site().fresh_day());
        body["team"] = team;
        const auto id = site().client(site().ana).post("/api/v1/reservations", body).id();
        if (begun) site().begin_session(id);
        const auto target = "/api/v1/reservations/" + id;
        auto client = site().client(*person);
        const auto about =
            fmt::format("{} and a {} one of team {}", person->email, begun ? "begun" : "booked", team);
        const auto seen = client.get(target);
        if (seen.status != 200) {
          EXPECT_EQ(seen.status, 404) << about;
          continue;
        }
        const auto may = words(seen.json);
        const auto list = client.get("/api/v1/reservations?limit=1");
        EXPECT_EQ(list.json.at("items").at(0), without_home(seen.json)) << about;
        const auto agrees = [&](const char* word, int status) {
          EXPECT_EQ(status < 300, may.contains(word)) << about << ", " << word << ": " << status;
          refused += status < 300 ? 0 : 1;
        };
        agrees("edit", client.patch(target, {{"version", 1}, {"units", 2}}).status);
        const auto version = client.get(target).json.at("version");
        agrees("rename", client.patch(target, {{"version", version}, {"name", "renamed"}}).status);
        agrees("extend", client.post(target + "/extend", {{"minutes", 30}}).status);
        agrees("end", client.del(target).status);
        EXPECT_FALSE(words(client.get(target).json).contains("end"))
            << about << ", ended or not one's to end";
        site().client(site().ana).del(target);
      }
    }
  }
  EXPECT_GT(refused, 20);
}

TEST_F(Visibility, WhoReadsTheAuditLogIsInIt) {
  auto admin = site().client(site().admin);
  const auto read = [&](const std::string& object) {
    return site().number(
        fmt::format("SELECT coalesce(sum(count), 0)::bigint AS x FROM berth.audit WHERE action = 'audit.read'"
                    " AND outcome = 'done' AND object_id = '{}' AND actor = 'user:{}' AND token IS NOT NULL",
                    object, site().admin.id.value));
  };
  const auto seen = admin.get("/api/v1/audit?action=user.created");
  EXPECT_EQ(seen.status, 200);
  EXPECT_EQ(read("action=user.created"), 1);
  EXPECT_EQ(admin.get("/api/v1/audit?action=audit.read&limit=1").json.at("items").at(0).at("count"),
            json::value(1));
  for (int i = 0; i < 20; ++i) admin.get("/api/v1/audit?action=user.created");
  EXPECT_EQ(read("action=user.created"), 1) << "those like it wait to be one row";
}

TEST_F(Visibility, WhatACredentialDoesNotDoIsInTheAuditLogOnceWithItsNumber) {
  const Site own;
  const auto rows = [&](const std::string& action, const std::string& what) {
    return own.text(fmt::format(
        "SELECT string_agg({}, ' ' ORDER BY id) AS x FROM berth.audit WHERE action = '{}'", what, action));
  };
  constexpr int kTimes = 300;
  auto portal = own.start_portal();
  {
    const auto answer = Client(portal->port())
                            .post("/api/v1/auth/login", {{"email", own.ana.email}, {"password", kPassword}});
    const auto cookie = answer.header("Set-Cookie");
    Client no_csrf(portal->port(), {{"Cookie", cookie.substr(0, cookie.find(';'))}});
    Client reader(portal->port(), {{"Authorization", "Bearer " + own.add_token(own.ana, {"read"})}});
    for (int i = 0; i < kTimes; ++i) {
      EXPECT_EQ(no_csrf.post("/api/v1/reservations", json::object{}).code(), "csrf_token");
      EXPECT_EQ(reader.post("/api/v1/reservations", json::object{}).code(), "missing_scope");
    }
  }
  for (const auto* action : {"access.refused_csrf", "access.refused_scope"}) {
    EXPECT_EQ(rows(action, "object_id || count"), "createReservation1") << action;
  }
  portal->stop(std::chrono::milliseconds(0));
  for (const auto* action : {"access.refused_csrf", "access.refused_scope"}) {
    EXPECT_EQ(rows(action, "object_id || count"),
              fmt::format("createReservation1 createReservation{}", kTimes - 1));
    EXPECT_EQ(rows(action, "(since IS NULL)::text"), "true false") << action;
    EXPECT_EQ(rows(action, "actor"), fmt::format("user:{0} user:{0}", own.ana.id.value)) << action;
  }
}

TEST_F(Visibility, WhatOneMayNotSeeIsAsIfItWereNotThere) {
  const auto id = book(site().fresh_day(), false);
  auto ben = site().client(site().ben);
  auto hidden = ben.get("/api/v1/reservations/" + id).json.as_object();
  auto absent = ben.get("/api/v1/reservations/00000000-0000-4000-8000-000000000000").json.as_object();
  hidden.erase("request_id");
  absent.erase("request_id");
  EXPECT_EQ(hidden, absent);
  EXPECT_EQ(ben.get("/api/v1/reservations/" + id + "/session").code(), "reservation_not_found");
}

TEST_F(Visibility, TheCalendarShowsOthersAsBookedWithoutAName) {
  const auto day = site().fresh_day();
  const auto id = book(day, true);
  const auto mine = bars(site().ana, day);
  ASSERT_EQ(mine.size(), 1U);
  EXPECT_EQ(string_at(mine[0], {"kind"}), "mine");
  EXPECT_EQ(string_at(mine[0], {"reservation"}), id);
  EXPECT_EQ(string_at(mine[0], {"name"}), "secret plan");
  const auto team = bars(site().tom, day);
  EXPECT_EQ(string_at(team.at(0), {"kind"}), "team");
  EXPECT_EQ(string_at(team.at(0), {"owner"}), "ana@example.org");
  const auto others = bars(site().ben, day);
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(others[0], (json::value{{"start", format_rfc3339(day)},
                                    {"end", format_rfc3339(day + hours(2))},
                                    {"kind", "booked"}}));
}

TEST_F(Visibility, TheCalendarShowsNamesWhereThePolicySaysSo) {
  const auto day = site().fresh_day();
  const auto id = book(day, false, "pair");
  const auto others = bars(site().ben, day, "pair");
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(string_at(others[0], {"kind"}), "booked");
  EXPECT_EQ(string_at(others[0], {"owner"}), "ana@example.org");
  EXPECT_FALSE(others[0].as_object().contains("reservation")) << "a name is not the right to look inside";
}

TEST_F(Visibility, AdministrationIsForAdmins) {
  for (const auto* person : {&site().ana, &site().lead, &site().finance}) {
    auto client = site().client(*person);
    EXPECT_EQ(client.get("/api/v1/audit").status, 403) << person->email;
    EXPECT_EQ(site().number(
                  fmt::format("SELECT count(*) AS x FROM berth.audit WHERE action = 'access.refused'"
                              " AND object_id = 'listAudit' AND outcome = 'refused' AND actor = 'user:{}'",
                              person->id.value)),
              1)
        << person->email;
    EXPECT_EQ(client.get("/api/v1/findings").status, 403) << person->email;
    EXPECT_EQ(client.send("PUT", "/api/v1/pools/lab", "{}").status, 403) << person->email;
    EXPECT_EQ(client.send("POST", "/api/v1/apply", R"({"documents": [{}]})").status, 403) << person->email;
    EXPECT_EQ(client.get("/api/v1/status").status, 200) << "everyone may know whether the controller reports";
  }
}

TEST_F(Visibility, StatusTellsWhetherTheReconcilerReports) {
  auto client = site().client(site().ana);
  const auto state = [&] {
    return string_at(client.get("/api/v1/status").json.at("controllers").at(0), {"state"});
  };
  EXPECT_EQ(state(), "never_reported");
  site().sql(
      "INSERT INTO berth.heartbeat (cluster, holder, epoch, at, cycle_millis, sessions) VALUES ('default', "
      "'x', 1, now(), 5, 0)");
  EXPECT_EQ(state(), "reporting");
  site().sql("UPDATE berth.heartbeat SET at = now() - interval '3 minutes'");
  EXPECT_EQ(state(), "silent");
  EXPECT_EQ(client.post("/api/v1/reservations", booking_body(site().fresh_day())).status, 201)
      << "booking goes on without it";
}

}  // namespace
}  // namespace berth::portal
