// The role beside a cluster that is not all there: an API group whose server has not come back yet, a watch
// that fails while the rest goes on.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "reconciler/test_role.hpp"

namespace berth::reconciler {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// A cluster whose discovery says of one group that its server did not answer.
class StaleLink final : public kube::Transport {
 public:
  StaleLink(simcluster::SimCluster& cluster, std::string group)
      : link_(cluster, nullptr), group_(std::move(group)) {}

  kube::Exchange exchange(const kube::HttpRequest& request, const kube::ExchangeLimits& limits,
                          const std::stop_token& stop) override {
    auto answer = link_.exchange(request, limits, stop);
    if (!answer || request.target != "/apis") return answer;
    auto document = must(parse_json(answer->body));
    for (auto& group : document.at("items").as_array()) {
      if (string_at(group, {"metadata", "name"}) != group_) continue;
      for (auto& version : group.at("versions").as_array()) {
        version.as_object()["freshness"] = "Stale";
        version.as_object()["resources"] = json::array();
      }
    }
    answer->body = json::serialize(document);
    return answer;
  }

 private:
  TestLink link_;
  std::string group_;
};

class UnheardTest : public RoleTest {
 protected:
  Settings impatient() {
    auto out = settings();
    out.cycle_every = 200ms;
    out.unheard_too_long = 1s;
    return out;
  }
  std::string problem() {
    static constexpr pg::Query kProblem{"test_problem",
                                        "SELECT problem AS x FROM berth.heartbeat WHERE cluster = $1"};
    const auto rows = must(owner_.exec(kProblem, "default"));
    return rows.empty() ? "" : rows.front().get<std::string>("x");
  }
};

TEST_F(UnheardTest, AClusterThatDoesNotKnowYetWhatItServesIsWaitedFor) {
  const auto create = [&](const std::string& group) {
    const kube::ClientFactory stale([&, group] { return std::make_unique<StaleLink>(*cluster_, group); }, {});
    return Reconciler::create(settings(), stale, Log::silent());
  };
  const auto made = create("route.openshift.io");
  ASSERT_FALSE(made) << "it would have taken it for a cluster without routes";
  EXPECT_EQ(made.error().code, Code::kUnavailable);
  EXPECT_THAT(made.error().message, HasSubstr("route.openshift.io"));
  EXPECT_TRUE(create("storage.k8s.io")) << "nothing here depends on it";
}

TEST_F(UnheardTest, AWatchThatFailsHoldsUpStartsAndNothingElseAndIsSaid) {
  const Running role(must(Reconciler::create(impatient(), clients(), Log::silent())));
  const auto old = book_now();
  ASSERT_TRUE(comes_true([&] { return phase(old) == "Ready"; })) << phase(old);
  EXPECT_EQ(problem(), "");

  for (const auto* verb : {"list", "watch"}) {
    simcluster::Fault fault;
    fault.verb = verb;
    fault.resource = "limitranges";
    fault.code = 403;
    fault.reason = "Forbidden";
    fault.times = -1;
    must(cluster_->add_fault(fault));
  }
  cluster_->cut_watches(false);
  ASSERT_TRUE(comes_true([&] { return problem().find("limitranges") != std::string::npos; })) << problem();
  const auto coming = book_now();
  end(old);
  ASSERT_TRUE(comes_true([&] { return phase(old) == "Gone"; })) << phase(old);
  EXPECT_EQ(phase(coming), "") << "it would be started on a picture that may be past";

  cluster_->clear_faults();
  EXPECT_TRUE(comes_true([&] { return phase(coming) == "Ready"; })) << phase(coming);
  EXPECT_TRUE(comes_true([&] { return problem().empty(); })) << problem();
}

}  // namespace
}  // namespace berth::reconciler
