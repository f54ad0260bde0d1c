// What is true of every answer, whoever makes it.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "portal/fixture.hpp"
#include "portal/problem.hpp"

namespace berth::portal {
namespace {

class Answers : public PortalTest {};

TEST_F(Answers, CarryTheServersTimeAndARequestId) {
  auto client = site().client(site().ana);
  for (const std::string target :
       {"/healthz", "/readyz", "/metrics", "/api/openapi.yaml", "/api/v1/pools", "/nowhere"}) {
    const auto answer = client.get(target, {{"X-Request-Id", "from-the-client"}});
    EXPECT_EQ(answer.header("X-Request-Id"), "from-the-client") << target;
    const auto time = must(parse_rfc3339(answer.header("Berth-Server-Time")));
    EXPECT_LT(std::chrono::abs(time - std::chrono::system_clock::now()), seconds(60)) << target;
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    int times = 0;
    for (const auto& [name, value] : answer.headers) times += name == "Berth-Server-Time" ? 1 : 0;
    EXPECT_EQ(times, 1) << target;
  }
}

/// Sends bytes as they are and reads until the other end closes.
std::string raw(std::uint16_t port, std::string_view bytes) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string all;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0) {
    ::shutdown(socket, SHUT_WR);
    char buffer[4096];
    for (auto got = ::recv(socket, buffer, sizeof(buffer), 0); got > 0;
         got = ::recv(socket, buffer, sizeof(buffer), 0)) {
      all.append(buffer, static_cast<std::size_t>(got));
    }
  }
  ::close(socket);
  return all;
}

TEST_F(Answers, OfTheEdgeAreInTheSameForm) {
  struct Request {
    std::string bytes;
    std::string_view status;
    std::string_view code;
  };
  auto settings = site().settings();
  settings.server.limits.header_timeout = std::chrono::milliseconds(200);
  settings.server.limits.body_timeout = std::chrono::milliseconds(200);
  const auto portal = site().start_portal(settings);
  const Request requests[] = {
      {"hello\r\n\r\n", "400", "malformed"},
      {"GET /healthz HTTP/1.1\r\n\r\n", "400", "malformed"},
      {"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n", "413", "too_large"},
      {fmt::format("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", std::string(9'000, 'x')), "414", "too_large"},
      {fmt::format("GET / HTTP/1.1\r\nHost: x\r\nA: {}\r\n\r\n", std::string(20'000, 'x')), "431",
       "too_large"},
      {"GET / HTTP/3.0\r\nHost: x\r\n\r\n", "505", "not_supported"}};
  for (const auto& request : requests) {
    const auto answer = raw(portal->port(), request.bytes);
    const auto what = request.bytes.substr(0, 60);
    EXPECT_TRUE(answer.starts_with(fmt::format("HTTP/1.1 {} ", request.status))) << what << ": " << answer;
    EXPECT_NE(answer.find("\r\nBerth-Server-Time: "), std::string::npos) << what << ": " << answer;
    EXPECT_NE(answer.find("\r\nContent-Type: application/problem+json\r\n"), std::string::npos) << what;
    const auto body = parse_json(answer.substr(std::min(answer.size(), answer.find("\r\n\r\n") + 4)));
    ASSERT_TRUE(body) << answer;
    EXPECT_EQ(string_at(*body, {"code"}), request.code) << what;
    EXPECT_FALSE(string_at(*body, {"request_id"}).empty()) << what;
  }
}

TEST_F(Answers, OfAnOverloadedEdgeSayWhenToComeBack) {
  auto settings = site().settings();
  settings.server.limits.connections = 1;
  const auto portal = site().start_portal(settings);
  const EventReader first(portal->port(), site().ana.token);  // whose connection cannot be spared
  ASSERT_TRUE(eventually([&] { return first.opened(); }));
  Client second(portal->port());
  const auto refused = second.get("/healthz");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.code(), "unavailable");
  EXPECT_GE(std::stoi(refused.header("Retry-After")), 1);
}

TEST_F(Answers, ToHeadAreThoseToGetWithoutTheBody) {
  auto client = site().client(site().ana);
  for (const std::string target : {"/healthz", "/api/v1/pools", "/api/v1/nowhere"}) {
    const auto get = client.get(target);
    const auto head = client.send("HEAD", target);
    EXPECT_EQ(head.status, get.status) << target;
    EXPECT_EQ(head.body, "") << target;
    EXPECT_EQ(head.header("Content-Type"), get.header("Content-Type"));
  }
  EXPECT_EQ(client.send("HEAD", "/api/v1/events").status, 200) << "and no stream is left open";
}

TEST_F(Answers, ToAnUnknownAddressOrMethodSayWhich) {
  auto client = site().client(site().ana);
  EXPECT_EQ(client.get("/api/v1/nowhere").code(), "not_found");
  EXPECT_EQ(client.get("/").status, 404);
  EXPECT_EQ(client.get("/api/v1/pools/").status, 404);
  const auto wrong = client.send("DELETE", "/api/v1/reservations");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.code(), "method_not_allowed");
  EXPECT_EQ(wrong.header("Allow"), "GET, HEAD, POST");
  EXPECT_EQ(client.send("POST", "/healthz", "{}").header("Allow"), "GET, HEAD");
  EXPECT_EQ(client.send("BREW", "/api/v1/pools").status, 405);
}

TEST_F(Answers, TheDescriptionIsServedAsItIs) {
  auto client = site().stranger();
  const auto answer = client.get("/api/openapi.yaml");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "application/yaml");
  EXPECT_NE(answer.body.find("openapi: 3.1.0"), std::string::npos);
}

TEST_F(Answers, MetricsHaveTheirFamiliesAndFewLabels) {
  const auto portal = site().start_portal();
  auto client = Site::client(site().ana, portal->port());
  const auto day = site().fresh_day();
  client.post("/api/v1/reservations", booking_body(day, 2, 4), {{"Idempotency-Key", "metrics"}});
  client.post("/api/v1/reservations", booking_body(day, 2, 4), {{"Idempotency-Key", "metrics"}});
  client.post("/api/v1/reservations", booking_body(day, 2, 1));
  client.get("/api/v1/reservations/00000000-0000-4000-8000-000000000000");
  client.send("INVENTED", "/api/v1/pools");
  client.get("/no/such/address");
  const auto metrics = client.get("/metrics");
  EXPECT_TRUE(metrics.header("Content-Type").starts_with("text/plain; version=0.0.4"));
  constexpr const char* kBuildInfo = "berth_build_info{version=\"" BERTH_VERSION "\"} 1";
  for (const std::string line :
       {"# TYPE berth_http_requests_total counter", "# TYPE berth_http_request_seconds histogram",
        "# TYPE berth_bookings_total counter", "# TYPE berth_http_open gauge",
        "# TYPE berth_build_info gauge", kBuildInfo, "berth_bookings_total{outcome=\"booked\"} 1",
        "berth_bookings_total{outcome=\"replayed\"} 1", "berth_bookings_total{outcome=\"refused\"} 1",
        "berth_http_requests_total{method=\"GET\",route=\"/api/v1/reservations/{id}\",status=\"404\"} 1",
        "berth_http_requests_total{method=\"POST\",route=\"/api/v1/reservations\",status=\"201\"} 2",
        "berth_http_requests_total{method=\"GET\",route=\"unknown\",status=\"404\"} 1",
        "berth_http_requests_total{method=\"other\",route=\"unknown\",status=\"405\"} 1",
        "berth_http_open{what=\"connections\"} 1"}) {
    EXPECT_NE(metrics.body.find(line), std::string::npos) << line << "\n" << metrics.body;
  }
  EXPECT_EQ(metrics.body.find("INVENTED"), std::string::npos);
  EXPECT_EQ(metrics.body.find("/no/such"), std::string::npos);
}

TEST_F(Answers, MetricsTellOfThePlatformAsTheDatabaseHasIt) {
  const auto text = [&] { return site().stranger().get("/metrics").body; };
  const auto before = text();
  for (const std::string line :
       {"berth_database_up 1", "berth_reconciler_heartbeat_age_seconds{cluster=\"default\"} +Inf",
        "berth_findings_open{cluster=\"default\"} 0",
        "berth_sessions{cluster=\"default\",phase=\"Ready\",pool=\"lab\"} 0",
        "berth_unit_outages{cluster=\"default\",node=\"gpu-node-1\",pool=\"lab\"} 0",
        "berth_units{cluster=\"default\",device_class=\"slice-24gb\",pool=\"lab\"} 4"}) {
    EXPECT_NE(before.find("\n" + line + "\n"), std::string::npos) << line << "\n" << before;
  }
  site().sql(
      "INSERT INTO berth.finding (cluster, kind, object, detail, planned_action, first_seen_at)"
      " VALUES ('default', 'a', 'one', '', '', now())");
  EXPECT_NE(text().find("berth_findings_open{cluster=\"default\"} 1\n"), std::string::npos);
}

// --- From error to answer ---

Error error_of(Code code, std::string slug = {}) {
  return {.code = code,
          .message = "insert into app_user: internal words",
          .slug = std::move(slug),
          .fields = {{"constraint", "app_user_email_key", "", ""}},
          .retry_after_seconds = 0};
}

TEST(Problem, HasAStatusForEachCode) {
  const std::pair<Code, int> table[] = {
      {Code::kMalformed, 400},   {Code::kInvalid, 422},  {Code::kUnauthenticated, 401},
      {Code::kForbidden, 403},   {Code::kNotFound, 404}, {Code::kConflict, 409},
      {Code::kGone, 410},        {Code::kTooLarge, 413}, {Code::kTooMany, 429},
      {Code::kUnavailable, 503}, {Code::kTimeout, 503},  {Code::kInternal, 500}};
  for (const auto& [code, status] : table) EXPECT_EQ(problem(error_of(code), "r").status, status);
}

Error from_database(Code code, std::string sqlstate) {
  auto error = error_of(code, std::move(sqlstate));
  error.for_log = true;
  return error;
}

TEST(Problem, KeepsTheDatabasesWordsInside) {
  for (const auto& error :
       {error_of(Code::kInternal), error_of(Code::kUnavailable, "connection_lost"), error_of(Code::kTimeout),
        from_database(Code::kConflict, "23505"), from_database(Code::kConflict, "40P01"),
        from_database(Code::kInvalid, "22021")}) {
    const auto body = problem(error, "r").body;
    EXPECT_EQ(body.find("app_user"), std::string::npos) << body;
    EXPECT_EQ(body.find("23505"), std::string::npos) << body;
    EXPECT_EQ(body.find("errors"), std::string::npos) << body;
  }
  EXPECT_NE(problem(error_of(Code::kConflict, "email_taken"), "r").body.find("internal words"),
            std::string::npos)
      << "what the store says in its own words is for people";
  EXPECT_NE(problem(error_of(Code::kConflict, "TAKEN"), "r").body.find("internal words"), std::string::npos)
      << "whatever its slug looks like";
}

}  // namespace
}  // namespace berth::portal
