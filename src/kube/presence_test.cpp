#include "kube/presence.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "kube/informer.hpp"
#include "kube/test_servers.hpp"

namespace berth::kube {
namespace {

using namespace std::chrono_literals;

constexpr PresenceSettings kQuick{.look_every = 5ms, .look_deadline = 2s};

/// Answers, or is not there; a watch is silent.
class Server {
 public:
  ClientFactory factory() {
    auto settings = quick_settings();
    settings.max_tries = 1;
    return memory_factory(
        [this](const HttpRequest& request, const std::stop_token& stop) -> Exchange {
          if (request.target == "/readyz") ++looks;
          if (!there) return no_answer("Failed to connect to 192.0.2.1 port 6443");
          if (request.target == "/readyz") return HttpResponse{.status = readyz};
          if (!request.on_bytes) return HttpResponse{.status = 200, .body = list_body({}, "10")};
          while (there && !stop.stop_requested()) std::this_thread::sleep_for(1ms);
          if (there) return tl::unexpected(TransportError{.error = stopped_error()});
          return no_answer("Failed to connect to 192.0.2.1 port 6443");
        },
        settings);
  }

  std::atomic<bool> there{true};
  std::atomic<int> readyz{200};
  std::atomic<int> looks{0};
};

TEST(Presence, LooksOnlyWhenSomebodyLostTheServer) {
  Server server;
  std::atomic<int> returned{0};
  Presence presence(server.factory(), [&] { ++returned; }, Log::silent(), kQuick);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(server.looks, 0);
  EXPECT_EQ(presence.look(), std::nullopt) << "one call failed, the server is there";
  EXPECT_EQ(server.looks, 1);
  EXPECT_EQ(returned, 0) << "it was never away";

  server.there = false;
  const auto since = presence.look();
  ASSERT_TRUE(since);
  EXPECT_EQ(presence.look(), since) << "it stays away since then";
  EXPECT_FALSE(presence.last_away()->until);
  server.there = true;
  EXPECT_TRUE(eventually([&] { return returned == 1; }));
  EXPECT_TRUE(presence.last_away()->until);
  EXPECT_EQ(presence.look(), std::nullopt);
}

TEST(Presence, AServerThatIsNotReadyIsAwayAndOneThatRefusesIsThere) {
  Server server;
  Presence presence(server.factory(), {}, Log::silent(), kQuick);
  server.readyz = 500;
  EXPECT_TRUE(presence.look());
  server.readyz = 403;
  EXPECT_TRUE(eventually([&] { return presence.returns() == 1; }));
  EXPECT_EQ(presence.look(), std::nullopt);
}

TEST(Presence, EndsTheWaitsOfAllWhenTheServerIsBack) {
  Server server;
  server.there = false;
  const auto presence = std::make_shared<Presence>(server.factory(), nullptr, Log::silent(), kQuick);
  const Informer informer(
      server.factory(),
      {.resource = resources::pods(), .backoff = {.first = 1h, .most = 1h}, .presence = presence}, {},
      Log::silent());
  ASSERT_TRUE(eventually([&] { return presence->last_away().has_value(); })) << "the informer lost it";
  EXPECT_FALSE(informer.synced());
  server.there = true;
  EXPECT_TRUE(informer.wait_synced(kTestPatience)) << "its own wait would be an hour";
  server.there = false;
  ASSERT_TRUE(eventually([&] { return !presence->last_away()->until; }));
  server.there = true;
  EXPECT_TRUE(eventually([&] { return presence->returns() == 2; }));
  EXPECT_TRUE(eventually([&] { return !informer.trouble(); }));
}

TEST(Presence, AWaitEndsByItselfAndByAStop) {
  Server server;
  Presence presence(server.factory(), {}, Log::silent(), kQuick);
  std::stop_source source;
  EXPECT_EQ(presence.sleep_for(1ms, presence.returns(), source.get_token()), Presence::Slept::kAll);
  source.request_stop();
  EXPECT_EQ(presence.sleep_for(1h, presence.returns(), source.get_token()), Presence::Slept::kStopped);
}

}  // namespace
}  // namespace berth::kube
