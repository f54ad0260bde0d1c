#include <gtest/gtest.h>

#include "planning/planning.hpp"

namespace berth::planning {
namespace {

using namespace std::chrono_literals;

const Instant kStart = *parse_rfc3339("2026-11-24T14:00:00Z");

TEST(Sweep, OnlyWhatIsOursAndHasNoSessionIsRemoved) {
  SweepInput input;
  input.installation = "ours";
  input.namespaces = {{"berth-s-live", "1", "ours", false, {}},
                      {"berth-s-orphan", "2", "ours", false, {}},
                      {"berth-s-going", "3", "ours", true, {}},
                      {"berth-s-theirs", "4", "theirs", false, {}},
                      {"berth-s-nobodys", "5", "", false, {}}};
  input.live_namespaces = {"berth-s-live"};
  int removed = 0;
  int reported = 0;
  for (const auto& action : plan_sweep(input)) {
    if (const auto* remove = std::get_if<RemoveNamespace>(&action)) {
      ++removed;
      EXPECT_EQ(remove->name, "berth-s-orphan");
    }
    reported += std::holds_alternative<ReportFinding>(action);
  }
  EXPECT_EQ(removed, 1);
  EXPECT_EQ(reported, 2);
}

TEST(Sweep, ANodeOutsideOfTheDeclaredRangesIsToldUntilTheyHoldIt) {
  SweepInput input;
  input.installation = "ours";
  input.nodes = {{"gpu-node-1", {"10.244.0.0/24"}, {"192.0.2.10"}},
                 {"gpu-node-2", {"10.129.0.0/24"}, {"198.51.100.7"}}};
  EXPECT_TRUE(plan_sweep(input).empty()) << "no session is fenced by it";
  model::Cluster cluster;
  cluster.pod_ranges = {"10.128.0.0/14"};
  cluster.node_ranges = {"192.0.2.0/24"};
  input.cluster = cluster;
  const auto told = plan_sweep(input);
  ASSERT_EQ(told.size(), 2U);
  const auto& pods = std::get<ReportFinding>(told[0]);
  EXPECT_EQ(pods.kind, "node_outside_ranges");
  EXPECT_EQ(pods.object, "nodes/gpu-node-1");
  EXPECT_EQ(pods.detail,
            "Its pods are in 10.244.0.0/24, which no range of pod_ranges holds. Sessions can reach it.");
  EXPECT_EQ(std::get<ReportFinding>(told[1]).detail,
            "Its address is 198.51.100.7, which no range of node_ranges holds. Sessions can reach it.");

  input.open_findings = {{"node_outside_ranges", "nodes/gpu-node-1"},
                         {"node_outside_ranges", "nodes/gpu-node-2"}};
  EXPECT_TRUE(plan_sweep(input).empty()) << "told already";
  input.cluster.reset();
  EXPECT_TRUE(plan_sweep(input).empty()) << "not looked at is not resolved";
  cluster.pod_ranges.emplace_back("10.244.0.0/16");
  input.cluster = cluster;
  const auto resolved = plan_sweep(input);
  ASSERT_EQ(resolved.size(), 1U);
  EXPECT_EQ(std::get<ResolveFinding>(resolved[0]).object, "nodes/gpu-node-1");
}

TEST(Sweep, ANamespaceThatIsHeldUpIsToldWhetherItsSessionIsOverOrNot) {
  SweepInput input;
  input.installation = "ours";
  input.namespaces = {{"berth-s-live", "1", "ours", true, "Its end is held up. x."},
                      {"berth-s-over", "2", "ours", true, "Its end is held up. y."},
                      {"berth-s-theirs", "3", "theirs", true, "Its end is held up. z."}};
  input.live_namespaces = {"berth-s-live"};
  std::vector<std::string> told;
  for (const auto& action : plan_sweep(input)) {
    const auto* report = std::get_if<ReportFinding>(&action);
    ASSERT_NE(report, nullptr) << "nothing is removed a second time";
    if (report->kind == "stuck_namespace") told.push_back(report->object + ": " + report->detail);
  }
  EXPECT_EQ(told, (std::vector<std::string>{"berth-s-live: Its end is held up. x.",
                                            "berth-s-over: Its end is held up. y."}));
  input.namespaces.clear();
  input.open_findings = {{"stuck_namespace", "berth-s-over"}};
  const auto over = plan_sweep(input);
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(std::get<ResolveFinding>(over[0]).object, "berth-s-over");
}

TEST(Sweep, ANamespaceThatTakesLongIsToldThoughItDoesNotSayWhy) {
  SweepInput input;
  input.installation = "ours";
  input.now = Instant{} + hours{24};
  const auto ending = [&](seconds since, std::vector<std::string> holders) {
    NamespaceSeen space{"berth-s-over", "1", "ours", true};
    space.ending_since = input.now - since;
    space.holders = std::move(holders);
    input.namespaces = {std::move(space)};
    const auto actions = plan_sweep(input);
    return actions.empty() ? std::string() : std::get<ReportFinding>(actions.at(0)).detail;
  };
  EXPECT_EQ(ending(kLongEnding - seconds{1}, {"pods job-x (finalizer batch.kubernetes.io/job-tracking)"}),
            "");
  EXPECT_EQ(ending(kLongEnding, {"pods job-x (finalizer batch.kubernetes.io/job-tracking)"}),
            "Its end takes longer than 5 minutes. Held by pods job-x (finalizer "
            "batch.kubernetes.io/job-tracking).");
  EXPECT_EQ(ending(kLongEnding, {}), "Its end takes longer than 5 minutes. The cluster does not say why.");
  input.open_findings = {{"stuck_namespace", "berth-s-over"}};
  EXPECT_EQ(ending(kLongEnding, {}), "") << "told already";
}

TEST(Sweep, FindingsOfOthersAreNotItsToResolve) {
  SweepInput input;
  input.installation = "ours";
  input.open_findings = {{"shared_object_differs", "validatingadmissionpolicies/berth-pods"}};
  EXPECT_TRUE(plan_sweep(input).empty());
}

TEST(Sweep, WhatCannotBeReadIsToldOnceAndNoLongerWhenItCan) {
  SweepInput input;
  input.installation = "ours";
  input.namespaces = {{"berth-s-newer", "1", "ours", false, {}}};
  input.live_namespaces = {"berth-s-newer"};
  input.unreadable = {{"newer_version", "berth-s-newer", "made by a newer version: step \"cache_warm\""}};
  const auto told = plan_sweep(input);
  ASSERT_EQ(told.size(), 1U) << "and its namespace stays";
  const auto& finding = std::get<ReportFinding>(told[0]);
  EXPECT_EQ(finding.kind, "newer_version");
  EXPECT_EQ(finding.object, "berth-s-newer");
  EXPECT_EQ(finding.detail, "made by a newer version: step \"cache_warm\"");
  input.open_findings = {{"newer_version", "berth-s-newer"}};
  EXPECT_TRUE(plan_sweep(input).empty());
  input.unreadable.clear();
  const auto resolved = plan_sweep(input);
  ASSERT_EQ(resolved.size(), 1U);
  EXPECT_EQ(std::get<ResolveFinding>(resolved[0]).object, "berth-s-newer");
}

TEST(Sweep, IsDueAtOnceWhenOtherRowsCannotBeReadThanWereTold) {
  Desired desired;
  desired.findings = {{"foreign_namespace", "x"}};
  EXPECT_FALSE(tells_news_of_rows(desired));
  desired.unreadable = {{"newer_version", "berth-s-newer", "made by a newer version"}};
  EXPECT_TRUE(tells_news_of_rows(desired));
  desired.findings.push_back({"newer_version", "berth-s-newer"});
  EXPECT_FALSE(tells_news_of_rows(desired));
  desired.unreadable.clear();
  EXPECT_TRUE(tells_news_of_rows(desired));
}

TEST(Sweep, WhatIsNewerThanTheDatabaseWasMadeByOneThatKnewMore) {
  SweepInput input;
  input.installation = "ours";
  input.newest_session = kStart;
  input.namespaces = {{"berth-s-lost", "1", "ours", false, {}, kStart + 1s}};
  auto actions = plan_sweep(input);
  ASSERT_EQ(actions.size(), 1U);
  const auto* told = std::get_if<ReportFinding>(&actions.front());
  ASSERT_NE(told, nullptr) << "a restored backup must not remove what it does not know";
  EXPECT_EQ(told->object, "berth-s-lost");

  // New sessions make the database look newer, and another leader begins: what was said holds.
  input.newest_session = kStart + 1h;
  input.open_findings = {{told->kind, told->object}};
  EXPECT_TRUE(plan_sweep(input).empty());
}

TEST(Sweep, WhatIsOlderAndHasNoRowIsRemovedAndSoIsWhatHasALaterRowThatIsOver) {
  SweepInput input;
  input.installation = "ours";
  input.newest_session = kStart;
  input.namespaces = {{"berth-s-old", "1", "ours", false, {}, kStart - 1h},
                      {"berth-s-over", "2", "ours", false, {}, kStart + 1h}};
  input.gone_namespaces = {"berth-s-over"};
  const auto actions = plan_sweep(input);
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<RemoveNamespace>(actions[0]));
  EXPECT_TRUE(std::holds_alternative<RemoveNamespace>(actions[1]));
}

TEST(Sweep, AGrantOfAGoneSessionIsToldOnceAndTriedEachTime) {
  SweepInput input;
  input.gone_namespaces = {"berth-s-gone"};
  GrantSeen grant;
  grant.kind = {"rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false};
  grant.name = "left-over";
  grant.namespace_name = "berth-s-gone";
  grant.account = "workspace";
  input.grants = {grant};
  auto actions = plan_sweep(input);
  ASSERT_EQ(actions.size(), 2U);
  const auto* told = std::get_if<ReportFinding>(&actions.front());
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->object, "clusterrolebindings/left-over");
  EXPECT_NE(std::get_if<RemoveGrant>(&actions.back()), nullptr);

  input.open_findings = {{told->kind, told->object}};
  actions = plan_sweep(input);
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_NE(std::get_if<RemoveGrant>(&actions.front()), nullptr);
}

TEST(Sweep, AFindingIsReportedOnceAndResolvedWhenItIsGone) {
  SweepInput input;
  input.installation = "ours";
  input.namespaces = {{"berth-s-theirs", "4", "theirs", false, {}}};
  input.open_findings = {{"foreign_namespace", "berth-s-theirs"}, {"foreign_namespace", "berth-s-past"}};
  const auto actions = plan_sweep(input);
  ASSERT_EQ(actions.size(), 1U);
  const auto* resolved = std::get_if<ResolveFinding>(&actions.front());
  ASSERT_NE(resolved, nullptr);
  EXPECT_EQ(resolved->object, "berth-s-past");
}

}  // namespace
}  // namespace berth::planning
