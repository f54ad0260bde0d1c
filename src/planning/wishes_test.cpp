#include <gtest/gtest.h>

#include "planning/situation_for_test.hpp"

namespace berth::planning {
namespace {

const std::string kId = "11111111-1111-4111-8111-111111111111";
const std::string kOther = "22222222-2222-4222-8222-222222222222";

class Wishes : public testing::Test {
 protected:
  Wishes() { it_.up(); }

  void say(const std::string& id) { it_.observed.said[it_.space()] = said::to_text({id, it_.end() + 1h}); }
  void heard(const std::string& id, Duration ago, const std::string& answer = {}) {
    it_.wanted().wish =
        HeardWish{.id = id, .asked_at = it_.desired.now - ago, .earlier = {}, .answer = answer};
    // What was answered is told already.
    for (const auto& object : objects_of(model::StepName::kConfig, it_.spec())) it_.see(object);
  }
  /// The ids of what would be heard now.
  std::vector<std::string> hears() const {
    std::vector<std::string> ids;
    for (const auto& action : plan(it_.desired, it_.observed).actions) {
      const auto* work = std::get_if<SessionWork>(&action);
      if (work == nullptr) continue;
      for (const auto& effect : work->effects) {
        if (const auto* hear = std::get_if<HearWish>(&effect.what)) ids.push_back(hear->wish.id);
      }
    }
    return ids;
  }
  using Ids = std::vector<std::string>;

  Situation it_;
};

TEST_F(Wishes, AreHeardOnce) {
  EXPECT_EQ(hears(), Ids{});
  say(kId);
  EXPECT_EQ(hears(), Ids{kId});
  heard(kId, 10min, "answered");
  EXPECT_EQ(hears(), Ids{});
  EXPECT_EQ(plan(it_.desired, it_.observed).things_to_do(), 0U) << "the answer is there too";
  say(kOther);
  EXPECT_EQ(hears(), Ids{kOther});
  it_.wanted().wish->earlier = {kOther};
  EXPECT_EQ(hears(), Ids{}) << "one of before";
}

TEST_F(Wishes, OfWhatIsNoneNothingIsHeard) {
  for (const auto& bytes : {std::string("{"), std::string(), std::string(300, '['), std::string("\xff\xfe"),
                            std::string(R"({"id":"x","until":"2030-01-01T00:00:00Z"})")}) {
    it_.observed.said[it_.space()] = bytes;
    EXPECT_EQ(hears(), Ids{}) << bytes;
    EXPECT_EQ(next_wish(it_.desired, it_.observed), std::nullopt);
  }
}

TEST_F(Wishes, OfAnotherNamespaceAreNobodys) {
  it_.observed.said["kube-system"] = said::to_text({kId, it_.end() + 1h});
  EXPECT_EQ(hears(), Ids{});
}

TEST_F(Wishes, WaitForTheirTurn) {
  say(kOther);
  heard(kId, 2s, "answered");
  EXPECT_EQ(hears(), Ids{});
  EXPECT_EQ(next_wish(it_.desired, it_.observed), it_.desired.now + 3s);
  heard(kId, 20s);
  EXPECT_EQ(hears(), Ids{}) << "the one before is not answered";
  EXPECT_EQ(next_wish(it_.desired, it_.observed), it_.desired.now + 40s);
  heard(kId, 60s);
  EXPECT_EQ(hears(), Ids{kOther}) << "nobody answers it any more";
}

TEST_F(Wishes, AfterTheEndAreNotHeard) {
  say(kId);
  it_.at(it_.end());
  EXPECT_EQ(hears(), Ids{});
  it_.at(it_.end() - 1s);
  EXPECT_EQ(hears(), Ids{kId});
  it_.wanted().booked.reservation.end_requested_at = it_.end() - 2s;
  EXPECT_EQ(hears(), Ids{}) << "it ends as asked";
}

TEST_F(Wishes, OfASessionThatIsOnItsWayUpOrDownAreNotHeard) {
  say(kId);
  it_.wanted().session.phase = model::SessionPhase::kStarting;
  EXPECT_EQ(hears(), Ids{});
  it_.wanted().session.phase = model::SessionPhase::kStopping;
  EXPECT_EQ(hears(), Ids{});
}

TEST_F(Wishes, ForAPastTimeOrOneThatNobodyBooksAreNotHeard) {
  for (const auto until : {it_.desired.now - 1h, it_.desired.now, it_.desired.now + kFurthestWish + 1s,
                           parse_rfc3339("9999-12-31T23:59:59Z").value()}) {
    it_.observed.said[it_.space()] = said::to_text({kId, until});
    EXPECT_EQ(hears(), Ids{}) << format_rfc3339(until);
    EXPECT_EQ(next_wish(it_.desired, it_.observed), std::nullopt);
  }
  it_.observed.said[it_.space()] = said::to_text({kId, it_.desired.now + kFurthestWish});
  EXPECT_EQ(hears(), Ids{kId});
}

TEST_F(Wishes, TheirAnswerIsToldToTheWorkspaceAlone) {
  it_.wanted().wish = HeardWish{.id = kId, .asked_at = it_.desired.now - 1s, .answer = "{}"};
  const auto objects = config_objects(it_.spec());
  EXPECT_EQ(find_string(objects.front().body, {"data", said::kAnswerKey}), "{}");
  const auto work = plan(it_.desired, it_.observed);
  ASSERT_EQ(work.things_to_do(), 1U);
  const auto& effects = std::get<SessionWork>(work.actions.front()).effects;
  ASSERT_EQ(effects.size(), 1U);
  EXPECT_EQ(std::get<PutBack>(effects.front().what).object.name, said::kFactsName);
}

}  // namespace
}  // namespace berth::planning
