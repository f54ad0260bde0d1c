#include "kube/client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "kube/test_servers.hpp"

namespace berth::kube {
namespace {

using namespace std::chrono_literals;

const ObjectRef kPod{.resource = resources::pods(), .ns = "lab", .name = "one"};

TEST(Client, SendsWhatEachCallMeans) {
  const FakeApi api(
      [](const http::Request&) { return json_response(200, json::serialize(named("one", "1"))); });
  auto client = api.client();
  ASSERT_TRUE(client.get(kPod));
  ASSERT_TRUE(
      client.create(resources::pods(), "lab", named("one", ""), {.field_manager = "ada", .dry_run = true}));
  ASSERT_TRUE(client.apply(kPod, named("one", ""), {.field_manager = "ada", .force = false}));
  ASSERT_TRUE(client.merge_patch(kPod, json::object{{"a", 1}}, {}, "status"));
  ASSERT_TRUE(client.replace(kPod, named("one", "7")));
  ASSERT_TRUE(
      client.remove(kPod, {.uid = "u", .propagation = Propagation::kForeground, .grace_period_seconds = 0}));
  const auto requests = api.requests();
  ASSERT_EQ(requests.size(), 6U);
  EXPECT_EQ(requests[0].method, "GET");
  EXPECT_EQ(requests[0].path, "/api/v1/namespaces/lab/pods/one");
  EXPECT_EQ(requests[0].header("user-agent"), "berth");
  EXPECT_EQ(requests[1].method, "POST");
  EXPECT_EQ(requests[1].path, "/api/v1/namespaces/lab/pods");
  EXPECT_EQ(query_of(requests[1], "fieldManager"), "ada");
  EXPECT_EQ(query_of(requests[1], "dryRun"), "All");
  EXPECT_EQ(query_of(requests[1], "fieldValidation"), "Strict");
  EXPECT_EQ(requests[2].method, "PATCH");
  EXPECT_EQ(requests[2].header("content-type"), "application/apply-patch+yaml");
  EXPECT_EQ(query_of(requests[2], "force"), "false");
  EXPECT_EQ(requests[3].header("content-type"), "application/merge-patch+json");
  EXPECT_EQ(requests[3].path, "/api/v1/namespaces/lab/pods/one/status");
  EXPECT_EQ(requests[4].method, "PUT");
  EXPECT_EQ(requests[5].method, "DELETE");
  EXPECT_EQ(parse_json(requests[5].body), json::value({{"apiVersion", "v1"},
                                                       {"kind", "DeleteOptions"},
                                                       {"preconditions", {{"uid", "u"}}},
                                                       {"propagationPolicy", "Foreground"},
                                                       {"gracePeriodSeconds", 0}}));
}

TEST(Client, KeepsTheServersWarnings) {
  const FakeApi api([](const http::Request&) {
    auto response = json_response(200, "{}");
    response.headers.emplace_back("Warning", R"(299 - "would violate PodSecurity \"restricted:latest\"")");
    response.headers.emplace_back("warning", "299 - \"old version\"");
    response.headers.emplace_back("Warning", "nonsense");
    return response;
  });
  auto client = api.client();
  ASSERT_TRUE(client.get(kPod));
  ASSERT_TRUE(client.get(kPod));
  EXPECT_EQ(client.take_warnings(),
            (std::vector<std::string>{R"(would violate PodSecurity "restricted:latest")", "old version"}));
  EXPECT_TRUE(client.take_warnings().empty());
}

TEST(Client, TellsAConflictAndItsCauses) {
  const FakeApi api([](const http::Request&) {
    return json_response(
        409, R"({"kind":"Status","code":409,"reason":"Conflict","message":"Apply failed","details":{
        "causes":[{"reason":"FieldManagerConflict","message":"conflict with \"bob\"","field":".data.a"}]}})");
  });
  const auto applied = api.client().apply(kPod, named("one", ""), {.field_manager = "ada"});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, Code::kConflict);
  EXPECT_EQ(applied.error().slug, "Conflict");
  EXPECT_EQ(applied.error().fields.at(0).limit, "FieldManagerConflict");
  EXPECT_NE(applied.error().message.find("apply pods lab/one"), std::string::npos) << applied.error().message;
  EXPECT_EQ(api.count(), 1U) << "a conflict is an answer";
}

TEST(Client, FindsNothingWithoutFailing) {
  const FakeApi api([](const http::Request&) { return status_response(404, "NotFound"); });
  const auto found = api.client().find(kPod);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->has_value());
  EXPECT_EQ(api.client().remove(kPod), Removed::kAbsent);
}

TEST(Client, TellsWhatBecameOfADeletedObject) {
  const FakeApi gone(
      [](const http::Request&) { return json_response(200, R"({"kind":"Status","status":"Success"})"); });
  EXPECT_EQ(gone.client().remove(kPod), Removed::kGone);
  const FakeApi held([](const http::Request&) {
    return json_response(
        200, R"({"kind":"Pod","metadata":{"name":"one","deletionTimestamp":"2026-01-01T00:00:00Z"}})");
  });
  EXPECT_EQ(held.client().remove(kPod), Removed::kPending);
}

TEST(Client, HonoursRetryAfter) {
  std::atomic<int> asked{0};
  const FakeApi api([&](const http::Request&) {
    if (asked++ > 0) return json_response(201, json::serialize(named("one", "1")));
    auto response = status_response(429, "TooManyRequests");
    response.headers.emplace_back("Retry-After", "1");
    return response;
  });
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(api.client().create(resources::pods(), "lab", named("one", "")));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 1s);
  EXPECT_EQ(api.count(), 2U);
}

TEST(Client, GivesUpWhenAskedToWaitTooLong) {
  const FakeApi api([](const http::Request&) {
    auto response = status_response(429, "TooManyRequests");
    response.headers.emplace_back("Retry-After", "3600");
    return response;
  });
  const auto got = api.client().get(kPod);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kTooMany);
  EXPECT_EQ(got.error().retry_after_seconds, 3600);
  EXPECT_EQ(api.count(), 1U);
}

TEST(Client, ReadsAllPages) {
  const FakeApi api([](const http::Request& request) {
    const auto next = query_of(request, "continue");
    if (next.empty())
      return json_response(200, list_body({named("a", "1"), named("b", "2")}, "50", "page/2&x="));
    EXPECT_EQ(next, "page/2&x=");
    return json_response(200, list_body({named("c", "3")}, "50"));
  });
  auto settings = quick_settings();
  settings.page_items = 2;
  const auto list =
      api.client(settings).list(resources::pods(), {.ns = "lab", .label_selector = "a in (b,c)"});
  ASSERT_TRUE(list);
  EXPECT_EQ(list->items.size(), 3U);
  EXPECT_EQ(list->resource_version, "50");
  EXPECT_EQ(query_of(api.requests().at(0), "limit"), "2");
  EXPECT_EQ(query_of(api.requests().at(1), "labelSelector"), "a in (b,c)");
}

TEST(Client, StartsAListOverWhenItsRestIsForgotten) {
  std::atomic<int> asked{0};
  const FakeApi api([&](const http::Request& request) {
    const int number = asked++;
    if (number == 1) return status_response(410, "Expired");
    if (query_of(request, "continue").empty()) {
      return json_response(
          200, list_body({named(number == 0 ? "stale" : "a", "1")}, number == 0 ? "50" : "90", "next"));
    }
    return json_response(200, list_body({named("b", "2")}, "90"));
  });
  const auto list = api.client().list(resources::pods());
  ASSERT_TRUE(list);
  ASSERT_EQ(list->items.size(), 2U);
  EXPECT_EQ(name_of(list->items[0]), "a") << "nothing of the first try is kept";
  EXPECT_EQ(list->resource_version, "90");
}

TEST(Client, DoesNotStartAListOverForEver) {
  const FakeApi api([&](const http::Request&) { return status_response(410, "Expired"); });
  const auto list = api.client().list(resources::pods());
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, Code::kGone);
  EXPECT_LE(api.count(), 10U);
}

TEST(Client, GivesListedItemsTheirKind) {
  const FakeApi api([](const http::Request&) {
    return json_response(
        200, R"({"kind":"PodList","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"a"}}]})");
  });
  const auto list = api.client().list(resources::pods());
  ASSERT_TRUE(list);
  EXPECT_EQ(string_at(list->items.at(0), {"kind"}), "Pod");
  EXPECT_EQ(string_at(list->items.at(0), {"apiVersion"}), "v1");
}

TEST(Client, BoundsAListAndAnAnswer) {
  const FakeApi api([](const http::Request& request) {
    if (request.path == "/api/v1/pods")
      return json_response(200, list_body({named("a", "1"), named("b", "2")}, "1", "more"));
    return json_response(200, "\"" + std::string(100'000, 'x') + "\"");
  });
  auto settings = quick_settings();
  settings.max_list_items = 5;
  const auto list = api.client(settings).list(resources::pods());
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, Code::kTooLarge);
  EXPECT_NE(list.error().message.find('5'), std::string::npos);

  settings.max_response_bytes = 10'000;
  const auto got = api.client(settings).get(kPod);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kTooLarge);
  EXPECT_NE(got.error().message.find("10000"), std::string::npos) << got.error().message;
}

TEST(Client, RefusesAnswersThatAreNotWhatTheyClaim) {
  for (const std::string& broken : std::vector<std::string>{"", "{", "<html>", std::string(10'000, '[')}) {
    const FakeApi api([&](const http::Request&) { return json_response(200, broken); });
    const auto got = api.client().get(kPod);
    ASSERT_FALSE(got) << broken.substr(0, 10);
    EXPECT_EQ(got.error().code, Code::kMalformed);
  }
  for (const std::string strange : {"[]", "3", "{}", R"({"items":3})", R"({"items":[1]})"}) {
    const FakeApi api([&](const http::Request&) { return json_response(200, strange); });
    const auto list = api.client().list(resources::pods());
    ASSERT_FALSE(list) << strange;
    EXPECT_EQ(list.error().code, Code::kMalformed);
  }
}

TEST(Client, EndsACallAtItsDeadline) {
  RawApi api([](int, RawApi::Connection& connection) {
    connection.read_request();
    connection.wait_closed();  // never answers
  });
  auto settings = quick_settings();
  settings.call_deadline = 200ms;
  const auto began = std::chrono::steady_clock::now();
  const auto got = api.client(settings).get(kPod);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kTimeout) << got.error().message;
  EXPECT_GE(std::chrono::steady_clock::now() - began, 200ms);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

TEST(Client, RetriesEndAtTheDeadlineToo) {
  const FakeApi api([](const http::Request&) { return status_response(503, "ServiceUnavailable"); });
  auto settings = quick_settings();
  settings.call_deadline = 500ms;
  settings.max_tries = 1000;
  const auto got = api.client(settings).get(kPod);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kUnavailable);
  EXPECT_LT(api.count(), 6U);
}

TEST(Client, CanBeStoppedFromAnotherThread) {
  std::atomic<bool> asked{false};
  RawApi api([&](int, RawApi::Connection& connection) {
    connection.read_request();
    asked = true;
    connection.wait_closed();
  });
  std::stop_source source;
  auto client = api.factory().client(source.get_token());
  std::optional<Result<json::value>> got;
  std::jthread caller([&] { got = client.get(kPod); });
  ASSERT_TRUE(eventually([&] { return asked.load(); }));
  const auto began = std::chrono::steady_clock::now();
  source.request_stop();
  caller.join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, kTestPatience / 2);
  ASSERT_TRUE(got && !*got);
  EXPECT_TRUE(is_stopped(got->error()));
}

TEST(Client, RepeatsWhatIsHarmlessWhenTheConnectionBreaks) {
  RawApi api([](int number, RawApi::Connection& connection) {
    connection.read_request();
    if (number == 0) return;                               // closed before any answer
    if (number == 1) return connection.write("HTTP/1.1");  // in the middle of the head
    if (number == 2)
      return connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");  // of the body
    connection.write(http_answer(200, json::serialize(named("one", "1"))));
  });
  EXPECT_TRUE(api.client().apply(kPod, named("one", ""), {.field_manager = "ada"}));
  EXPECT_EQ(api.connections(), 4);
}

TEST(Client, DoesNotRepeatACreationThatMayHaveArrived) {
  RawApi api([](int, RawApi::Connection& connection) { connection.read_request(); });
  const auto made = api.client().create(resources::pods(), "lab", named("one", ""));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kUnavailable);
  EXPECT_EQ(api.connections(), 1);
}

TEST(Client, DoesNotRepeatACreationOnAConnectionThatWasKept) {
  std::atomic<int> creations{0};
  RawApi api([&](int, RawApi::Connection& connection) {
    for (auto request = connection.read_request(); !request.empty(); request = connection.read_request()) {
      if (request.starts_with("POST")) {
        ++creations;
        return;  // acted on, and then the connection broke
      }
      connection.write(http_answer(200, "{}"));
    }
  });
  auto client = api.client();
  ASSERT_TRUE(client.get(kPod));
  EXPECT_FALSE(client.create(resources::pods(), "lab", named("one", "")));
  EXPECT_EQ(creations, 1);
}

TEST(Client, TellsNoPasswordOfAProxy) {
  Config config{.server = "https://api.invalid", .proxy_url = "http://user:secret@[bad"};
  auto settings = quick_settings();
  settings.max_tries = 1;
  const auto got = ClientFactory(config, settings).client().get(kPod);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().message.find("secret"), std::string::npos) << got.error().message;
}

TEST(Client, RepeatsACreationThatWasNeverSent) {
  Config config{.server = "http://127.0.0.1:1"};  // nobody listens there
  auto settings = quick_settings();
  settings.max_tries = 3;
  const auto began = std::chrono::steady_clock::now();
  const auto made =
      ClientFactory(config, settings).client().create(resources::pods(), "lab", named("one", ""));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kUnavailable);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 300ms) << "two waits lie between three tries";
}

TEST(Client, AWriteThatMayNoLongerGoOutIsNotTriedAgain) {
  std::atomic<int> writes{0};
  RawApi api([&](int, RawApi::Connection& connection) {
    for (auto request = connection.read_request(); !request.empty(); request = connection.read_request()) {
      if (!request.starts_with("GET")) ++writes;
      connection.write(http_answer(request.starts_with("GET") ? 200 : 503, "{}"));
    }
  });
  auto settings = quick_settings();
  settings.max_tries = 5;
  auto client = api.client(settings);
  client.set_write_guard([&] { return writes < 2; });  // the lease is lost while the call waits to try again
  const auto applied = client.apply(kPod, named("one", ""), {.field_manager = "berth"});
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().slug, kMayNotWriteSlug);
  EXPECT_EQ(writes, 2);
  EXPECT_FALSE(client.remove(kPod));
  EXPECT_EQ(writes, 2);
  EXPECT_TRUE(client.get(kPod)) << "reading is always allowed";
}

TEST(Client, KeepsItsConnection) {
  std::atomic<int> answered{0};
  RawApi api([&](int, RawApi::Connection& connection) {
    while (!connection.read_request().empty()) {
      connection.write(http_answer(200, json::serialize(named("one", "1"))));
      ++answered;
    }
  });
  {
    auto client = api.client();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(client.get(kPod));
  }
  EXPECT_TRUE(eventually([&] { return answered == 20; }));
  EXPECT_EQ(api.connections(), 1);
}

TEST(Client, RefusesWhatCannotBeAsked) {
  const FakeApi api([](const http::Request&) { return json_response(200, "{}"); });
  auto client = api.client();
  EXPECT_EQ(client.get({resources::pods(), "lab", "../nodes"}).error().code, Code::kInvalid);
  EXPECT_EQ(client.apply(kPod, named("one", ""), {}).error().code, Code::kInvalid);
  EXPECT_EQ(client.raw_get("version").error().code, Code::kInvalid);
  EXPECT_EQ(client.raw_get("/a b\r\nX: 1").error().code, Code::kInvalid);
  EXPECT_EQ(api.count(), 0U);
}

}  // namespace
}  // namespace berth::kube
