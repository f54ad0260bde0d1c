// Homes that outlive their sessions, from the claim to the next claim and to the end.
#include <gmock/gmock.h>

#include "reconciler/test_invariants.hpp"
#include "reconciler/test_world.hpp"

namespace berth::reconciler {
namespace {

using namespace std::chrono_literals;

class Homes : public testing::Test {
 protected:
  Homes() { world_.keep_homes({.days = 14, .most = std::nullopt}); }

  /// A slice from now on, up; its session's home is the volume that is answered.
  std::string begin(int steps = 2) {
    id_ = world_.book("slice-24gb", 1, std::nullopt, world_.step(steps));
    EXPECT_TRUE(world_.settle());
    std::string story;
    for (const auto& step : world_.session(id_).steps) {
      if (step.state != model::StepState::kDone)
        story += fmt::format("{} {}: {}\n", to_string(step.name), to_string(step.state), step.detail);
    }
    EXPECT_EQ(world_.session(id_).phase, model::SessionPhase::kReady) << story;
    return string_at(claim(), {"spec", "volumeName"});
  }
  void finish() {
    must(world_.end(id_));
    EXPECT_TRUE(world_.settle());
    EXPECT_EQ(world_.session(id_).phase, model::SessionPhase::kGone);
    world_.advance(11min);
    EXPECT_TRUE(world_.settle());
  }
  json::value claim() {
    return must(world_.client().get({{"", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true},
                                     world_.session(id_).namespace_name,
                                     "home"}));
  }
  static kube::Resource volumes() { return {"", "v1", "persistentvolumes", "PersistentVolume", false}; }
  std::optional<json::value> volume(const std::string& name) {
    return must(world_.client().find({volumes(), "", name}));
  }
  bool has_session() const { return storetwin::session_of(world_.tables(), id_) != nullptr; }
  const storetwin::HomeRow& home_of(const std::string& volume) {
    for (const auto& [id, row] : world_.tables().homes) {
      if (row.home.volume == volume && !row.gone_at) return row;
    }
    throw std::out_of_range(volume);
  }

  TestWorld world_{23};
  Invariants invariants_{world_};
  model::ReservationId id_;
};

TEST_F(Homes, ThatArePartOfNoRuleGoWithTheirSession) {
  world_.keep_homes({});
  const auto first = begin();
  EXPECT_EQ(string_at(*volume(first), {"spec", "persistentVolumeReclaimPolicy"}), "Delete");
  finish();
  EXPECT_FALSE(volume(first));
  EXPECT_TRUE(world_.tables().homes.empty());
}

TEST_F(Homes, GoOnInTheNextSessionOfTheirOwner) {
  const auto first = begin();
  EXPECT_EQ(string_at(*volume(first), {"spec", "persistentVolumeReclaimPolicy"}), "Retain");
  EXPECT_EQ(home_of(first).session, world_.session(id_).id);
  finish();
  EXPECT_EQ(string_at(*volume(first), {"status", "phase"}), "Released");
  EXPECT_TRUE(home_of(first).session.value.empty());
  EXPECT_EQ(begin(), first);
  EXPECT_EQ(home_of(first).session, world_.session(id_).id);
  invariants_.look();
  finish();
  EXPECT_EQ(begin(), first) << "kept anew";
}

TEST_F(Homes, AreOneSessionsAtATime) {
  const auto first = begin();
  finish();
  const auto again = begin(4);
  EXPECT_EQ(again, first);
  const auto other = begin(4);
  EXPECT_NE(other, first);
  invariants_.look();
}

TEST_F(Homes, AreDeletedWhenTheirTimeIsOverAndNotBefore) {
  const auto first = begin();
  finish();
  world_.advance(hours(24 * 13));
  ASSERT_TRUE(world_.settle());
  EXPECT_TRUE(volume(first));
  world_.advance(hours(25));
  ASSERT_TRUE(world_.settle());
  EXPECT_FALSE(volume(first));
  EXPECT_TRUE(world_.tables().homes.begin()->second.gone_at);
}

TEST_F(Homes, AreDeletedWhenTheirOwnerSaysSo) {
  const auto first = begin();
  EXPECT_FALSE(world_.ask_home_deletion(home_of(first).home.id)) << "a session has it";
  finish();
  EXPECT_TRUE(world_.ask_home_deletion(home_of(first).home.id));
  ASSERT_TRUE(world_.settle());
  EXPECT_FALSE(volume(first));
  EXPECT_NE(begin(), first);
}

TEST_F(Homes, LargerThanThePoolKeepsGoWithTheirSession) {
  world_.keep_homes({.days = 14, .most = Gib{19}});
  const auto first = begin();
  finish();
  EXPECT_FALSE(volume(first));
}

TEST_F(Homes, ThatAreNotThereAnyMoreHoldUpNoStart) {
  const auto first = begin();
  finish();
  must(world_.client().remove({volumes(), "", first}));
  const auto next = begin();
  EXPECT_NE(next, first);
  ASSERT_EQ(world_.open_findings().size(), 1U);
  EXPECT_EQ(world_.open_findings().front().kind, "home_lost");
}

TEST_F(Homes, ThatOthersTookOverHoldUpNoStartAndThePageSaysWhy) {
  const auto first = begin();
  finish();
  must(world_.client().merge_patch({volumes(), "", first},
                                   {{"metadata", {{"labels", {{"berth.dev/home", "another"}}}}}}));
  EXPECT_NE(begin(), first);
  EXPECT_THAT(world_.step(id_, model::StepName::kStorage).detail,
              testing::StartsWith("Your kept files are not here:"));
  EXPECT_EQ(world_.step(id_, model::StepName::kStorage).state, model::StepState::kDone);
}

TEST_F(Homes, OfASessionThatIsBeingTakenAwayAreWaitedForByTheNextOne) {
  const auto first = begin(8);
  const auto before = id_;
  must(world_.end(before));
  id_ = world_.book("slice-24gb", 1, std::nullopt, world_.step(2));
  const auto cycle = world_.cycle();
  EXPECT_FALSE(has_session()) << "before the one before is gone, its files are nobody's";
  EXPECT_EQ(cycle.sessions, 1);
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(world_.session(before).phase, model::SessionPhase::kGone);
  EXPECT_EQ(string_at(claim(), {"spec", "volumeName"}), first);
}

TEST_F(Homes, GoFromOneToTheNextThatBeginsWhenItEnds) {
  const auto first = begin(2);
  const auto before = id_;
  id_ = world_.book("slice-24gb", 1, world_.step(2), world_.step(4));
  world_.advance(world_.step(2) - world_.now());
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(world_.session(before).phase, model::SessionPhase::kGone);
  EXPECT_EQ(world_.session(id_).phase, model::SessionPhase::kReady);
  EXPECT_EQ(string_at(claim(), {"spec", "volumeName"}), first);
}

TEST_F(Homes, OfOneWhoseNamespaceOthersHoldUpAreThereAsWell) {
  const auto first = begin(8);
  const auto before = id_;
  must(world_.client().merge_patch({kube::resources::namespaces(), "", world_.session(before).namespace_name},
                                   {{"metadata", {{"finalizers", json::array{"example.org/keep"}}}}}));
  must(world_.end(before));
  id_ = world_.book("slice-24gb", 1, std::nullopt, world_.step(2));
  world_.cycle();
  EXPECT_FALSE(has_session());
  for (int i = 0; i < 240 && world_.sessions_in({model::SessionPhase::kReady}) == 0; ++i) {
    world_.cycle();
    world_.advance(1s);
  }
  EXPECT_EQ(world_.session(id_).phase, model::SessionPhase::kReady);
  EXPECT_EQ(string_at(claim(), {"spec", "volumeName"}), first);
}

TEST_F(Homes, OfALostSessionAreThereInItsNextAttempt) {
  const auto first = begin(8);
  must(world_.client().remove({kube::resources::namespaces(), "", world_.session(id_).namespace_name}));
  ASSERT_TRUE(world_.settle());
  EXPECT_EQ(world_.session(id_).attempt, 2);
  EXPECT_EQ(string_at(claim(), {"spec", "volumeName"}), first);
}

TEST_F(Homes, SurviveAReconcilerThatDiesAfterAnyEffect) {
  for (int effects = 1; effects <= 4; ++effects) {
    id_ = world_.book("slice-24gb", 1, std::nullopt, world_.step(2));
    for (int i = 0; i < 120 && world_.sessions_in({model::SessionPhase::kReady}) == 0; ++i) {
      world_.cycle(effects);
      invariants_.look();
      world_.advance(1s);
    }
    ASSERT_TRUE(world_.settle());
    ASSERT_EQ(world_.session(id_).phase, model::SessionPhase::kReady) << effects;
    must(world_.end(id_));
    for (int i = 0; i < 60 && world_.session(id_).phase != model::SessionPhase::kGone; ++i) {
      world_.cycle(effects);
      invariants_.look();
      world_.advance(1s);
    }
    ASSERT_TRUE(world_.settle());
    world_.advance(11min);
    ASSERT_TRUE(world_.settle());
  }
  int open = 0;
  for (const auto& [id, row] : world_.tables().homes) open += row.gone_at ? 0 : 1;
  EXPECT_EQ(open, 1) << "one home through all sessions";
}

TEST_F(Homes, OfANamespaceGiveTheNextOneItsUserIds) {
  auto client = world_.client();
  const auto range = [&] {
    const auto space =
        must(client.get({kube::resources::namespaces(), "", world_.session(id_).namespace_name}));
    return string_at(space, {"metadata", "annotations", "openshift.io/sa.scc.uid-range"}) + " " +
           string_at(space, {"metadata", "annotations", "openshift.io/sa.scc.mcs"});
  };
  begin(40);
  const auto other = id_;
  begin();
  const auto first = range();
  finish();
  // The range of the first is given to no one else; that of the second would be given to the next namespace.
  must(world_.end(other));
  ASSERT_TRUE(world_.settle());
  begin();
  EXPECT_THAT(range(), testing::AnyOf(first, testing::Not(testing::IsEmpty())));
  const auto& row = world_.tables().homes;
  for (const auto& [id, home] : row) {
    if (home.session == world_.session(id_).id)
      EXPECT_EQ(home.home.identity.at("openshift.io/sa.scc.uid-range") + " " +
                    home.home.identity.at("openshift.io/sa.scc.mcs"),
                range());
  }
}

}  // namespace
}  // namespace berth::reconciler
