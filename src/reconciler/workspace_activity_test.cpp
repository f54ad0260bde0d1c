// When workspaces say they were last used, from the cluster to the rows.
#include <gmock/gmock.h>

#include "reconciler/test_world.hpp"

namespace berth::reconciler {
namespace {

using namespace std::chrono_literals;

class UseOfAWorkspace : public testing::Test {
 protected:
  UseOfAWorkspace() : id_(world_.book("slice-24gb", 1, std::nullopt, world_.step(4))) {
    EXPECT_TRUE(world_.settle());
  }

  std::string space() { return world_.session(id_).namespace_name; }
  /// As a tenant makes it, whatever it is.
  void say(const json::object& data) {
    auto client = world_.client();
    const kube::Resource config_maps{"", "v1", "configmaps", "ConfigMap", true};
    const json::object made{{"apiVersion", "v1"},
                            {"kind", "ConfigMap"},
                            {"metadata", json::object{{"name", said::kSaidName}}},
                            {"data", data}};
    if (!client.create(config_maps, space(), made)) {
      must(client.merge_patch({config_maps, space(), std::string(said::kSaidName)},
                              json::object{{"data", data}}));
    }
  }
  said::Activity used(int busy = 0) const {
    return {.looked_at = world_.now(),
            .editor = said::EditorUse{},
            .lab = said::LabUse{world_.now() - 1h, 2, busy}};
  }
  void say(const said::Activity& activity) { say({{said::kActivityKey, said::to_text(activity)}}); }
  std::optional<said::Activity> known() {
    const auto& all = world_.tables().activity;
    const auto found = all.find(world_.session(id_).id);
    return found == all.end() ? std::nullopt : std::optional(found->second.what);
  }

  TestWorld world_{23};
  model::ReservationId id_;
};

TEST_F(UseOfAWorkspace, IsWrittenDownAndNobodyIsWoken) {
  const auto first = used();
  say(first);
  const auto cycle = world_.cycle();
  EXPECT_EQ(known(), first);
  EXPECT_FALSE(cycle.report.changed) << "nothing follows from it";
  EXPECT_EQ(cycle.next_try, std::nullopt);
  EXPECT_EQ(cycle.actions, 0U);
  world_.restart();
  world_.advance(10min);
  world_.cycle();
  EXPECT_EQ(known(), first);
  EXPECT_EQ(world_.tables().activity.begin()->second.heard_at, first.looked_at)
      << "no news to another either";
}

TEST_F(UseOfAWorkspace, IsTheLatestHoweverOftenItIsSaid) {
  say(used());
  world_.cycle();
  for (int n = 1; n < 30; ++n) {
    world_.advance(1s);
    say(used(1));
    world_.cycle();
    ASSERT_EQ(known()->lab->busy, 0) << n;
  }
  world_.advance(1s);
  world_.cycle();
  EXPECT_EQ(known()->lab->busy, 1);
}

TEST_F(UseOfAWorkspace, WhatIsNoneIsNothingAndStandsInNoWishsWay) {
  const std::string id = "44444444-4444-4444-8444-444444444444";
  say({{said::kActivityKey, std::string(200'000, '[')},
       {said::kExtendKey, said::to_text({id, world_.now() + 10h})}});
  world_.cycle();
  EXPECT_EQ(known(), std::nullopt);
  EXPECT_EQ(world_.tables().wishes.size(), 1U);
}

TEST_F(UseOfAWorkspace, GoesWithTheSession) {
  say(used());
  world_.cycle();
  ASSERT_TRUE(known());
  must(world_.end(id_));
  ASSERT_TRUE(world_.settle());
  EXPECT_TRUE(world_.tables().activity.empty());
}

}  // namespace
}  // namespace berth::reconciler
