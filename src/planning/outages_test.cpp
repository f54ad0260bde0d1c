// What is declared against what nodes say: which trouble is told, and what it takes out of the calendar.
#include "planning/outages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::planning {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr auto kNode = "gpu-node-1";

class DeclaredAndAdvertised : public testing::Test {
 protected:
  DeclaredAndAdvertised() {
    desired_.now = Instant(1000s);
    unit(1, "gpu1", "nvidia.com/gpu", 1);
    offer({{"nvidia.com/gpu", 4}});
    has_labels({});
  }
  DeclaredUnit& unit(std::int64_t id, const std::string& name, const std::string& resource,
                     std::int64_t device) {
    desired_.units.push_back({{id}, name, kNode, resource, 4, false, false, true, {device}});
    return desired_.units.back();
  }
  void offer(std::map<std::string, std::int64_t> gpus) {
    observed_.nodes[kNode] = true;
    observed_.node_gpus[kNode] = std::move(gpus);
  }
  void has_labels(const json::object& labels) {
    observed_.node_objects[kNode] =
        std::make_shared<const json::value>(json::object{{"metadata", json::object{{"labels", labels}}}});
  }
  /// What was told is in the rows, since so long.
  void told(Duration since) {
    desired_.findings.clear();
    const auto keep = plan_outages(desired_, observed_);
    ASSERT_TRUE(keep);
    for (const auto& one : keep->report)
      desired_.findings.push_back({one.kind, one.object, desired_.now - since});
  }
  std::vector<std::string> reported() {
    std::vector<std::string> lines;
    if (const auto keep = plan_outages(desired_, observed_)) {
      for (const auto& one : keep->report) lines.push_back(one.kind + " " + one.object + ": " + one.detail);
    }
    return lines;
  }
  std::vector<std::int64_t> begun() {
    std::vector<std::int64_t> units;
    if (const auto keep = plan_outages(desired_, observed_)) {
      for (const auto& one : keep->begin) units.push_back(one.unit.value);
    }
    return units;
  }

  Desired desired_;
  Observed observed_;
};

TEST_F(DeclaredAndAdvertised, WhatIsAsDeclaredIsNothingToDo) {
  desired_.units.front().labels = {{"nvidia.com/gpu.product", "X"}};
  has_labels({{"nvidia.com/gpu.product", "X"}, {"more", "there"}});
  EXPECT_FALSE(plan_outages(desired_, observed_));
}

TEST_F(DeclaredAndAdvertised, ALabelThatIsGoneOrAnotherIsAFindingAtOnceAndAnOutageWhenItLasts) {
  desired_.units.front().labels = {{"nvidia.com/gpu.product", "X"}, {"zone", "a"}};
  has_labels({{"zone", "b"}});
  EXPECT_THAT(
      reported(),
      ElementsAre(
          "label_differs nodes/gpu-node-1/labels/nvidia.com/gpu.product: Node gpu-node-1 has no label "
          "nvidia.com/gpu.product, and X is declared.",
          "label_differs nodes/gpu-node-1/labels/zone: Node gpu-node-1 has label zone=b, and a is "
          "declared."));
  EXPECT_THAT(begun(), IsEmpty());
  told(kOutageGrace - 1s);
  EXPECT_THAT(begun(), IsEmpty());
  told(kOutageGrace);
  EXPECT_THAT(begun(), ElementsAre(1));
}

TEST_F(DeclaredAndAdvertised, WhatHealsIsResolvedAndItsUnitsAreBack) {
  desired_.units.front().labels = {{"zone", "a"}};
  told(kOutageGrace);
  desired_.units.front().out = true;
  has_labels({{"zone", "a"}});
  const auto keep = plan_outages(desired_, observed_);
  ASSERT_TRUE(keep);
  EXPECT_THAT(keep->end, ElementsAre(model::UnitId{1}));
  ASSERT_EQ(keep->resolve.size(), 1U);
  EXPECT_EQ(keep->resolve.front().object, "nodes/gpu-node-1/labels/zone");
}

TEST_F(DeclaredAndAdvertised, AnotherTroubleOfAUnitThatIsOutKeepsItOut) {
  auto& unit = desired_.units.front();
  unit.labels = {{"zone", "a"}};
  unit.out = true;
  offer({{"nvidia.com/gpu", 0}});
  has_labels({{"zone", "a"}});
  const auto keep = plan_outages(desired_, observed_);
  ASSERT_TRUE(keep);
  EXPECT_THAT(keep->end, IsEmpty());
}

TEST_F(DeclaredAndAdvertised, ACardOfTwoLayoutsIsAwayWhenItOffersNothingOfEither) {
  desired_.units.clear();
  unit(1, "gpu0", "nvidia.com/gpu", 7).has_siblings = true;
  unit(2, "gpu0-slice0", "nvidia.com/mig-1g.24gb", 7).has_siblings = true;
  offer({{"nvidia.com/mig-1g.24gb", 2}});
  EXPECT_THAT(reported(), IsEmpty()) << "its other layout is on";
  offer({{"nvidia.com/gpu", 0}});
  EXPECT_THAT(reported(), testing::SizeIs(2));
  told(kOutageGrace);
  EXPECT_THAT(begun(), ElementsAre(1, 2));
}

TEST_F(DeclaredAndAdvertised, TheNextLookIsWhenTheFirstHasLasted) {
  EXPECT_FALSE(next_outage(desired_));
  desired_.findings = {{"label_differs", "a", desired_.now - 10s},
                       {"devices_missing", "b", desired_.now - 20s},
                       {"node_away", "c", desired_.now - 2 * kOutageGrace},
                       {"stuck_namespace", "d", desired_.now - 40s}};
  EXPECT_EQ(next_outage(desired_), desired_.now - 20s + kOutageGrace);
}

TEST_F(DeclaredAndAdvertised, NothingIsSaidWhileTheWatchesAreNotHeard) {
  offer({});
  observed_.watch_trouble = "what is known of nodes may be long past";
  EXPECT_FALSE(plan_outages(desired_, observed_));
}

}  // namespace
}  // namespace berth::planning
