// What another writer of the same objects does to us: a webhook that changes what we send as we send it.
#include "reconciler/rewritten.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "kube/test_removal.hpp"
#include "reconciler/test_world.hpp"

namespace berth::reconciler {
namespace {

using model::SessionPhase;
using model::StepName;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

const Instant kNow = *parse_rfc3339("2026-11-24T14:00:00Z");
const planning::ObservedKey kQuota{"resourcequotas", "berth-s-a", "berth-quota"};

Status kept_otherwise() {
  return fail(Code::kConflict, "it is kept otherwise", std::string(kKeptOtherwise));
}

TEST(Rewritten, WaitsTwiceAsLongAfterEachTryAndTellsTheFailureMeanwhile) {
  Rewritten rewritten;
  EXPECT_FALSE(rewritten.waiting(kQuota, kNow));
  rewritten.tried(kQuota, kNow, kept_otherwise());
  ASSERT_TRUE(rewritten.waiting(kQuota, kNow + 999ms));
  EXPECT_EQ(rewritten.waiting(kQuota, kNow)->message, "it is kept otherwise");
  EXPECT_FALSE(rewritten.waiting(kQuota, kNow + 1s));
  rewritten.tried(kQuota, kNow + 1s, kept_otherwise());
  EXPECT_TRUE(rewritten.waiting(kQuota, kNow + 2999ms));
  EXPECT_FALSE(rewritten.waiting(kQuota, kNow + 3s));
  EXPECT_FALSE(rewritten.waiting({"limitranges", "berth-s-a", "berth-limits"}, kNow)) << "each for itself";
}

TEST(Rewritten, OnceItIsKeptAsSentItIsForgotten) {
  Rewritten rewritten;
  for (int i = 0; i < 5; ++i) rewritten.tried(kQuota, kNow, kept_otherwise());
  rewritten.tried(kQuota, kNow, {});
  EXPECT_FALSE(rewritten.waiting(kQuota, kNow));
  rewritten.tried(kQuota, kNow, kept_otherwise());
  EXPECT_FALSE(rewritten.waiting(kQuota, kNow + 1s));
}

TEST(Rewritten, SharedObjectsThatMayNotBeWrittenWaitTheSame) {
  for (const auto slug : {kSharedMissing, kSharedDiffers}) {
    Rewritten rewritten;
    rewritten.tried(kQuota, kNow, fail(Code::kForbidden, "no right", std::string(slug)));
    ASSERT_TRUE(rewritten.waiting(kQuota, kNow + 999ms)) << slug;
    EXPECT_FALSE(rewritten.waiting(kQuota, kNow + 1s)) << slug;
  }
}

TEST(Rewritten, WhatTheApiRefusedIsNotItsBusiness) {
  Rewritten rewritten;
  rewritten.tried(kQuota, kNow, fail(Code::kInvalid, "refused"));
  EXPECT_FALSE(rewritten.waiting(kQuota, kNow)) << "a refusal writes nothing, so it wakes nobody";
}

class RewrittenWorld : public testing::Test {
 protected:
  model::ReservationId book_now() { return world_.book("slice-24gb", 1, std::nullopt, world_.step(2)); }
  std::string space_of(const model::ReservationId& id) { return world_.session(id).namespace_name; }
  SessionPhase phase(const model::ReservationId& id) { return world_.session(id).phase; }
  /// Everything that is applied to that kind of object goes through `change` first.
  void rewrite(const std::string& plural, std::function<void(json::object&)> change) {
    world_.set_webhook([this, plural, change = std::move(change)](simcluster::ApiRequest& request) {
      if (request.method != "PATCH" || request.path.find("/" + plural + "/") == std::string::npos) return;
      auto body = must(parse_json(request.body));
      change(body.as_object());
      request.body = json::serialize(body);
      ++rewritten_;
    });
  }
  static void set_pods(json::object& quota, std::string_view pods) {
    quota.at("spec").at("hard").as_object()["pods"] = pods;
  }
  void forget(const kube::Resource& resource, const std::string& space) {
    auto client = world_.client();
    must(kube::remove_all(client, resource, {.ns = space}));
  }
  std::size_t count(const kube::Resource& resource, const std::string& space) {
    return must(world_.client().list(resource, {.ns = space})).items.size();
  }
  /// Cycles as often as events may come, which is far more often than it would look by itself.
  void busy_minute() {
    for (int i = 0; i < 240; ++i) {
      world_.cycle();
      world_.advance(250ms);
    }
  }

  int rewritten_ = 0;  // requests
  TestWorld world_{11};
};

TEST_F(RewrittenWorld, AStepSaysWhatIsKeptOtherwiseAndTriesMoreAndMoreRarely) {
  rewrite("deployments", [](json::object& deployment) {
    auto& pod = deployment.at("spec").at("template").at("spec");
    pod.at("containers").as_array().at(0).as_object()["image"] = "mirror.example/other:1";
  });
  const auto id = book_now();
  busy_minute();
  EXPECT_EQ(world_.step(id, StepName::kWorkspace).state, model::StepState::kFailed);
  EXPECT_THAT(world_.step(id, StepName::kWorkspace).detail,
              HasSubstr("apply deployments.apps " + space_of(id)));
  EXPECT_THAT(
      world_.step(id, StepName::kWorkspace).detail,
      HasSubstr("spec.template.spec.containers[workspace].image is mirror.example/other:1 instead of"));
  EXPECT_GE(rewritten_, 4);
  EXPECT_LE(rewritten_, 8) << "1, 2, 4, 8, 16 and 32 seconds apart";

  world_.set_webhook({});
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(phase(id), SessionPhase::kReady);
}

TEST_F(RewrittenWorld, InASessionThatIsUpItKeepsNothingElseFromBeingPutBack) {
  const auto end = world_.step(2);
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  const auto space = space_of(id);
  rewrite("resourcequotas", [](json::object& quota) { set_pods(quota, "7"); });
  forget(kube::resources::resource_quotas(), space);
  forget(kube::resources::limit_ranges(), space);
  forget(kube::resources::pods(), space);
  must(world_.extend(id, 30min));
  const auto done = world_.cycle();
  ASSERT_EQ(done.report.failed.size(), 1U);
  EXPECT_THAT(done.report.failed.front(), HasSubstr("apply resourcequotas " + space));
  EXPECT_THAT(done.report.failed.front(), HasSubstr("spec.hard.pods is 7 instead of"));
  EXPECT_EQ(count(kube::resources::limit_ranges(), space), 1U);
  EXPECT_EQ(phase(id), SessionPhase::kDegraded);
  const auto facts = must(world_.client().get({kube::resources::config_maps(), space, "berth-session"}));
  EXPECT_EQ(string_at(facts, {"data", "ends_at"}), format_rfc3339(end + 30min));

  world_.advance(30s);
  EXPECT_EQ(world_.cycle().report.failed.size(), 1U) << "the quota is still another one";
  EXPECT_EQ(phase(id), SessionPhase::kReady);
}

TEST_F(RewrittenWorld, WhereEachWriteIsAnEventItIsStillTriedMoreAndMoreRarely) {
  const auto id = book_now();
  ASSERT_TRUE(world_.settle());
  int stamp = 100;
  rewrite("resourcequotas", [&](json::object& quota) { set_pods(quota, std::to_string(++stamp)); });
  forget(kube::resources::resource_quotas(), space_of(id));
  busy_minute();
  EXPECT_GE(rewritten_, 4);
  EXPECT_LE(rewritten_, 8);
  const auto rows = world_.written();
  const auto waits = world_.cycle();
  EXPECT_EQ(waits.report.failed.size(), 1U) << "it is still said";
  EXPECT_FALSE(waits.report.changed);
  EXPECT_EQ(world_.written(), rows);

  world_.set_webhook({});
  world_.advance(1min);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(world_.plan().things_to_do(), 0U);
}

TEST_F(RewrittenWorld, AClusterWidePolicyThatIsKeptOtherwiseIsToldAndWrittenMoreAndMoreRarely) {
  rewrite("validatingadmissionpolicies", [](json::object& policy) {
    policy.at("spec").at("validations").as_array().at(0).as_object()["message"] = "ask the platform's team";
  });
  book_now();
  busy_minute();
  EXPECT_EQ(world_.sessions_in({SessionPhase::kReady}), 1)
      << "nobody waits for what others keep, where it fences all the same";
  EXPECT_GT(rewritten_, 0);
  EXPECT_LE(rewritten_, 8 * static_cast<int>(manifests::cluster_objects({}).size()));
  const auto done = world_.cycle();
  EXPECT_TRUE(done.report.failed.empty());
  ASSERT_FALSE(done.report.told.empty());
  EXPECT_THAT(done.report.told.front(),
              HasSubstr("spec.validations[0].message is ask the platform's team instead of"));
}

TEST_F(RewrittenWorld, OfWhatMayHoldSecretsOnlyThePlaceIsTold) {
  rewrite("configmaps", [](json::object& map) { map.at("data").as_object()["time_zone"] = "an intruder"; });
  book_now();
  std::string told;
  for (int i = 0; i < 40; ++i) {
    for (const auto& failed : world_.cycle().report.failed) told += failed;
    world_.advance(500ms);
  }
  EXPECT_THAT(told, HasSubstr("configmaps"));
  EXPECT_THAT(told, HasSubstr("data.time_zone differs"));
  EXPECT_THAT(told, Not(HasSubstr("intruder")));
}

}  // namespace
}  // namespace berth::reconciler
