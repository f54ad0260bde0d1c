// What workspaces wish, from the cluster to the rows and back.
#include <gmock/gmock.h>

#include "reconciler/test_world.hpp"

namespace berth::reconciler {
namespace {

using namespace std::chrono_literals;

const std::string kId = "44444444-4444-4444-8444-444444444444";
const std::string kOther = "55555555-5555-4555-8555-555555555555";

class WishOfAWorkspace : public testing::Test {
 protected:
  WishOfAWorkspace() : id_(world_.book("slice-24gb", 1, std::nullopt, world_.step(4))) {
    EXPECT_TRUE(world_.settle());
  }

  std::string space() { return world_.session(id_).namespace_name; }
  static kube::Resource config_maps() { return {"", "v1", "configmaps", "ConfigMap", true}; }
  /// As a tenant makes it, whatever it is.
  void say(const json::object& data, const std::string& where) {
    auto client = world_.client();
    const json::object made{{"apiVersion", "v1"},
                            {"kind", "ConfigMap"},
                            {"metadata", json::object{{"name", said::kSaidName}}},
                            {"data", data}};
    if (!client.create(config_maps(), where, made)) {
      must(client.merge_patch({config_maps(), where, std::string(said::kSaidName)},
                              json::object{{"data", data}}));
    }
  }
  void wish(const std::string& id) {
    say({{said::kExtendKey, said::to_text({id, world_.now() + 10h})}}, space());
  }
  std::string heard() {
    const auto& wishes = world_.tables().wishes;
    const auto found = wishes.find(world_.session(id_).id);
    return found == wishes.end() ? "" : found->second.id;
  }
  std::string answer_there() {
    const auto facts = must(world_.client().get({config_maps(), space(), std::string(said::kFactsName)}));
    return string_at(facts, {"data", said::kAnswerKey});
  }

  TestWorld world_{19};
  model::ReservationId id_;
};

TEST_F(WishOfAWorkspace, IsHeardOnceAndItsAnswerGoesBack) {
  wish(kId);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(heard(), kId);
  EXPECT_EQ(answer_there(), "");
  world_.answer(id_, "{}");
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(answer_there(), "{}");
  const auto before = world_.written();
  ASSERT_TRUE(world_.settle());
  world_.restart();
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(world_.written(), before) << "also by a reconciler that saw nothing of it";
}

TEST_F(WishOfAWorkspace, TheNextOneWaitsForItsTurn) {
  wish(kId);
  ASSERT_TRUE(world_.settle());
  wish(kOther);
  const auto waits = world_.cycle();
  EXPECT_EQ(heard(), kId);
  ASSERT_TRUE(waits.next_try);
  EXPECT_GT(*waits.next_try, world_.now());
  EXPECT_LE(*waits.next_try, world_.now() + planning::kWishWaits);
  world_.advance(planning::kWishWaits);
  world_.cycle();
  EXPECT_EQ(heard(), kOther);
}

TEST_F(WishOfAWorkspace, WhatIsNoneIsNothing) {
  const auto before = world_.written();
  for (const json::object& data :
       {json::object{}, json::object{{said::kExtendKey, ""}}, json::object{{said::kExtendKey, "{"}},
        json::object{{said::kExtendKey, std::string(200'000, '[')}}, json::object{{"other", "x"}}}) {
    say(data, space());
    ASSERT_TRUE(world_.settle());
  }
  say({{said::kExtendKey, said::to_text({kId, world_.now() + 10h})}}, "default");
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(world_.written(), before);
  wish(kOther);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(heard(), kOther) << "and nothing stands in the way of the next";
}

TEST_F(WishOfAWorkspace, AfterTheEndDoesNothing) {
  must(world_.end(id_));
  wish(kId);
  ASSERT_TRUE(world_.settle());
  EXPECT_TRUE(world_.tables().wishes.empty());
  EXPECT_EQ(world_.reservation(id_).state, model::ReservationState::kCompleted);
}

}  // namespace
}  // namespace berth::reconciler
