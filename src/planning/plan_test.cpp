// Whole plans against committed files, one a situation. BERTH_UPDATE_GOLDEN=1 writes them anew; the
// difference is then for people to read.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "manifests/golden_for_test.hpp"
#include "planning/plan_text_for_test.hpp"
#include "planning/situations_for_test.hpp"

namespace berth::planning {
namespace {

std::string text_of(Situation& it) {
  auto today = manifests::cluster_objects(it.observed.facts);
  if (!it.desired.sessions.empty()) {
    for (auto& object : all_objects(it.spec())) today.push_back(std::move(object));
  }
  return plan_text(plan(it.desired, it.observed), today);
}

std::vector<Told> all_situations() {
  auto all = situations();
  for (auto& one : layout_situations()) all.push_back(std::move(one));
  return all;
}

class Plans : public testing::TestWithParam<Told> {};

TEST_P(Plans, AreAsCommitted) {
  auto it = GetParam().situation();
  manifests::expect_golden(
      std::filesystem::path(BERTH_SOURCE_DIR) / "src/planning/golden" / (GetParam().name + ".txt"),
      text_of(it));
}

INSTANTIATE_TEST_SUITE_P(All, Plans, testing::ValuesIn(all_situations()),
                         [](const testing::TestParamInfo<Told>& told) { return told.param.name; });

TEST(Plans, HaveALineForEverySessionAndEveryDueReservation) {
  for (const auto& told : all_situations()) {
    auto it = told.situation();
    const auto planned = plan(it.desired, it.observed);
    std::set<std::string> spoken_of;
    for (const auto& action : planned.actions) {
      if (const auto* work = std::get_if<SessionWork>(&action)) spoken_of.insert(work->namespace_name);
      if (const auto* begun = std::get_if<BeginSession>(&action)) spoken_of.insert(begun->reservation.value);
      if (const auto* closed = std::get_if<CloseReservation>(&action))
        spoken_of.insert(closed->reservation.value);
    }
    for (const auto& idle : planned.idle) {
      EXPECT_FALSE(idle.why.reason.empty()) << told.name;
      const auto& who = idle.namespace_name.empty() ? idle.reservation.value : idle.namespace_name;
      EXPECT_TRUE(spoken_of.insert(who).second) << told.name << ": acted on and idle";
    }
    for (const auto& wanted : it.desired.sessions)
      EXPECT_TRUE(spoken_of.contains(wanted.session.namespace_name)) << told.name;
    for (const auto& due : it.desired.due)
      EXPECT_TRUE(spoken_of.contains(due.booked.reservation.id.value)) << told.name;
  }
}

TEST(Plans, HaveACommittedFileEachAndNoOthers) {
  std::set<std::string> files;
  for (const auto& file :
       std::filesystem::directory_iterator(std::filesystem::path(BERTH_SOURCE_DIR) / "src/planning/golden"))
    files.insert(file.path().stem());
  std::set<std::string> names;
  for (const auto& told : all_situations()) names.insert(told.name);
  EXPECT_EQ(files, names);
}

TEST(RetryDelay, DoublesToAMinute) {
  EXPECT_EQ(retry_delay(0), 1s);
  EXPECT_EQ(retry_delay(3), 8s);
  EXPECT_EQ(retry_delay(50), 60s);
}

}  // namespace
}  // namespace berth::planning
