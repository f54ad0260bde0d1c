#include "kube/discovery.hpp"

#include <gtest/gtest.h>

#include "kube/test_servers.hpp"

namespace berth::kube {
namespace {

json::object served(std::string_view plural, std::string_view kind, std::string_view scope) {
  return {{"resource", plural},
          {"responseKind", {{"group", ""}, {"version", "v1"}, {"kind", kind}}},
          {"scope", scope},
          {"verbs", {"get", "list"}},
          {"subresources", json::array{{{"subresource", "status"}, {"verbs", {"get"}}}}}};
}

json::object version(std::string_view name, const json::array& resources,
                     std::string_view freshness = "Current") {
  return {{"version", name}, {"resources", resources}, {"freshness", freshness}};
}

http::Response answer(const http::Request& request) {
  json::array groups;
  if (request.path == "/api") {
    groups.push_back(
        json::object{{"metadata", json::object{}},
                     {"versions", json::array{version("v1", {served("pods", "Pod", "Namespaced")})}}});
  } else {
    groups.push_back(
        json::object{{"metadata", {{"name", "things.example.com"}}},
                     {"versions", json::array{version("v2", {served("things", "Thing", "Cluster")}),
                                              version("v1", {served("things", "Thing", "Cluster")})}}});
    groups.push_back(
        json::object{{"metadata", {{"name", "down.example.com"}}},
                     {"versions", json::array{version("v1", {}, "Stale"), version("v2", {}, "Stale")}}});
  }
  return json_response(200,
                       json::serialize(json::object{{"kind", "APIGroupDiscoveryList"}, {"items", groups}}));
}

TEST(Discovery, TellsWhatIsServedAndWhatIsNotKnown) {
  const FakeApi api(answer);
  const auto discovery = api.client().discover();
  ASSERT_TRUE(discovery);
  EXPECT_TRUE(discovery->serves(resources::pods()));
  EXPECT_FALSE(discovery->serves(resources::routes()));
  EXPECT_EQ(discovery->find("things.example.com", "things"), (Resource{.group = "things.example.com",
                                                                       .version = "v2",
                                                                       .plural = "things",
                                                                       .kind = "Thing",
                                                                       .namespaced = false}));
  EXPECT_EQ(discovery->stale_groups, std::vector<std::string>{"down.example.com"});
  EXPECT_EQ(discovery->served.at(0).subresources, std::vector<std::string>{"status"});
  EXPECT_EQ(api.count(), 2U);
}

TEST(Discovery, SaysWhenTheServerIsTooOld) {
  const FakeApi api(
      [](const http::Request&) { return json_response(200, R"({"kind":"APIVersions","versions":["v1"]})"); });
  const auto discovery = api.client().discover();
  ASSERT_FALSE(discovery);
  EXPECT_EQ(discovery.error().code, Code::kMalformed);
  EXPECT_NE(discovery.error().message.find("1.30"), std::string::npos);
}

}  // namespace
}  // namespace berth::kube
