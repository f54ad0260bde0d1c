// What the cluster's API warns of comes into the log.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "reconciler/executor.hpp"

namespace berth::reconciler {
namespace {

constexpr std::string_view kLogged = "the cluster's API warns";

/// Takes every write, and warns of it in two ways: as of all others, and of its name. Reads find nobody.
class WarningLink final : public kube::Transport {
 public:
  kube::Exchange exchange(const kube::HttpRequest& request, const kube::ExchangeLimits&,
                          const std::stop_token&) override {
    if (request.method != "PATCH") {
      Error away;
      away.code = Code::kUnavailable;
      away.message = "nobody answers";
      return tl::unexpected(kube::TransportError{std::move(away), true, false});
    }
    kube::HttpResponse answer;
    answer.status = 200;
    answer.content_type = "application/json";
    answer.warnings = {"this version is deprecated", "odd name in " + request.target};
    answer.body = request.body;
    return answer;
  }
};

class Warnings : public testing::Test {
 protected:
  Warnings() {
    std::filesystem::remove(path_);
    std::vector<Worker> workers;
    workers.push_back({nullptr, ClusterWrites(factory_.client(), observer_, "test")});
    executor_ = std::make_unique<Executor>(
        std::move(workers), [] { return true; }, [] {},
        Log::to_file("reconciler", LogLevel::kWarning, path_.string()));
  }
  ~Warnings() override { std::filesystem::remove(path_); }

  void apply(const std::string& name) {
    json::object body{{"apiVersion", "v1"},
                      {"kind", "ConfigMap"},
                      {"metadata", json::object{{"name", name}, {"namespace", "lab"}}}};
    const kubeschema::Resource kind{"", "v1", "configmaps", "ConfigMap", true};
    planning::Plan plan;
    plan.fences.push_back({manifests::Object{kind, "lab", name, std::move(body)}});
    const auto report = executor_->execute(store::Lead{}, plan);
    EXPECT_TRUE(report.failed.empty());
  }

  std::size_t logged() const {
    std::ifstream file(path_);
    std::size_t lines = 0;
    for (std::string line; std::getline(file, line);) {
      if (line.find(kLogged) != std::string::npos) ++lines;
    }
    return lines;
  }

 private:
  const std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) / fmt::format("berth-warnings-{}.log", getpid());
  kube::ClientFactory factory_{
      []() -> std::unique_ptr<kube::Transport> { return std::make_unique<WarningLink>(); },
      kube::ClientSettings{}};
  Observer observer_{factory_, "test", kube::Discovery{}, [] {}, Log::silent()};
  std::unique_ptr<Executor> executor_;
};

TEST_F(Warnings, AreLoggedOnceEach) {
  apply("one");
  EXPECT_EQ(logged(), 2U);
  apply("one");
  EXPECT_EQ(logged(), 2U);
  apply("two");
  EXPECT_EQ(logged(), 3U);
}

TEST_F(Warnings, DoNotFillTheLog) {
  for (std::size_t i = 0; i < kMaxWarningsLogged + 20; ++i) apply(fmt::format("n{}", i));
  EXPECT_EQ(logged(), kMaxWarningsLogged);
}

}  // namespace
}  // namespace berth::reconciler
