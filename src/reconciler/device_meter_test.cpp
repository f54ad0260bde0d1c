// How busy devices are: whom the meter asks, and what it makes of those that do not answer.
#include "reconciler/device_meter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/json.hpp"
#include "testsupport/must.hpp"

namespace berth::reconciler {
namespace {

using namespace std::chrono_literals;
using testsupport::must;

json::value pod(const std::string& name, const std::string& address, const std::string& phase = "Running") {
  return {{"metadata", {{"name", name}, {"namespace", "gpu-operator"}}},
          {"status", {{"phase", phase}, {"podIP", address}}}};
}

std::string engine(const std::string& space, const std::string& value) {
  return "DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID=\"GPU-a\",namespace=\"" + space + "\"} " + value + "\n";
}

/// An API server that lists these pods, and keeps what it was asked.
class Listing final : public kube::Transport {
 public:
  Listing(json::array pods, std::shared_ptr<std::string> asked)
      : pods_(std::move(pods)), asked_(std::move(asked)) {}
  kube::Exchange exchange(const kube::HttpRequest& request, const kube::ExchangeLimits&,
                          const std::stop_token&) override {
    *asked_ = request.target;
    const json::value list{{"apiVersion", "v1"},
                           {"kind", "PodList"},
                           {"metadata", {{"resourceVersion", "7"}}},
                           {"items", pods_}};
    return kube::HttpResponse{.status = 200, .content_type = "application/json", .body = serialize(list)};
  }

 private:
  json::array pods_;
  std::shared_ptr<std::string> asked_;
};

class DevicesMeasured : public testing::Test {
 protected:
  kube::ClientFactory cluster(json::array pods) const {
    return {[pods = std::move(pods), asked = asked_] { return std::make_unique<Listing>(pods, asked); }, {}};
  }
  Result<Measured> measure(json::array pods) {
    auto client = cluster(std::move(pods)).client();
    return measure_devices(
        client, exporter_,
        [this](const std::string& server, const std::stop_token&) { return answer(server); }, {});
  }
  Result<std::string> answer(const std::string& server) {
    const auto found = texts_.find(server);
    if (found == texts_.end()) return fail(Code::kUnavailable, "nobody listens");
    return found->second;
  }

  model::DcgmExporter exporter_{.namespace_name = "gpu-operator"};
  std::shared_ptr<std::string> asked_ = std::make_shared<std::string>();
  std::map<std::string, std::string> texts_;
};

TEST_F(DevicesMeasured, OfEachNodeAndTheBusiestOfASession) {
  texts_ = {{"http://10.0.0.1:9400", engine("berth-s-one", "0.2") + engine("berth-s-two", "0")},
            {"http://[fd00::2]:9400", engine("berth-s-one", "0.5") + engine("kube-system", "1")}};
  const auto measured = must(
      measure({pod("a", "10.0.0.1"), pod("b", "fd00::2"), pod("c", "10.0.0.3", "Pending"), pod("d", "")}));
  EXPECT_EQ(measured.busy, (std::map<std::string, int>{{"berth-s-one", 500}, {"berth-s-two", 0}}));
  EXPECT_EQ(measured.trouble, "");
  EXPECT_EQ(asked_->find("/api/v1/namespaces/gpu-operator/pods?"), 0U) << *asked_;
  EXPECT_NE(asked_->find("labelSelector=app%3Dnvidia-dcgm-exporter"), std::string::npos) << *asked_;
}

TEST_F(DevicesMeasured, WhereSomeDoNotAnswerTheOthersCountAndItIsTold) {
  texts_ = {{"http://10.0.0.2:9400", engine("berth-s-two", "0.1")}};
  const auto measured = must(measure({pod("a", "10.0.0.1"), pod("b", "10.0.0.2"), pod("c", "10.0.0.3")}));
  EXPECT_EQ(measured.busy, (std::map<std::string, int>{{"berth-s-two", 100}}));
  EXPECT_EQ(measured.trouble, "exporter a does not answer: nobody listens (and 1 more)");
}

TEST_F(DevicesMeasured, WithoutAnyExporterItIsToldWhichWasLookedFor) {
  const auto measured = measure({pod("a", "10.0.0.1", "Failed")});
  ASSERT_FALSE(measured);
  EXPECT_EQ(measured.error().message,
            "no pod with label app=nvidia-dcgm-exporter runs in namespace gpu-operator");
}

TEST_F(DevicesMeasured, TheMeterAsksAgainAndAgainWhomItIsToldAndNobodyElse) {
  texts_ = {{"http://10.0.0.1:9400", engine("berth-s-one", "0.2")}};
  std::atomic<int> fetched = 0;
  DeviceMeter meter(cluster({pod("a", "10.0.0.1")}), Log::silent(), 1ms,
                    [&](const std::string& server, const std::stop_token&) {
                      ++fetched;
                      return answer(server);
                    });
  EXPECT_TRUE(meter.take().empty());
  EXPECT_EQ(fetched, 0);
  meter.ask(exporter_);
  const auto until = std::chrono::steady_clock::now() + 30s;
  std::vector<store::DeviceSample> samples;
  while (samples.empty() && std::chrono::steady_clock::now() < until) {
    samples = meter.take();
    std::this_thread::yield();
  }
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_EQ(samples[0].namespace_name, "berth-s-one");
  EXPECT_EQ(samples[0].busy_permille, 200);
  EXPECT_GE(samples[0].age, Duration(0));
  meter.ask(std::nullopt);
  while (!meter.take().empty() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_TRUE(meter.take().empty());
  EXPECT_GE(fetched, 1);
}

}  // namespace
}  // namespace berth::reconciler
