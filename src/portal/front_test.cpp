// What stands before the API: probes and metrics, and the word about TLS.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

using Front = PortalTest;

TEST_F(Front, ProbesAndMetricsMayHaveAListenerOfTheirOwn) {
  auto settings = site().settings();
  settings.probes = Settings::Probes{"127.0.0.1", 0};
  const auto portal = site().start_portal(settings);
  ASSERT_NE(portal->probe_port(), 0);
  ASSERT_NE(portal->probe_port(), portal->port());
  Client probe(portal->probe_port());
  for (const auto* path : {"/healthz", "/readyz", "/metrics"}) EXPECT_EQ(probe.get(path).status, 200) << path;
  EXPECT_EQ(probe.get("/nothing").status, 404);
  EXPECT_EQ(probe.get("/api/openapi.yaml").status, 404) << "nothing else is there";
  Client client(portal->port());
  for (const auto* path : {"/healthz", "/readyz"}) EXPECT_EQ(client.get(path).status, 200) << path;
  EXPECT_EQ(client.get("/metrics").status, 404);
  EXPECT_EQ(client.get("/metrics").code(), "not_found");
}

TEST_F(Front, OneThatLeavesSaysSoAndAnswersAsBefore) {
  auto settings = site().settings();
  settings.probes = Settings::Probes{"127.0.0.1", 0};
  const auto portal = site().start_portal(settings);
  auto ana = Site::client(site().ana, portal->port());
  EXPECT_EQ(ana.get("/api/v1/pools").header("Connection"), "");
  portal->begin_leaving();
  for (const auto port : {portal->port(), portal->probe_port()}) {
    Client probe(port);
    const auto answer = probe.get("/readyz");
    EXPECT_EQ(answer.status, 503) << port;
    EXPECT_EQ(answer.code(), "stopping") << port;
    EXPECT_EQ(probe.get("/healthz").status, 200) << port;
  }
  const auto read = ana.get("/api/v1/pools");
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.header("Connection"), "close") << "the next connection is made to somebody else";
  const auto booked = ana.post("/api/v1/reservations", booking_body(site().fresh_day()));
  EXPECT_EQ(booked.status, 201) << "one that is answered later";
  EXPECT_EQ(booked.header("Connection"), "close");
  portal->stop(std::chrono::milliseconds(0));
}

TEST_F(Front, MetricsAreForThisMachineUnlessTheyAreMadePublic) {
  EXPECT_EQ(site().portal().probe_port(), 0);
  auto client = site().stranger();
  EXPECT_EQ(client.get("/metrics").status, 200);
  for (const auto* header : {"X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"})
    EXPECT_EQ(client.get("/metrics", {{header, "192.0.2.7"}}).status, 404) << header << ": for somebody else";

  auto settings = site().settings();
  settings.public_metrics = true;
  const auto open = site().start_portal(settings);
  EXPECT_EQ(Client(open->port()).get("/metrics", {{"X-Forwarded-For", "192.0.2.7"}}).status, 200);
}

TEST_F(Front, MetricsAreNotForClientsOfATrustedProxy) {
  auto settings = site().settings();
  settings.trusted_proxies = must(TrustedProxies::parse({"127.0.0.0/8"}));
  const auto portal = site().start_portal(settings);
  Client client(portal->port());
  EXPECT_EQ(client.get("/metrics", {{"X-Forwarded-For", "192.0.2.7"}}).status, 404);
  EXPECT_EQ(client.get("/metrics").status, 200);
}

TEST_F(Front, WhereTlsIsOnBrowsersComeByItAlone) {
  const auto told = [](const Answer& answer) { return answer.header("Strict-Transport-Security"); };
  auto settings = site().settings();
  settings.secure_cookies = true;
  const auto secure = site().start_portal(settings);
  Client client(secure->port());
  const std::string wanted = "max-age=31536000";
  EXPECT_EQ(told(client.get("/healthz")), wanted);
  EXPECT_EQ(told(client.get("/api/v1/pools")), wanted) << "401";
  EXPECT_EQ(told(client.get("/nothing")), wanted) << "404";
  EXPECT_EQ(told(client.get("/" + std::string(9'000, 'x'))), wanted) << "what the edge refuses";
  EXPECT_EQ(told(client.send("POST", "/nothing", std::string(100'000, 'x'))), wanted)
      << "a body that is not read";
  EXPECT_EQ(told(site().stranger().get("/healthz")), "");
}

TEST_F(Front, ABodyIsNotReadBeforeItsHeadIsJudged) {
  const std::string body(900'000, ' ');
  const auto post = [&](const std::string& target, http::Headers headers = {}) {
    headers.emplace_back("Content-Type", "application/json");
    return site().stranger().send("POST", target, body, headers);
  };
  EXPECT_EQ(post("/nothing").status, 404);
  const auto not_known = post("/healthz");
  EXPECT_EQ(not_known.status, 405);
  EXPECT_EQ(not_known.header("Allow"), "GET, HEAD");
  EXPECT_EQ(post("/api/v1/reservations").code(), "not_signed_in");
  EXPECT_EQ(post("/api/v1/reservations", {{"Authorization", "Bearer berth_invented"}}).code(),
            "token_unknown");
  const auto large = post("/api/v1/auth/login");
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(string_at(large.fault("body"), {"limit"}), "16384 bytes");
  // Once it is known who asks, all of it is read: nothing but blanks is no JSON.
  const auto token = site().add_token(site().ana, {"read", "write"});
  for (int i = 0; i < 2; ++i)  // the first time it is looked up, then it is remembered
    EXPECT_EQ(post("/api/v1/reservations", {{"Authorization", "Bearer " + token}}).code(), "malformed_json")
        << i;
}

TEST_F(Front, WhoHasAskedBeforeIsCountedByThemselvesAndNotWithTheirAddress) {
  auto settings = site().settings();
  settings.server.workers = 4;                  // one may be a known user's,
  settings.server.limits.queued_requests = 16;  // and one more of theirs may wait; an address may have four
  const auto portal = site().start_portal(settings);
  const auto headers = http::Headers{{"Authorization", "Bearer " + site().ana.token}};
  ASSERT_EQ(Client(portal->port()).get("/api/v1/pools", headers).status, 200);

  auto lock = site().database.connect();  // bookings wait for it
  must(lock.run("BEGIN; SELECT pg_advisory_xact_lock(1, id::int) FROM berth.pool WHERE name = 'lab'"));
  const auto start = site().fresh_day();
  std::atomic<int> refused = 0;
  std::array<std::thread, 3> askers;
  for (auto& asker : askers) {
    asker = std::thread([&] {
      Client client(portal->port());
      if (client.post("/api/v1/reservations", booking_body(start), headers).status == 429) ++refused;
    });
  }
  EXPECT_TRUE(eventually([&] { return refused > 0; })) << "of three one too many";
  must(lock.run("ROLLBACK"));
  for (auto& asker : askers) asker.join();
  EXPECT_LT(refused, 3) << "one is taken at least";
}

}  // namespace
}  // namespace berth::portal
