#include "cli/gpu_orders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Instant kNow = parse_rfc3339("2026-11-30T12:00:00Z").value();

json::object order(const std::string& state, const std::string& step, int way) {
  return {{"id", "1"},
          {"pool", "lab"},
          {"node", "gpu-node-1"},
          {"kubernetes_name", "gpu-node-1"},
          {"layout", "berth-0000000000000001"},
          {"ways", json::array{json::object{{"device", "gpu0"}, {"way", way}}}},
          {"not_before", "2026-11-30T12:30:00Z"},
          {"ordered_by", "admin@example.org"},
          {"ordered_at", "2026-11-30T12:00:00Z"},
          {"state", state},
          {"begun", false},
          {"step", step},
          {"stuck", false},
          {"sentence", ""},
          {"repair", ""},
          {"until", nullptr},
          {"in_force_since", "2026-11-30T08:00:00Z"}};
}

TEST(LayoutsText, TellsWhatIsInForceWhatIsToComeAndWhatItWaitsFor) {
  auto waits = order("ordered", "draining", 2);
  waits["sentence"] =
      "Waits for 1 session with devices of node gpu-node-1, the last until 2026-11-30T13:00:00Z.";
  const auto text = layouts_text({order("in_force", "in_force", 1), waits}, kNow);
  EXPECT_THAT(text, HasSubstr("gpu-node-1 (lab)\n  now: gpu0 way 1, since "));
  EXPECT_THAT(text, HasSubstr("changes to gpu0 way 2 (ordered by admin@example.org)"));
  EXPECT_THAT(text, HasSubstr("draining: Waits for 1 session"));
  EXPECT_THAT(text, Not(HasSubstr("T13:00:00Z"))) << "times are as people read them";
  EXPECT_EQ(layouts_text({}, kNow), "No layout was ordered.\n");
}

TEST(LayoutsText, OneThatIsStuckTellsItsRepair) {
  auto stuck = order("ordered", "failed", 2);
  stuck["stuck"] = true;
  stuck["sentence"] = "It failed.";
  stuck["repair"] = "Read the log. Then: berth gpu retry gpu-node-1";
  const auto text = layouts_text({stuck}, kNow);
  EXPECT_THAT(text, HasSubstr("now: not known"));
  EXPECT_THAT(text,
              HasSubstr("STUCK (failed): It failed.\n      repair: Read the log. Then: berth gpu retry"));
}

TEST(WhyNotNow, NothingIsOrderedFromALayoutThatIsOnItsWayOut) {
  auto begun = order("in_force", "in_force", 1);
  begun["begun"] = true;
  EXPECT_EQ(why_not_now({{"items", json::array{begun, order("ordered", "draining", 2)}}}), std::nullopt)
      << "what only waits gives way";
  begun = order("ordered", "waiting", 2);
  begun["begun"] = true;
  const auto why = why_not_now({{"items", json::array{order("in_force", "in_force", 1), begun}}});
  ASSERT_TRUE(why);
  EXPECT_THAT(*why, testing::StartsWith("the change of node gpu-node-1 to gpu0 way 2 has begun, and "));
  EXPECT_THAT(*why, HasSubstr("berth gpu apply --in-service"));
}

TEST(PresentWays, AreThoseInForce) {
  const json::value layouts{
      {"items", json::array{order("in_force", "in_force", 2), order("ordered", "", 1)}}};
  EXPECT_THAT(present_ways(layouts), ElementsAre(PresentWay{"gpu-node-1", "gpu0", 2}));
}

}  // namespace
}  // namespace berth::cli
