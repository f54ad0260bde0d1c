// Server-sent events: soon, complete over restarts, and no more than one may see.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <mutex>
#include <thread>

#include "portal/event_hub.hpp"
#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

using Steady = std::chrono::steady_clock;

class Events : public PortalTest {
 protected:
  std::int64_t newest() { return site().number("SELECT coalesce(max(id), 0) AS x FROM berth.event"); }
};

TEST_F(Events, EveryoneSeesABookingWithinTwoSecondsAndOnlyItsOwnPeopleWhichOne) {
  const EventReader own(site().port(), site().ana.token);
  const EventReader mate(site().port(), site().tom.token);
  const EventReader other(site().port(), site().ben.token);
  ASSERT_TRUE(eventually([&] { return own.opened() && mate.opened() && other.opened(); }));
  auto client = site().client(site().ana);
  auto body = booking_body(site().fresh_day());
  body["team"] = "vision";
  const auto booked = client.post("/api/v1/reservations", body);
  const auto at = Steady::now();
  ASSERT_EQ(booked.status, 201);
  ASSERT_TRUE(eventually(
      [&] { return !own.changes().empty() && !mate.changes().empty() && !other.changes().empty(); }));
  for (const auto* reader : {&own, &mate}) {
    const auto event = reader->changes().front();
    EXPECT_EQ(string_at(event.data, {"kind"}), "reservation");
    EXPECT_EQ(string_at(event.data, {"reservation"}), booked.id());
    EXPECT_EQ(string_at(event.data, {"pool"}), "lab");
  }
  const auto seen = other.changes().front();
  EXPECT_EQ(string_at(seen.data, {"kind"}), "calendar");
  EXPECT_FALSE(seen.data.as_object().contains("reservation"));
  EXPECT_EQ(json::serialize(seen.data).find(booked.id()), std::string::npos);
  const auto took = std::chrono::duration<double, std::milli>(seen.at - at).count();
  std::cout << fmt::format("an event was there {:.1f} ms after the answer\n", took);
  EXPECT_LT(took, 2'000);
}

TEST_F(Events, WhoReadsFirstAndListensLaterMissesNothing) {
  auto client = site().client(site().ana);
  json::value from;
  ASSERT_TRUE(
      eventually([&] { return !(from = client.get("/api/v1/auth/me").json.at("events_from")).is_null(); }));
  const auto booked = client.post("/api/v1/reservations", booking_body(site().fresh_day()));
  ASSERT_EQ(booked.status, 201);
  const EventReader late(site().port(), site().ana.token, std::stoll(std::string(from.as_string())));
  EXPECT_TRUE(eventually([&] {
    const auto changes = late.changes();
    return std::ranges::any_of(changes, [&](const auto& change) {
      return change.data.as_object().contains("reservation") &&
             string_at(change.data, {"reservation"}) == booked.id();
    });
  }));
}

TEST_F(Events, BeginWithWhatComesAfterAndATimeToComeBack) {
  auto client = site().client(site().ana);
  client.post("/api/v1/reservations", booking_body(site().fresh_day()));
  const EventReader reader(site().port(), site().ana.token);
  ASSERT_TRUE(eventually([&] { return !reader.seen().empty(); }));
  EXPECT_EQ(reader.seen().front().name, "ping");
  EXPECT_EQ(reader.seen().front().id, newest());
  EXPECT_TRUE(parse_rfc3339(string_at(reader.seen().front().data, {"server_time"})));
  EXPECT_TRUE(reader.changes().empty()) << "what was before is not told to someone who has just looked";
}

TEST_F(Events, AStreamThatEndsBeforeItsFirstEventIsResumedWhereItBegan) {
  auto portal = site().start_portal();
  const auto port = portal->port();
  const EventReader first(port, site().ana.token);
  ASSERT_TRUE(eventually([&] { return !first.seen().empty(); }));
  portal->stop(std::chrono::milliseconds(500));
  ASSERT_TRUE(eventually([&] { return first.ended(); }));
  ASSERT_EQ(first.seen().size(), 1U) << "nothing happened in it";
  site().sql("SELECT berth.emit('pool', NULL, NULL, NULL, NULL)");
  // As a browser comes back: with the last id that it was told, if it was told one.
  const auto told = first.seen().back().id;
  const EventReader second(site().port(), site().ana.token, told == 0 ? std::nullopt : std::optional(told));
  EXPECT_TRUE(eventually([&] { return !second.changes().empty(); }, std::chrono::seconds(10)));
}

TEST_F(Events, AreToldThoughTheirNotificationWasLost) {
  const EventReader reader(site().port(), site().ana.token);
  ASSERT_TRUE(eventually([&] { return reader.opened() && !reader.seen().empty(); }));
  site().sql("INSERT INTO berth.event (id, kind) VALUES (nextval('berth.event_id'), 'pool')");
  EXPECT_TRUE(eventually([&] { return !reader.changes().empty(); }, std::chrono::seconds(20)));
}

TEST_F(Events, EndTheirStreamWhenThePortalStops) {
  auto portal = site().start_portal();
  const EventReader reader(portal->port(), site().ana.token);
  ASSERT_TRUE(eventually([&] { return reader.opened(); }));
  portal->stop(std::chrono::milliseconds(500));
  EXPECT_TRUE(eventually([&] { return reader.ended(); }));
}

TEST_F(Events, ResumeLosesNothingOverRestartsWithWritersAtWork) {
  constexpr int kWriters = 4;
  constexpr int kEach = 120;
  const auto first = newest();
  std::atomic<int> done = 0;
  std::atomic<int> restarts = 0;
  // However fast they are: at each restart a quarter of their work, and no more, lies before them.
  const auto may_go_on = [&] { return done < (restarts + 2) * kWriters * kEach / 4; };
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&] {
      auto connection = site().database.connect();
      for (int i = 0; i < kEach; ++i) {
        ASSERT_TRUE(eventually(may_go_on));
        // Work before and after the number is drawn, so that transactions overlap.
        must(connection.run(
            "BEGIN; SELECT pg_sleep(random() * 0.004); SELECT berth.emit('pool', NULL, NULL, NULL, NULL);"
            " SELECT pg_sleep(random() * 0.002); COMMIT"));
        ++done;
      }
    });
  }
  std::vector<std::int64_t> got;
  const auto total = kWriters * kEach;
  const auto deadline = Steady::now() + kPatience;
  while (static_cast<int>(got.size()) < total && Steady::now() < deadline) {
    const EventReader reader(site().port(), site().ana.token, got.empty() ? first : got.back());
    const auto next_stop = (restarts + 1) * total / 4;
    const auto so_far = got.size();
    eventually([&] {
      return static_cast<int>(so_far + reader.changes().size()) >= (restarts < 3 ? next_stop : total) ||
             reader.ended();
    });
    if (restarts < 3) {
      site().restart_portal();
      ++restarts;
    }
    for (const auto& event : reader.seen()) {
      EXPECT_NE(event.name, "reset") << "there is no need to look at everything again";
      if (event.name == "change") got.push_back(event.id);
    }
  }
  std::vector<std::int64_t> all;
  for (const auto& row :
       site().sql(fmt::format("SELECT id AS x FROM berth.event WHERE id > {} ORDER BY id", first))) {
    all.push_back(row.get<std::int64_t>("x"));
  }
  EXPECT_EQ(restarts, 3);
  EXPECT_EQ(done.load(), total);
  EXPECT_EQ(got, all);
}

TEST_F(Events, WhoComesBackFromTooFarAwayIsToldToLookAtEverything) {
  auto client = site().client(site().ana);
  client.post("/api/v1/reservations", booking_body(site().fresh_day()));
  client.post("/api/v1/reservations", booking_body(site().fresh_day()));
  const auto reset_of = [&](std::int64_t last) {
    const EventReader reader(site().port(), site().ana.token, last);
    eventually([&] { return reader.seen().size() >= 2; });
    const auto seen = reader.seen();
    if (seen.size() >= 2) {
      EXPECT_EQ(seen[0].id, 0) << "a reset that was cut off must not be taken for seen";
    }
    return seen.size() >= 2 && seen[1].name == "reset" ? seen[1].id : -1;
  };
  EXPECT_EQ(reset_of(newest() + 1'000'000), newest()) << "an id that is not of this database";
  const auto old = newest() - 2;
  site().sql(fmt::format("DELETE FROM berth.event WHERE id < {}", newest()));
  EXPECT_EQ(reset_of(old), newest()) << "some were thrown away";
  const auto before = newest();
  site().sql("SELECT berth.emit('pool', NULL, NULL, NULL, NULL) FROM generate_series(1, 1500)");
  EXPECT_EQ(reset_of(before), newest()) << "more than is worth replaying";
}

TEST_F(Events, ADatabaseThatWasPutBackInTimeResetsEveryone) {
  const Site own;
  const EventReader reader(own.port(), own.ana.token);
  ASSERT_TRUE(eventually([&] { return reader.opened(); }));
  const auto emit = "SELECT berth.emit('pool', NULL, NULL, NULL, NULL)";
  for (int i = 0; i < 3; ++i) own.sql(emit);
  ASSERT_TRUE(eventually([&] { return reader.changes().size() == 3; }));
  own.sql("DELETE FROM berth.event");
  own.sql("SELECT setval('berth.event_id', 1)");
  own.sql(emit);
  EXPECT_TRUE(eventually([&] {
    const auto seen = reader.seen();
    return seen.back().name == "reset" && seen.back().id == 2;
  }));
  own.sql(emit);
  EXPECT_TRUE(eventually([&] { return reader.changes().back().id == 3 && reader.changes().size() == 4; }));
}

/// Keeps what is sent to it.
class KeptStream final : public http::Stream {
 public:
  bool send(std::string bytes) override {
    const std::lock_guard lock(mutex_);
    text_ += bytes;
    return true;
  }
  void finish() override {}
  bool open() const override { return true; }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

TEST_F(Events, AStreamThatOpensBeforeTheHubHasReadAnythingMissesNothing) {
  const auto before = newest();
  auto settings = site().settings().database;
  pg::Settings admin;
  admin.conninfo = testsupport::postgres().conninfo("postgres");
  auto connection = must(pg::Connection::connect(admin));
  const auto allow = [&](std::string_view yes) {
    must(connection.run(fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS {}", site().database.name(), yes)));
  };
  auto writer = site().database.connect();
  allow("false");
  DatabaseClock clock;
  EventHub hub(settings, 10, clock, Log::silent());
  const auto stream = std::make_shared<KeptStream>();
  hub.add(*hub.reserve({}), stream, {}, before, {}, false);
  must(writer.run("SELECT berth.emit('pool', NULL, NULL, NULL, NULL)"));
  allow("true");
  EXPECT_TRUE(eventually([&] {
    return stream->text().find(fmt::format("id: {}\nevent: change", newest())) != std::string::npos;
  }));
  EXPECT_EQ(stream->text().find("event: reset"), std::string::npos);
}

TEST_F(Events, AStreamMissesNothingThatCameBeforeTheHubsFirstLook) {
  const auto read_up_to = newest();
  for (int i = 0; i < 3; ++i) site().sql("SELECT berth.emit('pool', NULL, NULL, NULL, NULL)");
  DatabaseClock clock;
  EventHub hub(site().settings().database, 10, clock, Log::silent());
  ASSERT_TRUE(eventually([&] { return hub.handed_on() == newest(); }));
  const auto stream = std::make_shared<KeptStream>();
  hub.add(*hub.reserve({}), stream, {}, read_up_to, {}, false);
  EXPECT_EQ(stream->text().find("event: reset"), std::string::npos) << stream->text();
  for (auto id = read_up_to + 1; id <= newest(); ++id)
    EXPECT_NE(stream->text().find(fmt::format("id: {}\nevent: change", id)), std::string::npos) << id;
}

TEST_F(Events, BeginWithAPingThatHasTheIdToComeBackWith) {
  DatabaseClock clock;
  EventHub hub(site().settings().database, 10, clock, Log::silent());
  const auto stream = std::make_shared<KeptStream>();
  const auto after = newest();
  hub.add(*hub.reserve({}), stream, {}, after, {}, false);
  EXPECT_TRUE(stream->text().starts_with(
      fmt::format("retry: 2000\nid: {}\nevent: ping\ndata: {{\"server_time\":\"", after)))
      << stream->text();
  const auto lost = std::make_shared<KeptStream>();
  hub.add(*hub.reserve({}), lost, {}, after, {}, true);
  EXPECT_TRUE(lost->text().starts_with("retry: 2000\nevent: ping\n")) << lost->text();
  EXPECT_NE(lost->text().find(fmt::format("id: {}\nevent: reset\n", after)), std::string::npos);
}

/// A reader that asks and then never reads.
class DeafReader {
 public:
  DeafReader(std::uint16_t port, const std::string& token)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int small = 4096;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
      throw std::runtime_error("connect");
    const auto request = fmt::format(
        "GET /api/v1/events HTTP/1.1\r\nHost: berth.test\r\nAuthorization: Bearer {}\r\n\r\n", token);
    if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error("send");
  }
  ~DeafReader() { ::close(socket_); }
  DeafReader(const DeafReader&) = delete;
  DeafReader& operator=(const DeafReader&) = delete;

 private:
  int socket_;
};

TEST_F(Events, AReaderThatIsTooSlowIsCutAndTheOthersAreNot) {
  auto settings = site().settings();
  settings.server.limits.stream_queue_bytes = 256 * 1024;
  const auto portal = site().start_portal(settings);
  auto client = Client(portal->port());
  const auto streams = [&] {
    const auto text = client.get("/metrics").body;
    const auto at = text.find("berth_http_open{what=\"streams\"} ");
    return at == std::string::npos ? -1 : std::stoi(text.substr(at + 32));
  };
  const DeafReader deaf(portal->port(), site().ana.token);
  const EventReader reader(portal->port(), site().ben.token);
  ASSERT_TRUE(eventually([&] { return streams() == 2; }));
  const auto before = newest();
  // Well beyond what the kernel keeps for the two ends of a connection, a little at a time: who reads is not
  // too slow.
  for (int i = 0; i < 100 && streams() == 2; ++i) {
    site().sql("SELECT berth.emit('pool', NULL, NULL, NULL, NULL) FROM generate_series(1, 1000)");
    ASSERT_TRUE(
        eventually([&] { return !reader.changes().empty() && reader.changes().back().id == newest(); }));
  }
  EXPECT_EQ(streams(), 1);
  EXPECT_EQ(reader.changes().back().id, newest());
  EXPECT_EQ(static_cast<std::int64_t>(reader.changes().size()), newest() - before);
}

TEST_F(Events, OnePersonHasOnlySoManyStreams) {
  auto portal = site().start_portal();
  std::vector<std::unique_ptr<EventReader>> readers;
  for (int i = 0; i < 32; ++i)
    readers.push_back(std::make_unique<EventReader>(portal->port(), site().ben.token));
  ASSERT_TRUE(eventually([&] {
    return std::all_of(readers.begin(), readers.end(), [](const auto& reader) { return reader->opened(); });
  }));
  auto client = Site::client(site().ben, portal->port());
  const auto refused = client.get("/api/v1/events");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), "too_many_streams");
  EXPECT_EQ(refused.header("Retry-After"), "10");
  const EventReader other(portal->port(), site().ana.token);
  EXPECT_TRUE(eventually([&] { return other.opened(); }));
}

TEST_F(Events, OnePersonHasOnlySoManyStreamsHoweverManyAreAskedForAtOnce) {
  DatabaseClock clock;
  EventHub hub(site().settings().database, 100, clock, Log::silent());
  std::mutex mutex;
  std::vector<std::shared_ptr<EventHub::Room>> rooms;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        auto room = hub.reserve(site().ben.id);
        const std::lock_guard lock(mutex);
        if (room) rooms.push_back(std::move(room));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(rooms.size(), 32U);
  EXPECT_NE(hub.reserve(site().ana.id), nullptr);
  rooms.pop_back();
  EXPECT_NE(hub.reserve(site().ben.id), nullptr) << "a room that was not used is free again";
}

TEST_F(Events, EndSoonForWhoeverIsShutOutAndForNobodyElse) {
  const auto token = [&](const Person& person) {
    auto client = site().browser(person);
    return client.post("/api/v1/tokens", {{"name", "to be ended"}, {"scopes", json::array{"read"}}}).json;
  };
  const auto revoked = token(site().ana);
  const auto expired = token(site().tom);
  const EventReader of_revoked(site().port(), string_at(revoked, {"token"}));
  const EventReader of_expired(site().port(), string_at(expired, {"token"}));
  const EventReader of_disabled(site().port(), site().finance.token);
  const EventReader other(site().port(), site().ana.token);
  ASSERT_TRUE(eventually(
      [&] { return of_revoked.opened() && of_expired.opened() && of_disabled.opened() && other.opened(); }));
  const auto at = Steady::now();
  EXPECT_EQ(site().client(site().ana).del("/api/v1/tokens/" + string_at(revoked, {"id"})).status, 204);
  site().sql(fmt::format("UPDATE berth.api_token SET expires_at = now() WHERE id = '{}'",
                         string_at(expired, {"id"})));
  site().sql(
      fmt::format("UPDATE berth.app_user SET disabled_at = now() WHERE id = '{}'", site().finance.id.value));
  EXPECT_TRUE(eventually([&] { return of_revoked.ended() && of_expired.ended() && of_disabled.ended(); }));
  std::cout << fmt::format("streams of who was shut out ended after {:.1f} s\n",
                           std::chrono::duration<double>(Steady::now() - at).count());
  EXPECT_FALSE(other.ended());
  site().sql(
      fmt::format("UPDATE berth.app_user SET disabled_at = NULL WHERE id = '{}'", site().finance.id.value));
}

TEST_F(Events, ASignInThatHasEndedIsNoLongerGood) {
  auto browser = site().stranger();
  const auto signed_in =
      browser.post("/api/v1/auth/login", {{"email", site().lead.email}, {"password", kPassword}});
  ASSERT_EQ(signed_in.status, 200);
  const auto set = signed_in.header("Set-Cookie");
  const auto begin = set.find('=') + 1;
  const auto cookie = set.substr(begin, set.find(';') - begin);
  const store::Credential session{store::Credential::Kind::kWebSession, store::web_session_key(cookie)};
  const store::Credential unknown{store::Credential::Kind::kWebSession, store::web_session_key("unknown")};
  EXPECT_EQ(session.key.find(cookie), std::string::npos);
  auto connection = must(pg::Connection::connect(site().settings().database));
  const auto good = [&] { return must(store::still_good(connection, {session, unknown})); };
  EXPECT_EQ(good(), std::set{session});
  const auto disable = [&](std::string_view at) {
    site().sql(
        fmt::format("UPDATE berth.app_user SET disabled_at = {} WHERE id = '{}'", at, site().lead.id.value));
  };
  disable("now()");
  EXPECT_TRUE(good().empty());
  disable("NULL");
  EXPECT_EQ(good(), std::set{session});
  must(store::delete_web_session(connection, cookie));
  EXPECT_TRUE(good().empty());
}

TEST(EventText, CarriesTheReservationOnlyForThoseWhoMaySeeIt) {
  store::Event event;
  event.id = 7;
  event.at = must(parse_rfc3339("2026-11-24T14:00:00Z"));
  event.kind = "session";
  event.pool = "lab";
  event.reservation = model::ReservationId{"11111111-1111-4111-8111-111111111111"};
  event.owner = model::UserId{"22222222-2222-4222-8222-222222222222"};
  model::Viewer owner;
  owner.id = *event.owner;
  EXPECT_EQ(
      event_text(event, owner),
      "id: 7\nevent: change\ndata: {\"kind\":\"session\",\"at\":\"2026-11-24T14:00:00Z\",\"pool\":\"lab\","
      "\"reservation\":\"11111111-1111-4111-8111-111111111111\"}\n\n");
  EXPECT_EQ(event_text(event, {}),
            "id: 7\nevent: change\ndata: "
            "{\"kind\":\"calendar\",\"at\":\"2026-11-24T14:00:00Z\",\"pool\":\"lab\"}\n\n");
  event.reservation.reset();
  event.kind = "pool";
  EXPECT_EQ(
      event_text(event, {}),
      "id: 7\nevent: change\ndata: {\"kind\":\"pool\",\"at\":\"2026-11-24T14:00:00Z\",\"pool\":\"lab\"}\n\n");
}

}  // namespace
}  // namespace berth::portal
