// Kubeconfigs: who gets one, when, and what is left of it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>

#include "base/yaml.hpp"
#include "portal/fixture.hpp"
#include "portal/reconciler_stand_in.hpp"
#include "store/kubeconfigs.hpp"

namespace berth::portal {
namespace {

using std::chrono::milliseconds;

class Kubeconfigs : public PortalTest {
 protected:
  /// Ana's, for her team, with a session that is up.
  std::string ready(const std::string& name = "train: run 7") {
    auto ana = site().client(site().ana);
    auto body = booking_body(site().fresh_day());
    body["team"] = "vision";
    body["name"] = name;
    const auto id = ana.post("/api/v1/reservations", body).id();
    site().begin_session(id);
    site().sql(fmt::format("UPDATE berth.session SET phase = 'Ready' WHERE reservation = '{}'", id));
    return id;
  }
  static std::string path(const std::string& id) { return "/api/v1/reservations/" + id + "/kubeconfig"; }
  static Answer ask(Client client, const std::string& id) { return client.send("POST", path(id)); }
  std::int64_t open() { return site().number("SELECT count(*) AS x FROM berth.kubeconfig_request"); }
  std::int64_t noted(const std::string& id, const std::string& action) {
    return site().number(fmt::format(
        "SELECT count(*) AS x FROM berth.audit WHERE object_type = 'kubeconfig' AND object_id = '{}'"
        " AND action = '{}'",
        id, action));
  }
  std::unique_ptr<Portal> impatient() {
    auto settings = site().settings();
    settings.controller_patience = milliseconds(300);
    return site().start_portal(settings);
  }
};

TEST_F(Kubeconfigs, AreMadeOfWhatTheReconcilerSealsAndNothingOfThemStays) {
  const auto id = ready();
  const ReconcilerStandIn reconciler(site());
  const auto answer = ask(site().client(site().ana), id);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
  const auto context = "train-run-7-" + id.substr(0, 8);
  EXPECT_EQ(string_at(answer.json, {"context"}), context);
  const auto file = yaml_documents(string_at(answer.json, {"kubeconfig"})).value().at(0);
  EXPECT_EQ(string_at(file, {"current-context"}), context);
  EXPECT_EQ(string_at(file.at("users").at(0), {"user", "token"}), "a.secret.token");
  EXPECT_EQ(
      string_at(file.at("contexts").at(0), {"context", "namespace"}),
      site().text(fmt::format("SELECT namespace_name AS x FROM berth.session WHERE reservation = '{}'", id)));
  EXPECT_EQ(string_at(answer.json, {"expires_at"}), "2199-01-01T00:00:00Z");
  const auto end = site().client(site().ana).get("/api/v1/reservations/" + id).json;
  EXPECT_EQ(string_at(answer.json, {"valid_until"}), string_at(end, {"end"})) << "the earlier of the two";

  EXPECT_EQ(open(), 0);
  for (const auto* action : {"kubeconfig.asked", "kubeconfig.answered", "kubeconfig.given"})
    EXPECT_EQ(noted(id, action), 1) << action;
  EXPECT_EQ(site().number("SELECT count(*) AS x FROM berth.audit a WHERE a::text LIKE '%a.secret.token%'"
                          " OR a.after ? 'secret' OR a.before ? 'secret'"),
            0);
}

TEST_F(Kubeconfigs, AreGoodUntilTheTokenExpiresWhereThatIsEarlier) {
  const auto id = ready();
  auto access = ReconcilerStandIn::usual();
  access.expires = must(parse_rfc3339("2026-01-01T00:00:00Z"));
  const ReconcilerStandIn reconciler(site(), access);
  const auto answer = ask(site().client(site().ana), id);
  EXPECT_EQ(string_at(answer.json, {"valid_until"}), "2026-01-01T00:00:00Z") << answer.body;
}

TEST_F(Kubeconfigs, AreForNobodyButTheOwner) {
  const auto id = ready();
  const ReconcilerStandIn reconciler(site());
  const auto guests = "/api/v1/reservations/" + id + "/guests";
  ASSERT_EQ(site().client(site().ana).post(guests, json::object{{"email", site().ben.email}}).status, 201);
  for (const auto* who : {&site().ben, &site().tom, &site().lead, &site().finance, &site().admin})
    EXPECT_EQ(ask(site().client(*who), id).status, 403) << who->email;
  EXPECT_EQ(ask(site().stranger(), id).status, 401);
  EXPECT_EQ(noted(id, "kubeconfig.asked"), 0);
  const auto reader = site().add_token(site().ana, {"read"});
  auto client = site().stranger();
  EXPECT_EQ(client.send("POST", path(id), std::nullopt, {{"Authorization", "Bearer " + reader}}).status, 403);
}

TEST_F(Kubeconfigs, AreNotForASessionThatIsNotUp) {
  auto ana = site().client(site().ana);
  const auto later = ana.post("/api/v1/reservations", booking_body(site().fresh_day())).id();
  EXPECT_EQ(ask(site().client(site().ana), later).code(), "workspace_not_ready");
  const auto id = ready();
  site().sql(fmt::format("UPDATE berth.session SET phase = 'Starting' WHERE reservation = '{}'", id));
  EXPECT_EQ(ask(site().client(site().ana), id).code(), "workspace_not_ready");
  site().sql(fmt::format("UPDATE berth.session SET phase = 'Ready' WHERE reservation = '{}'", id));
  ASSERT_EQ(ana.send("DELETE", "/api/v1/reservations/" + id).status, 200);
  EXPECT_EQ(ask(site().client(site().ana), id).code(), "workspace_not_ready");
  EXPECT_EQ(open(), 0);
}

TEST_F(Kubeconfigs, ThatNobodyAnswersAreToldSoInTimeAndTakenBack) {
  const auto id = ready();
  const auto portal = impatient();
  const auto answer = ask(Site::client(site().ana, portal->port()), id);
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_EQ(answer.code(), "controller_silent");
  EXPECT_NE(answer.body.find("did not answer within 0.3 s"), std::string::npos) << answer.body;
  EXPECT_FALSE(answer.header("Retry-After").empty());
  EXPECT_EQ(open(), 0);
  EXPECT_EQ(noted(id, "kubeconfig.given_up"), 1);
}

TEST_F(Kubeconfigs, WhatIsSealedForSomebodyElseIsNoAnswer) {
  const auto id = ready();
  auto answer = std::async(std::launch::async, [&] { return ask(site().client(site().ana), id); });
  ASSERT_TRUE(eventually([&] { return open() == 1; }));
  SystemRandom random;
  const entry::SealKeys others(random);
  const auto sealed = *entry::seal(others.public_half(), "{}");
  auto connection = site().database.connect();
  must(connection.run("SET berth.actor = 'test'"));
  must(connection.exec(pg::Query{"test_answer",
                                 "UPDATE berth.kubeconfig_request SET secret = $1,"
                                 " answered_at = clock_timestamp()"},
                       sealed));
  EXPECT_EQ(answer.get().status, 500);
  EXPECT_EQ(open(), 0);
}

TEST_F(Kubeconfigs, ThatTheReconcilerDropsAreNotWaitedFor) {
  const auto id = ready();
  auto answer = std::async(std::launch::async, [&] { return ask(site().client(site().ana), id); });
  ASSERT_TRUE(eventually([&] { return open() == 1; }));
  site().sql("DELETE FROM berth.kubeconfig_request");
  EXPECT_EQ(answer.get().code(), "workspace_not_ready");
}

TEST_F(Kubeconfigs, AreAskedForAFewAtATimeAndTheNextIsToldTheLimit) {
  const auto id = ready();
  auto settings = site().settings();
  settings.controller_patience = milliseconds(5'000);
  const auto portal = site().start_portal(settings);
  std::vector<std::future<Answer>> waiting;
  for (int n = 0; n < store::kMostKubeconfigsOfReservation; ++n) {
    waiting.push_back(
        std::async(std::launch::async, [&] { return ask(Site::client(site().ana, portal->port()), id); }));
  }
  ASSERT_TRUE(eventually([&] { return open() == store::kMostKubeconfigsOfReservation; }));
  const auto refused = ask(site().client(site().ana), id);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), store::kTooManyKubeconfigs);
  const auto& error = refused.json.at("errors").at(0);
  EXPECT_EQ(string_at(error, {"field"}), "reservation");
  EXPECT_EQ(string_at(error, {"value"}), "2 asked for");
  EXPECT_EQ(string_at(error, {"limit"}), "2");
  {
    const ReconcilerStandIn reconciler(site());
    for (auto& one : waiting) EXPECT_EQ(one.get().status, 200);
  }
}

TEST_F(Kubeconfigs, OfOnePersonAreFewOverAllTheirReservations) {
  const auto one = ready();
  const auto two = ready();
  const auto three = ready();
  auto settings = site().settings();
  settings.controller_patience = milliseconds(5'000);
  const auto portal = site().start_portal(settings);
  std::vector<std::future<Answer>> waiting;
  for (const auto* id : {&one, &one, &two, &two}) {
    waiting.push_back(std::async(std::launch::async,
                                 [&, id] { return ask(Site::client(site().ana, portal->port()), *id); }));
  }
  ASSERT_TRUE(eventually([&] { return open() == store::kMostKubeconfigsOfPerson; }));
  const auto refused = ask(site().client(site().ana), three);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(string_at(refused.json.at("errors").at(0), {"field"}), "person");
  // What a portal left behind that died counts no longer than it would be answered.
  site().sql("UPDATE berth.kubeconfig_request SET created_at = created_at - interval '61 s'");
  const ReconcilerStandIn reconciler(site());
  EXPECT_EQ(ask(site().client(site().ana), three).status, 200);
  for (auto& each : waiting) EXPECT_EQ(each.get().status, 200);
}

TEST_F(Kubeconfigs, OfOneReservationAreTwentyInTenMinutes) {
  const auto id = ready();
  const auto other = ready();
  const ReconcilerStandIn reconciler(site());
  const auto get = [&](const std::string& of) { return ask(site().client(site().ana), of); };
  for (int n = 0; n < store::kMostKubeconfigsInWindow; ++n) ASSERT_EQ(get(id).status, 200) << n;
  const auto refused = get(id);
  EXPECT_EQ(refused.status, 429) << refused.body;
  EXPECT_EQ(refused.code(), store::kTooManyKubeconfigs);
  const auto& error = refused.json.at("errors").at(0);
  EXPECT_EQ(string_at(error, {"field"}), "reservation");
  EXPECT_EQ(string_at(error, {"value"}), "20 asked for");
  EXPECT_EQ(string_at(error, {"limit"}), "20");
  const auto wait = std::stoi(refused.header("Retry-After"));
  EXPECT_GT(wait, 500) << "the first of them was asked for just now";
  EXPECT_LE(wait, 600);
  EXPECT_EQ(noted(id, "kubeconfig.asked"), store::kMostKubeconfigsInWindow);
  EXPECT_EQ(get(other).status, 200) << "of another one there are none yet";
}

TEST_F(Kubeconfigs, ThePortalStopsThoughSomebodyWaitsAndTakesBackWhatWasAsked) {
  const auto id = ready();
  auto portal = site().start_portal();
  auto answer = std::async(std::launch::async,
                           [&, port = portal->port()] { return ask(Site::client(site().ana, port), id); });
  ASSERT_TRUE(eventually([&] { return open() == 1; }));
  portal->stop(milliseconds(0));
  answer.wait();  // its connection is cut, or it is told that the portal stops
  EXPECT_EQ(open(), 0);
}

}  // namespace
}  // namespace berth::portal
