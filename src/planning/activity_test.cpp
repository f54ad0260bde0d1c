// When workspaces say they were last used: heard, and nothing else comes of it.
#include <gtest/gtest.h>

#include "planning/situation_for_test.hpp"

namespace berth::planning {
namespace {

class UseOfAWorkspace : public testing::Test {
 protected:
  UseOfAWorkspace() { it_.up(); }

  said::Activity used(Duration ago = 1s) const {
    const auto now = it_.desired.now;
    return {
        .looked_at = now - ago, .editor = said::EditorUse{now - 4min}, .lab = said::LabUse{now - 1h, 2, 0}};
  }
  void say(const said::Activity& activity) { it_.observed.used[it_.space()] = said::to_text(activity); }
  std::vector<NewActivity> hears() const { return plan(it_.desired, it_.observed).activity; }

  Situation it_;
  const std::vector<NewActivity> none_{};
};

TEST_F(UseOfAWorkspace, IsHeardAndIsNothingToDo) {
  EXPECT_EQ(hears(), none_);
  say(used());
  EXPECT_EQ(hears(), (std::vector{NewActivity{it_.wanted().session.id, used()}}));
  const auto whole = plan(it_.desired, it_.observed);
  EXPECT_EQ(whole.things_to_do(), 0U);
  EXPECT_EQ(whole.idle.size(), 1U) << "it is as it was booked";
}

TEST_F(UseOfAWorkspace, IsHeardOnceAndSeldom) {
  say(used());
  it_.wanted().activity = HeardActivity{used().looked_at, it_.desired.now - 10min};
  EXPECT_EQ(hears(), none_) << "it is known";
  say(used(2s));
  EXPECT_EQ(hears(), none_) << "of before";
  say(used(0s));
  EXPECT_EQ(hears().size(), 1U);
  it_.wanted().activity->heard_at = it_.desired.now - kBetweenHeard + 1s;
  EXPECT_EQ(hears(), none_);
  it_.wanted().activity->heard_at = it_.desired.now - kBetweenHeard;
  EXPECT_EQ(hears().size(), 1U);
}

TEST_F(UseOfAWorkspace, OfWhatIsNoneNothingIsHeard) {
  for (const auto& bytes : {std::string(), std::string("{"), std::string(300, '['), std::string("\xff\xfe"),
                            said::to_text(used(-2min)), said::to_text(used(400 * 24h))}) {
    it_.observed.used[it_.space()] = bytes;
    EXPECT_EQ(hears(), none_) << bytes;
  }
  it_.observed.used.clear();
  it_.observed.used["kube-system"] = said::to_text(used());
  EXPECT_EQ(hears(), none_) << "nobody's";
}

TEST_F(UseOfAWorkspace, OfASessionThatIsNotUpIsNotHeard) {
  say(used());
  for (const auto phase : {model::SessionPhase::kStarting, model::SessionPhase::kStopping}) {
    it_.wanted().session.phase = phase;
    EXPECT_EQ(hears(), none_);
  }
  it_.wanted().session.phase = model::SessionPhase::kDegraded;
  EXPECT_EQ(hears().size(), 1U);
}

}  // namespace
}  // namespace berth::planning
