#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "kube/client.hpp"
#include "kube/test_servers.hpp"

namespace berth::kube {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

/// Names of the events' objects, bookmarks with a star.
Status watch_names(Client client, Names& names) {
  return client.watch(
      resources::pods(), {.ns = "lab", .resource_version = "5"}, [&](const WatchEvent& event) {
        names.push_back(name_of(event.object) + (event.type == EventType::kBookmark ? "*" : ""));
        return true;
      });
}

TEST(Watch, AsksToGoOnWithBookmarks) {
  const FakeApi api([](const http::Request&) { return json_response(200, ""); });
  ASSERT_TRUE(api.client().watch(
      resources::pods(), {.ns = "lab", .label_selector = "a=b", .resource_version = "5", .timeout = 77s},
      [](const WatchEvent&) { return true; }));
  const auto request = api.requests().at(0);
  EXPECT_EQ(request.path, "/api/v1/namespaces/lab/pods");
  EXPECT_EQ(query_of(request, "watch"), "1");
  EXPECT_EQ(query_of(request, "resourceVersion"), "5");
  EXPECT_EQ(query_of(request, "allowWatchBookmarks"), "true");
  EXPECT_EQ(query_of(request, "timeoutSeconds"), "77");
  EXPECT_EQ(query_of(request, "labelSelector"), "a=b");
}

TEST(Watch, JoinsEventsThatTheNetworkCut) {
  RawApi api([](int, RawApi::Connection& connection) {
    connection.read_request();
    connection.write(kChunkedHead);
    const auto text = event_line("ADDED", named("one", "6")) + event_line("MODIFIED", named("one", "7")) +
                      event_line("BOOKMARK", named("", "8")) + event_line("DELETED", named("two", "9"));
    for (const char c : text) connection.write(http_chunk(std::string_view(&c, 1)));
    connection.write("0\r\n\r\n");
  });
  Names names;
  EXPECT_TRUE(watch_names(api.client(), names));
  EXPECT_EQ(names, (Names{"one", "one", "*", "two"}));
}

TEST(Watch, TellsAStreamCutInTheMiddleOfAnEvent) {
  for (const bool orderly : {true, false}) {
    RawApi api([&](int, RawApi::Connection& connection) {
      connection.read_request();
      connection.write(kChunkedHead);
      connection.write(http_chunk(event_line("ADDED", named("one", "6")) + R"({"type":"ADDED","obj)"));
      if (orderly) connection.write("0\r\n\r\n");
    });
    Names names;
    const auto end = watch_names(api.client(), names);
    ASSERT_FALSE(end) << orderly;
    EXPECT_EQ(end.error().code, Code::kUnavailable);
    EXPECT_EQ(names, Names{"one"}) << "half an event is no event";
  }
}

TEST(Watch, TellsThatItsVersionIsTooOld) {
  const FakeApi refuses([](const http::Request&) { return status_response(410, "Expired"); });
  const FakeApi tells_later([](const http::Request&) {
    return json_response(200,
                         event_line("ADDED", named("one", "6")) +
                             R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}})"
                             "\n");
  });
  Names names;
  EXPECT_EQ(watch_names(refuses.client(), names).error().code, Code::kGone);
  EXPECT_TRUE(names.empty());
  EXPECT_EQ(watch_names(tells_later.client(), names).error().code, Code::kGone);
  EXPECT_EQ(names, Names{"one"});
}

TEST(Watch, RefusesWhatIsNoEvent) {
  for (const std::string line :
       {"nonsense", "[]", R"({"type":"ADDED"})", R"({"type":"NEW","object":{}})", "null"}) {
    const FakeApi api([&](const http::Request&) { return json_response(200, line + "\n"); });
    Names names;
    const auto end = watch_names(api.client(), names);
    ASSERT_FALSE(end) << line;
    EXPECT_EQ(end.error().code, Code::kMalformed) << line;
  }
}

TEST(Watch, BoundsOneEvent) {
  const FakeApi api([](const http::Request&) { return json_response(200, std::string(5000, 'x')); });
  auto settings = quick_settings();
  settings.max_event_bytes = 1000;
  Names names;
  EXPECT_EQ(watch_names(api.client(settings), names).error().code, Code::kTooLarge);
}

TEST(Watch, EndsWhenItsReaderHasEnough) {
  RawApi api([](int, RawApi::Connection& connection) {
    connection.read_request();
    connection.write(kChunkedHead);
    connection.write(
        http_chunk(event_line("ADDED", named("one", "6")) + event_line("ADDED", named("two", "7"))));
    connection.wait_closed();
  });
  int events = 0;
  EXPECT_TRUE(api.client().watch(resources::pods(), {}, [&](const WatchEvent&) { return ++events < 1; }));
  EXPECT_EQ(events, 1);
}

TEST(Watch, TakesSilenceAfterABookmarkForADeadPeerAndSilenceWithoutOneForPeace) {
  RawApi api([](int connected, RawApi::Connection& connection) {
    connection.read_request();
    connection.write(kChunkedHead);
    if (connected == 0)
      connection.write(http_chunk(event_line("BOOKMARK", {{"metadata", {{"resourceVersion", "9"}}}})));
    if (connected == 1) {
      std::this_thread::sleep_for(100ms);
      connection.write("0\r\n\r\n");
    }
    connection.wait_closed();
  });
  const auto watch = [&](bool hears_bookmarks) {
    return api.client().watch(resources::pods(),
                              {.bookmark_patience = 20ms, .hears_bookmarks = hears_bookmarks},
                              [](const WatchEvent&) { return true; });
  };
  const auto silent = watch(false);
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, Code::kTimeout);
  EXPECT_TRUE(watch(false)) << "no bookmark has ever come";
  const auto known = watch(true);
  ASSERT_FALSE(known);
  EXPECT_EQ(known.error().code, Code::kTimeout) << "they came in the watch before";
}

TEST(Watch, CanBeStoppedWhileTheStreamIsSilent) {
  std::atomic<bool> silent{false};
  RawApi api([&](int, RawApi::Connection& connection) {
    connection.read_request();
    connection.write(kChunkedHead);
    silent = true;
    connection.wait_closed();
  });
  std::stop_source source;
  auto client = api.factory().client(source.get_token());
  std::optional<Status> end;
  std::jthread watcher(
      [&] { end = client.watch(resources::pods(), {}, [](const WatchEvent&) { return true; }); });
  ASSERT_TRUE(eventually([&] { return silent.load(); }));
  const auto began = std::chrono::steady_clock::now();
  source.request_stop();
  watcher.join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, kTestPatience / 2);
  ASSERT_TRUE(end && !*end);
  EXPECT_TRUE(is_stopped(end->error()));
}

}  // namespace
}  // namespace berth::kube
