// Who gets a kubeconfig, for how long, and who nothing.
#include "planning/kubeconfigs.hpp"

#include <gtest/gtest.h>

#include "manifests/names_and_labels.hpp"
#include "planning/situation_for_test.hpp"

namespace berth::planning {
namespace {

using model::SessionPhase;

class Kubeconfigs : public testing::Test {
 protected:
  Kubeconfigs() { it_.up(); }

  KubeconfigRequest& ask() {
    KubeconfigRequest request;
    request.id = "request-" + std::to_string(it_.desired.kubeconfigs.size() + 1);
    request.reservation = it_.wanted().booked.reservation.id;
    request.asked_by = it_.wanted().booked.reservation.owner;
    request.key[0] = std::byte{7};
    request.asked_at = it_.desired.now - 1s;
    return it_.desired.kubeconfigs.emplace_back(request);
  }
  std::vector<Action> planned() { return plan_kubeconfigs(it_.desired, it_.observed); }
  AnswerKubeconfig answered() {
    const auto actions = planned();
    EXPECT_EQ(actions.size(), 1U);
    return std::get<AnswerKubeconfig>(actions.at(0));
  }
  /// Why the one that was asked for is dropped; empty where it is not.
  std::string dropped() {
    const auto actions = planned();
    if (actions.size() != 1) return "";
    const auto* drop = std::get_if<DropKubeconfig>(&actions[0]);
    return drop == nullptr ? "" : drop->reason;
  }

  Situation it_;
};

TEST_F(Kubeconfigs, OfTheOwnerAreOfTheSessionsAccountUntilItsEnd) {
  const auto request = ask();
  const auto answer = answered();
  EXPECT_EQ(answer.request, request.id);
  EXPECT_EQ(answer.key, request.key);
  EXPECT_EQ(answer.namespace_name, it_.space());
  EXPECT_EQ(answer.account, "workspace");
  EXPECT_EQ(answer.lifetime, it_.end() - it_.desired.now);
  EXPECT_EQ(answer.api_url, "");
}

TEST_F(Kubeconfigs, SayWhereTheClusterIsReachedFromOutside) {
  ask();
  it_.wanted().booked.cluster.api_url = "https://api.lab.example:6443";
  it_.wanted().booked.cluster.api_authority = "system";
  EXPECT_EQ(answered().api_url, "https://api.lab.example:6443");
  EXPECT_EQ(answered().api_authority, "system");
}

TEST_F(Kubeconfigs, ShortlyBeforeTheEndAreAskedForTenMinutesAsTheApiWantsIt) {
  ask();
  it_.at(it_.end() - 30s);
  it_.desired.kubeconfigs.front().asked_at = it_.desired.now;
  EXPECT_EQ(answered().lifetime, 600s);
}

TEST_F(Kubeconfigs, AreThereForOneThatIsDegradedToo) {
  ask();
  it_.wanted().session.phase = SessionPhase::kDegraded;
  answered();
}

TEST_F(Kubeconfigs, AreForNobodyElse) {
  ask().asked_by = model::UserId{"somebody-else"};
  EXPECT_EQ(dropped(), "it is not for whoever asked");
  it_.desired.kubeconfigs.clear();
  ask();
  it_.wanted().booked.may_enter.clear();  // its owner was disabled
  EXPECT_EQ(dropped(), "it is not for whoever asked");
}

TEST_F(Kubeconfigs, AreDroppedAfterTheEndOrWithItAskedFor) {
  ask();
  it_.wanted().booked.reservation.end_requested_at = it_.desired.now;
  EXPECT_EQ(dropped(), "its reservation is over");
  it_.wanted().booked.reservation.end_requested_at.reset();
  it_.at(it_.end());
  it_.desired.kubeconfigs.front().asked_at = it_.desired.now - 1s;
  EXPECT_EQ(dropped(), "its reservation is over");
}

TEST_F(Kubeconfigs, AreDroppedWhereThereIsNoSessionThatIsUp) {
  ask();
  for (const auto phase : {SessionPhase::kStarting, SessionPhase::kStopping}) {
    it_.wanted().session.phase = phase;
    EXPECT_EQ(dropped(), "its session is not ready");
  }
  it_.desired.sessions.clear();
  EXPECT_EQ(dropped(), "there is no session");
}

TEST_F(Kubeconfigs, AreDroppedAfterAMinuteAnsweredOrNot) {
  ask().asked_at = it_.desired.now - 59s;
  answered();
  it_.desired.kubeconfigs.front().asked_at = it_.desired.now - 60s;
  EXPECT_EQ(dropped(), "nobody waits for it any more");
  it_.desired.kubeconfigs.front().answered = true;
  EXPECT_EQ(dropped(), "nobody waits for it any more");
}

TEST_F(Kubeconfigs, ThatAreAnsweredAreLeftForWhoeverAsked) {
  ask().answered = true;
  EXPECT_TRUE(planned().empty());
}

TEST_F(Kubeconfigs, HangOnWhatIsThereForTheirOwnersWaysIn) {
  ask();
  EXPECT_EQ(answered().guard.name, "berth-kubeconfig");
  EXPECT_EQ(string_at(answered().guard.body, {"metadata", "annotations", "berth.dev/kubeconfigs-of"}),
            it_.wanted().booked.reservation.owner.value);
  it_.wanted().booked.may_enter.front().since = it_.desired.now;
  EXPECT_TRUE(planned().empty()) << "they wait for another one: all ways in have ended";
  it_.wanted().booked.may_enter.front().since.reset();
  it_.lose("secrets", "berth-kubeconfig");
  EXPECT_TRUE(planned().empty()) << "they wait for one";
}

TEST_F(Kubeconfigs, AreAnsweredEightInACycleAndAnyNumberDropped) {
  for (int i = 0; i < 12; ++i) ask();
  for (int i = 0; i < 3; ++i) ask().asked_by = model::UserId{"somebody-else"};
  const auto actions = planned();
  const auto answers = std::ranges::count_if(
      actions, [](const Action& action) { return std::holds_alternative<AnswerKubeconfig>(action); });
  EXPECT_EQ(answers, 8);
  EXPECT_EQ(actions.size(), 11U);
  EXPECT_EQ(std::get<AnswerKubeconfig>(actions.front()).request, "request-1");
}

TEST_F(Kubeconfigs, ComeAfterRepairs) {
  ask();
  it_.lose("networkpolicies", "berth-deny");
  const auto whole = plan(it_.desired, it_.observed);
  ASSERT_GE(whole.actions.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<AnswerKubeconfig>(whole.actions.back()));
  EXPECT_TRUE(std::holds_alternative<SessionWork>(whole.actions.front()));
}

TEST_F(Kubeconfigs, AreAnsweredWhateverElseIsToBeDone) {
  ask();
  it_.unheard();
  const auto whole = plan(it_.desired, it_.observed);
  EXPECT_EQ(std::ranges::count_if(
                whole.actions,
                [](const Action& action) { return std::holds_alternative<AnswerKubeconfig>(action); }),
            1);
}

}  // namespace
}  // namespace berth::planning
