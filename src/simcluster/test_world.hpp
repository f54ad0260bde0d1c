// A simulated cluster without server and without waiting, for tests: time moves only when it is told to.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "simcluster/api.hpp"
#include "simcluster/seed.hpp"
#include "simcluster/world.hpp"

namespace berth::simcluster {

class ManualClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  void advance(Duration by) { now_ += by; }

 private:
  Instant now_ = *parse_rfc3339("2026-11-22T12:00:00Z");
};

inline Settings test_settings(Delays delays = Delays::none()) {
  Settings settings;
  settings.seed = 7;
  settings.delays = delays;
  settings.nodes.push_back({.name = "gpu-1",
                            .capacity = {{"cpu", "16"}, {"memory", "64Gi"}, {"nvidia.com/gpu", "4"}},
                            .allocatable = {},
                            .labels = {},
                            .taints = {},
                            .internal_ip = "192.0.2.10"});
  return settings;
}

inline json::value parsed(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : json::value();
}

struct Reply {
  int status;
  json::value body;
  std::string reason() const { return string_at(body, {"reason"}); }
  std::string message() const { return string_at(body, {"message"}); }
  std::string at(std::initializer_list<std::string_view> path) const { return string_at(body, path); }
};

class TestWorld {
 public:
  explicit TestWorld(Settings settings = test_settings())
      : settings_(std::move(settings)),
        random_(settings_.seed),
        world_(settings_, clock, random_, faults, Log::silent()) {
    seed(world_);
  }

  Reply send(std::string_view method, std::string_view path_and_query, std::string_view body = "",
             std::string_view content_type = "application/json",
             std::string_view accept = "application/json") {
    ApiRequest request;
    request.method = method;
    request.path = path_and_query.substr(0, path_and_query.find('?'));
    if (const auto mark = path_and_query.find('?'); mark != std::string_view::npos) {
      auto rest = path_and_query.substr(mark + 1);
      while (!rest.empty()) {
        const auto one = rest.substr(0, rest.find('&'));
        const auto equals = one.find('=');
        request.query.emplace_back(one.substr(0, equals), equals == std::string_view::npos
                                                              ? std::string_view{}
                                                              : one.substr(equals + 1));
        rest =
            rest.find('&') == std::string_view::npos ? std::string_view{} : rest.substr(rest.find('&') + 1);
      }
    }
    request.body = body;
    request.content_type = content_type;
    request.accept = accept;
    request.user_agent = "tester/1.0";
    const auto reply = answer(world_, request);
    auto value = parse_json(reply.body, 64);
    return {reply.status, value ? *value : json::value(reply.body)};
  }
  Reply get(std::string_view path) { return send("GET", path); }
  Reply post(std::string_view path, std::string_view body) { return send("POST", path, body); }
  Reply put(std::string_view path, std::string_view body) { return send("PUT", path, body); }
  Reply merge(std::string_view path, std::string_view body) {
    return send("PATCH", path, body, "application/merge-patch+json");
  }
  Reply remove(std::string_view path, std::string_view body = "") { return send("DELETE", path, body); }
  Reply apply(std::string_view path, std::string_view body, std::string_view manager = "berth",
              bool force = false) {
    return send("PATCH",
                std::string(path) + "?fieldManager=" + std::string(manager) + (force ? "&force=true" : ""),
                body, "application/apply-patch+yaml");
  }

  void make_namespace(const std::string& name) {
    const auto made = post("/api/v1/namespaces",
                           R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":")" + name + "\"}}");
    EXPECT_EQ(made.status, 201) << made.message();
  }

  /// Time passes, and what is due by then is done.
  void advance(Duration by) {
    clock.advance(by);
    world_.wake();
    settle(world_);
  }
  /// Everything is looked at again, as after a change of faults.
  void look_again() {
    for (const auto& ns : world_.store().list("namespaces")) world_.touch(name_of(*ns));
    world_.touch("");
    settle(world_);
  }
  World& world() { return world_; }

  ManualClock clock;
  Faults faults;

 private:
  Settings settings_;
  SeededRandom random_;
  World world_;
};

}  // namespace berth::simcluster
