// Every operation of the description is asked for at least once, well and badly. That each answer is as
// described is what test_client checks.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/clock.hpp"
#include "poolfile/poolfile.hpp"
#include "portal/audit_notes.hpp"
#include "portal/dispatch.hpp"
#include "portal/event_hub.hpp"
#include "portal/fixture.hpp"
#include "portal/metrics.hpp"
#include "portal/reconciler_stand_in.hpp"
#include "portal/sign_in_guard.hpp"
#include "store/clusters.hpp"
#include "store/pools.hpp"

namespace berth::portal {
namespace {

constexpr std::string_view kNobody = "00000000-0000-4000-8000-000000000000";

class Conformance : public PortalTest {
 protected:
  /// Sends, and notes which operation answered with what.
  Answer ask(Client& client, const std::string& method, const std::string& target, int status,
             const std::optional<json::value>& body = {}, const http::Headers& headers = {}) {
    const auto answer = client.send(method, "/api/v1" + target,
                                    body ? std::optional(json::serialize(*body)) : std::nullopt, headers);
    EXPECT_EQ(answer.status, status) << method << " " << target << ": " << answer.body;
    const auto* operation = operation_of(method, "/api/v1" + target);
    if (operation == nullptr) {
      ADD_FAILURE() << method << " " << target << " is not described";
    } else {
      answers_[operation->id].insert(answer.status);
    }
    return answer;
  }

  std::map<std::string, std::set<int>> answers_;
};

TEST_F(Conformance, EveryOperationAnswersAsDescribedWellAndBadly) {
  auto admin = site().client(site().admin);
  auto ana = site().client(site().ana);
  auto browser = site().stranger();
  const auto day = site().fresh_day();

  const auto login = ask(browser, "POST", "/auth/login", 200,
                         json::object{{"email", site().ben.email}, {"password", kPassword}});
  ask(browser, "POST", "/auth/login", 401, json::object{{"email", site().ben.email}, {"password", "wrong"}});
  const auto cookie = login.header("Set-Cookie");
  const http::Headers signed_in{{"Cookie", cookie.substr(0, cookie.find(';'))},
                                {"X-CSRF-Token", string_at(login.json, {"csrf_token"})}};
  ask(browser, "GET", "/auth/me", 200, {}, signed_in);
  ask(ana, "GET", "/auth/me", 200);
  ask(browser, "GET", "/auth/me", 401);
  ask(browser, "POST", "/auth/logout", 401);
  ask(browser, "POST", "/auth/logout", 204, {}, signed_in);

  auto signed_in_ana = site().browser(site().ana);
  const auto token = ask(signed_in_ana, "POST", "/tokens", 201, json::object{{"name", "laptop"}});
  ask(ana, "POST", "/tokens", 403, json::object{{"name", "laptop"}});
  ask(ana, "POST", "/tokens", 422, json::object{{"name", ""}});
  ask(ana, "GET", "/tokens", 200);
  ask(ana, "GET", "/tokens?limit=0", 422);
  ask(ana, "DELETE", "/tokens/" + token.id(), 204);
  ask(ana, "DELETE", fmt::format("/tokens/{}", kNobody), 404);

  const auto made =
      ask(admin, "POST", "/users", 201, json::object{{"email", "new@example.org"}, {"name", "New"}});
  ask(admin, "POST", "/users", 422, json::object{{"email", "none"}, {"name", "New"}});
  const auto user = string_at(made.json, {"user", "id"});
  ask(admin, "GET", "/users?limit=2", 200);
  ask(ana, "GET", "/users", 403);
  ask(admin, "PATCH", "/users/" + user, 200, json::object{{"role", "lead"}, {"disabled", false}});
  ask(admin, "PATCH", fmt::format("/users/{}", kNobody), 404, json::object{{"role", "lead"}});
  ask(admin, "POST", "/users/" + user + "/password", 200);
  ask(ana, "POST", "/users/" + user + "/password", 403);
  const auto team = ask(admin, "POST", "/teams", 201, json::object{{"name", "speech"}});
  ask(admin, "POST", "/teams", 409, json::object{{"name", "speech"}});
  ask(admin, "GET", "/teams", 200);
  ask(ana, "GET", "/teams", 403);
  const auto member = fmt::format("/teams/{}/members/{}", team.id(), user);
  ask(admin, "PUT", member, 200, json::object{{"leads", true}});
  ask(admin, "PUT", fmt::format("/teams/{}/members/{}", team.id(), kNobody), 404, json::object{});
  ask(admin, "DELETE", member, 200);
  ask(admin, "DELETE", member, 404);
  ask(signed_in_ana, "POST", "/auth/password", 422,
      json::object{{"old_password", "wrong"}, {"new_password", "a new password"}});
  ask(signed_in_ana, "POST", "/auth/password", 204,
      json::object{{"old_password", kPassword}, {"new_password", "a new password"}});
  auto signed_in_tom = site().browser(site().tom);
  ask(signed_in_tom, "POST", "/auth/sign-out-everywhere", 204);
  ask(signed_in_tom, "POST", "/auth/sign-out-everywhere", 401);

  ask(ana, "GET", "/pools", 200);
  ask(ana, "GET", "/pools?nonsense=1", 422);
  auto connection = site().database.connect();
  const auto pool = poolfile::to_json(must(store::load_pool(connection, "pair")));
  EXPECT_EQ(ask(admin, "PUT", "/pools/pair", 200, pool).json.at("changed"), json::value(false));
  ask(admin, "PUT", "/pools/pair", 422, json::object{{"name", "pair"}});
  ask(admin, "GET", "/pools/pair", 200);
  ask(admin, "GET", "/pools/nowhere", 404);
  ask(ana, "GET", "/pools/pair", 403);
  const auto cluster_file = ask(admin, "GET", "/clusters/default", 200).json;
  ASSERT_EQ(cluster_file.at("documents").as_array().size(), 1U);
  const auto same = ask(admin, "POST", "/apply", 200, cluster_file).json;
  EXPECT_EQ(same.at("items").as_array().front().at("changed"), json::value(false));
  ask(admin, "GET", "/clusters/nowhere", 404);
  ask(ana, "GET", "/clusters/default", 403);
  const auto cluster = poolfile::to_json(must(store::load_cluster(connection, "default")).value());
  const auto applied =
      ask(admin, "POST", "/apply", 200, json::object{{"documents", json::array{pool, cluster}}})
          .json.at("items");
  ASSERT_EQ(applied.as_array().size(), 2U);
  EXPECT_EQ(applied.at(0),
            (json::value{
                {"kind", "Cluster"}, {"name", "default"}, {"changed", false}, {"changes", json::array()}}));
  EXPECT_EQ(string_at(applied.at(1), {"name"}), "pair");
  ask(admin, "POST", "/apply", 422, json::object{{"documents", json::array()}});
  const auto range = fmt::format("from={}&to={}", format_rfc3339(day), format_rfc3339(day + hours(24)));
  for (const std::string list : {"/availability", "/calendar"}) {
    ask(ana, "GET", fmt::format("{}?pool=lab&{}", list, range), 200);
    ask(ana, "GET", fmt::format("{}?pool=nowhere&{}", list, range), 422);
  }

  ask(ana, "GET", "/tokenomics", 200);
  ask(browser, "GET", "/tokenomics", 401);
  for (const std::string question :
       {"unit", "breakeven", "solve", "agents", "sensitivity", "fleet", "sourcing"}) {
    ask(ana, "POST", "/tokenomics/" + question, 200, json::object{});
    const auto wrong = ask(ana, "POST", "/tokenomics/" + question, 422, json::object{{"utilisation", 1.2}});
    EXPECT_EQ(string_at(wrong.json.at("errors").at(0), {"field"}), "utilisation");
    const auto unknown = ask(ana, "POST", "/tokenomics/" + question, 422, json::object{{"nonsense", 1}});
    EXPECT_EQ(string_at(unknown.json.at("errors").at(0), {"field"}), "nonsense");
  }
  ask(browser, "POST", "/tokenomics/unit", 401, json::object{});

  const auto booked =
      ask(ana, "POST", "/reservations", 201, booking_body(day), {{"Idempotency-Key", "conformance"}});
  const auto id = booked.id();
  ask(ana, "POST", "/reservations", 409, booking_body(day, 2, 4));
  ask(ana, "POST", "/reservations:check", 200, json::object{{"create", booking_body(day, 2, 4)}});
  ask(ana, "POST", "/reservations:check", 422, json::object{});
  ask(ana, "GET", "/reservations?state=APPROVED,ACTIVE&mine=true&pool=lab&limit=1", 200);
  ask(ana, "GET", "/reservations?state=SLEEPING", 422);
  for (const std::string sort : {"-created", "start", "-start"})
    ask(ana, "GET", "/reservations?sort=" + sort, 200);
  ask(ana, "GET", "/reservations?sort=name", 422);
  ask(ana, "GET", "/reservations/" + id, 200);
  ask(ana, "GET", fmt::format("/reservations/{}", kNobody), 404);
  ask(ana, "PATCH", "/reservations/" + id, 200, json::object{{"version", 1}, {"name", "renamed"}});
  ask(ana, "PATCH", "/reservations/" + id, 409, json::object{{"version", 1}, {"name", "again"}});
  ask(ana, "POST", "/reservations/" + id + "/extend", 200, json::object{{"minutes", 30}});
  ask(ana, "POST", "/reservations/" + id + "/extend", 422, json::object{{"minutes", 0}});
  ask(ana, "GET", "/reservations/" + id + "/session", 404);
  site().begin_session(id);
  const auto session = ask(ana, "GET", "/reservations/" + id + "/session", 200);
  EXPECT_EQ(session.json.at("steps").as_array().size(), 2U);
  EXPECT_EQ(session.json.at("endpoints").as_array().size(), 1U);
  EXPECT_FALSE(session.json.at("waiting_for").at("reason").as_string().empty());
  site().sql("UPDATE berth.session SET phase = 'Ready'");
  const json::value unknown{{"seen_at", nullptr}, {"editor", nullptr}, {"lab", nullptr}};
  const auto up = ask(ana, "GET", "/reservations/" + id + "/session", 200);
  EXPECT_TRUE(up.json.at("waiting_for").is_null());
  EXPECT_EQ(up.json.at("activity"), unknown);
  const auto heard = [&](const std::string& use) {
    site().sql(
        fmt::format("SELECT berth.hear_activity(id, date_trunc('hour', now()), {}) FROM berth.session "
                    "WHERE reservation = '{}'",
                    use, id));
    auto activity = ask(ana, "GET", "/reservations/" + id + "/session", 200).json.at("activity");
    EXPECT_EQ(time_at(activity, "seen_at"), floor_to_step(time_at(activity, "seen_at"), hours(1)));
    site().sql("DELETE FROM berth.activity");
    return activity;
  };
  const auto used =
      heard("true, date_trunc('hour', now()) - interval '1 hour', date_trunc('day', now()), 3, 1");
  EXPECT_TRUE(used.at("editor").at("used_at").is_string());
  EXPECT_EQ(used.at("lab").at("kernels"), 3);
  EXPECT_EQ(used.at("lab").at("kernels_busy"), 1);
  const auto unused = heard("true, NULL, NULL, NULL, NULL");
  EXPECT_EQ(unused.at("editor"), (json::value{{"used_at", nullptr}})) << "measured, and not used";
  EXPECT_TRUE(unused.at("lab").is_null());
  EXPECT_TRUE(heard("false, NULL, NULL, NULL, NULL").at("editor").is_null());
  EXPECT_TRUE(up.json.at("device_use").is_null()) << "nobody measures it";
  site().sql("UPDATE berth.session SET created_at = created_at - interval '1 hour'");
  site().sql("SELECT berth.hear_device_use(namespace_name, 255, interval '5 seconds') FROM berth.session");
  const auto measured = ask(ana, "GET", "/reservations/" + id + "/session", 200).json.at("device_use");
  EXPECT_EQ(measured.at("busy_percent"), 25.5);
  EXPECT_EQ(measured.at("used_at"), measured.at("seen_at"));
  ask(ana, "POST", "/reservations/" + id + "/tickets", 201, json::object{{"app", "lab"}});
  ask(ana, "POST", "/reservations/" + id + "/tickets", 422, json::object{{"app", "shell"}});
  {
    const ReconcilerStandIn reconciler(site());
    ask(ana, "POST", "/reservations/" + id + "/kubeconfig", 200);
    ask(ana, "POST", fmt::format("/reservations/{}/kubeconfig", kNobody), 404);
  }
  ask(ana, "POST", "/reservations/" + id + "/guests", 201, json::object{{"email", site().ben.email}});
  ask(ana, "POST", "/reservations/" + id + "/guests", 422, json::object{{"email", "nobody@example.org"}});
  ask(ana, "GET", "/reservations/" + id + "/guests", 200);
  ask(ana, "GET", fmt::format("/reservations/{}/guests", kNobody), 404);
  ask(ana, "DELETE", "/reservations/" + id + "/guests/" + site().ben.id.value, 204);
  ask(ana, "DELETE", "/reservations/" + id + "/guests/" + site().ben.id.value, 404);
  ask(ana, "DELETE", "/reservations/" + id, 200);
  ask(ana, "DELETE", fmt::format("/reservations/{}", kNobody), 404);

  ask(ana, "GET", "/homes", 200);
  ask(ana, "GET", "/homes?nonsense=1", 422);
  ask(ana, "DELETE", fmt::format("/homes/{}", kNobody), 404);
  site().sql(
      "INSERT INTO berth.home (id, cluster, pool, owner, volume, storage_class, size_gib, last_session, "
      "kept_at,"
      " kept_until) SELECT '55555555-5555-4555-8555-555555555555', s.cluster, r.pool, r.owner, 'pvc-1', "
      "'fast', 20,"
      " s.id, now(), now() + interval '1 day' FROM berth.session s JOIN berth.reservation r ON r.id = "
      "s.reservation"
      " WHERE r.id = '" +
      id + "'");
  EXPECT_EQ(ask(ana, "GET", "/homes", 200).json.at("items").as_array().size(), 1U);
  ask(ana, "DELETE", "/homes/55555555-5555-4555-8555-555555555555", 202);

  const auto cards = ask(admin, "GET", "/cards?pool=lab", 200).json.at("items").as_array();
  ASSERT_EQ(cards.size(), 2U);
  EXPECT_EQ(cards[0].at("positions"), 12);
  EXPECT_EQ(cards[0].at("ways").at(0).at("parts").as_array().size(), 4U);
  EXPECT_EQ(string_at(cards[0].at("ways").at(0).at("parts").at(3), {"profile"}), "1g.24gb+me");
  ask(ana, "GET", "/cards?pool=lab", 403);
  ask(admin, "GET", "/cards?pool=none", 422);
  ask(admin, "GET", "/cards", 422);

  ask(admin, "GET", "/layouts", 200);
  ask(ana, "GET", "/layouts", 403);
  ask(admin, "GET", "/layouts?pool=none", 422);
  const auto at_once = json::object{{"ways", json::array{}}};
  const auto layouts = [](const char* node, json::array changes) {
    return json::object{{"pool", "lab"}, {"node", node}, {"changes", std::move(changes)}};
  };
  EXPECT_EQ(ask(admin, "POST", "/layouts", 200, layouts("gpu-node-1", {at_once}))
                .json.at("items")
                .as_array()
                .size(),
            1U);
  ask(admin, "POST", "/layouts", 422, layouts("no-node", {at_once}));
  const auto wrong = json::object{{"ways", json::array{json::object{{"device", "gpu0"}, {"way", 9}}}}};
  const auto refused = ask(admin, "POST", "/layouts", 422, layouts("gpu-node-1", {at_once, wrong}));
  EXPECT_EQ(string_at(refused.json.at("errors").at(0), {"field"}), "changes.1.ways.gpu0");
  ask(ana, "POST", "/layouts", 403, layouts("gpu-node-1", {at_once}));
  const auto lab_node = json::object{{"pool", "lab"}, {"node", "gpu-node-1"}};
  ask(admin, "POST", "/layouts/retry", 200, lab_node);
  EXPECT_TRUE(
      ask(admin, "POST", "/layouts", 200, layouts("gpu-node-1", {})).json.at("items").as_array().empty());
  ask(admin, "POST", "/layouts/retry", 409, lab_node);

  const json::object artifact{
      {"kind", "model"}, {"source", "hf://owner/name"}, {"pools", json::array{"lab"}}};
  const auto cached = ask(admin, "POST", "/cache/artifacts", 201, artifact);
  ask(admin, "POST", "/cache/artifacts", 409, artifact);
  ask(admin, "POST", "/cache/artifacts", 422, json::object{{"kind", "model"}, {"source", "s3://owner/name"}});
  ask(ana, "POST", "/cache/artifacts", 403, artifact);
  const auto listed = ask(ana, "GET", "/cache/artifacts", 200).json.at("items").as_array();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(string_at(listed[0], {"source"}), string_at(cached.json, {"source"}));
  EXPECT_EQ(string_at(listed[0], {"added_by"}), "") << "who may not declare pools";
  EXPECT_NE(
      string_at(ask(admin, "GET", "/cache/artifacts", 200).json.at("items").as_array()[0], {"added_by"}), "");
  ask(browser, "GET", "/cache/artifacts", 401);
  ask(admin, "PATCH", "/cache/artifacts/" + cached.id(), 200,
      json::object{{"pinned", true}, {"pools", json::array{}}});
  ask(admin, "PATCH", "/cache/artifacts/" + cached.id(), 422, json::object{{"priority", 1001}});
  ask(ana, "PATCH", "/cache/artifacts/" + cached.id(), 403, json::object{{"pinned", true}});
  const auto node_token = ask(admin, "POST", "/cache/tokens", 201, lab_node);
  ask(admin, "POST", "/cache/tokens", 422, json::object{{"pool", "lab"}, {"node", "none"}});
  ask(ana, "POST", "/cache/tokens", 403, lab_node);
  ask(admin, "GET", "/cache/tokens", 200);
  ask(ana, "GET", "/cache/tokens", 403);
  const http::Headers as_node{{"Authorization", "Bearer " + string_at(node_token.json, {"token"})}};
  EXPECT_EQ(
      string_at(ask(browser, "GET", "/cache/node/wanted", 200, {}, as_node).json.at("items").at(0), {"keep"}),
      "pinned");
  ask(browser, "GET", "/cache/node/wanted", 401);
  ask(admin, "GET", "/cache/node/wanted", 401);
  ask(browser, "GET", "/pools", 401, {}, as_node);
  const json::object said{{"id", cached.id()}, {"state", "pulling"}, {"bytes", 1},  {"of_bytes", 9},
                          {"rate", 4},         {"digest", ""},       {"reason", ""}};
  const json::object disk{
      {"bytes", 100}, {"free", 50}, {"held", 10}, {"high_percent", 85}, {"low_percent", 75}};
  json::object report{{"disk", disk}, {"rate", 4}, {"fault", ""}, {"artifacts", json::array{said}}};
  EXPECT_EQ(ask(browser, "PUT", "/cache/node/report", 200, report, as_node).json.at("ignored"), 0);
  ask(browser, "PUT", "/cache/node/report", 401, report);
  report["artifacts"] = json::array{said, said};
  ask(browser, "PUT", "/cache/node/report", 422, report, as_node);
  const auto nodes = ask(admin, "GET", "/cache/nodes?pool=lab", 200).json.at("items");
  EXPECT_EQ(nodes.at(0).at("artifacts").at(0).at("seconds_left"), 2);
  ask(admin, "GET", "/cache/nodes?pool=none", 422);
  ask(ana, "GET", "/cache/nodes", 403);
  ask(admin, "DELETE", "/cache/tokens/" + node_token.id(), 204);
  ask(ana, "DELETE", "/cache/tokens/" + node_token.id(), 403);
  ask(browser, "GET", "/cache/node/wanted", 401, {}, as_node);
  ask(ana, "DELETE", "/cache/artifacts/" + cached.id(), 403);
  ask(admin, "DELETE", "/cache/artifacts/" + cached.id(), 204);
  ask(admin, "DELETE", "/cache/artifacts/" + cached.id(), 404);

  ask(ana, "GET", "/status", 200);
  ask(ana, "GET", "/status?nonsense=1", 422);
  ask(admin, "GET", "/findings", 200);
  ask(ana, "GET", "/findings", 403);
  site().sql(
      "INSERT INTO berth.finding (cluster, kind, object, detail, planned_action, first_seen_at)"
      " VALUES ('default', 'namespace', 'stray', 'No row.', 'None.', now())");
  EXPECT_EQ(ask(admin, "GET", "/findings", 200).json.at("items").as_array().size(), 1U);
  EXPECT_GT(ask(admin, "GET", "/audit?action=reservation.created", 200).json.at("items").as_array().size(),
            0U);
  ask(ana, "GET", "/audit", 403);

  for (const std::string by : {"session", "owner", "team", "class", "month"}) {
    ask(ana, "GET", fmt::format("/usage?pool=lab&group_by={}", by), 200);
    ask(admin, "GET", fmt::format("/usage?pool=lab&group_by={}&format=csv&{}", by, range), 200);
  }
  ask(ana, "GET", "/usage?pool=lab&group_by=colour", 422);

  ask(ana, "GET", "/events", 422, {}, {{"Last-Event-ID", "yesterday"}});
  const EventReader stream(site().port(), site().ana.token);
  EXPECT_TRUE(eventually([&] { return stream.opened(); }));
  answers_["events"].insert(200);

  for (const auto& operation : api_document().operations()) {
    const auto& seen = answers_[operation.id];
    EXPECT_TRUE(std::any_of(seen.begin(), seen.end(), [](int status) { return status < 300; }))
        << operation.id << " went well never";
    EXPECT_TRUE(std::any_of(seen.begin(), seen.end(), [](int status) { return status >= 400; }))
        << operation.id << " went badly never";
  }
}

TEST_F(Conformance, EveryOperationButSignInAsksWhoOneIs) {
  auto stranger = site().stranger();
  for (const auto& operation : api_document().operations()) {
    if (operation.is_public) continue;
    auto target = "/api/v1" + operation.key.path;
    for (const auto& [name, value] :
         {std::pair<std::string, std::string_view>{"{id}", kNobody}, {"{name}", "lab"}}) {
      if (const auto at = target.find(name); at != std::string::npos) target.replace(at, name.size(), value);
    }
    const auto answer = stranger.send(operation.key.method, target,
                                      operation.has_body ? std::optional<std::string>("{") : std::nullopt);
    EXPECT_EQ(answer.status, 401) << operation.id
                                  << ": a stranger learns nothing about what is wrong besides";
    EXPECT_EQ(answer.header("WWW-Authenticate"), "Bearer");
  }
}

TEST_F(Conformance, RoutesAndDescriptionAreTheSame) {
  DatabaseClock clock;
  EventHub events(site().settings().database, 1, clock, Log::silent());
  SignInGuard sign_ins;
  Metrics metrics("test");
  AuditNotes notes(Log::silent());
  SystemRandom random;
  pg::Pool database(site().settings().database, 1);
  auto document = must(ApiDocument::load(json::serialize(api_document().document())));
  const auto dispatcher = must(Dispatcher::make(
      std::move(document),
      Services{events, sign_ins, metrics, notes, random, clock, Log::silent(), false, seconds(60), "test"},
      Databases{database, database, site().settings().database}, PageFiles({})));

  std::set<OperationKey> described;
  for (const auto& operation : api_document().operations()) {
    described.insert({operation.key.method, std::string(kApiRoot) + operation.key.path});
  }
  std::set<OperationKey> routed;
  for (const auto& route : dispatcher->router().routes()) {
    if (route.pattern.starts_with(kApiRoot)) routed.insert({route.method, route.pattern});
  }
  EXPECT_EQ(routed, described);
}

TEST_F(Conformance, AnOperationWithoutAHandlerIsNoticedAtTheStart) {
  DatabaseClock clock;
  EventHub events(site().settings().database, 1, clock, Log::silent());
  SignInGuard sign_ins;
  Metrics metrics("test");
  AuditNotes notes(Log::silent());
  SystemRandom random;
  pg::Pool database(site().settings().database, 1);
  const auto make = [&](auto change) {
    auto whole = api_document().document();
    change(whole.at("paths").as_object());
    return Dispatcher::make(
        must(ApiDocument::load(json::serialize(whole))),
        Services{events, sign_ins, metrics, notes, random, clock, Log::silent(), false, seconds(60), "test"},
        Databases{database, database, site().settings().database}, PageFiles({}));
  };
  EXPECT_FALSE(make([](json::object& paths) {
    paths["/more"] = paths.at("/status");
    paths["/more"].at("get").at("operationId") = "more";
  }));
  EXPECT_FALSE(make([](json::object& paths) { paths.erase("/status"); }));
}

}  // namespace
}  // namespace berth::portal
