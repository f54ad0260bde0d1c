#include "cli/gpu_orders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layout/pool_for_test.hpp"

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
          {"units", json::array{way == 1 ? "slice0" : "whole"}},
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
  EXPECT_THAT(text, HasSubstr("gpu-node-1 (lab)\n  now: gpu0 way 1 (slice0), since "));
  EXPECT_THAT(text, HasSubstr("changes to gpu0 way 2 (whole) (ordered by admin@example.org)"));
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
  EXPECT_THAT(*why,
              testing::StartsWith("the change of node gpu-node-1 to gpu0 way 2 (whole) has begun, and "));
  EXPECT_THAT(*why, HasSubstr("berth gpu apply --in-service"));
}

TEST(PresentWays, AreThoseInForceByTheUnitsThatLieInThem) {
  auto pool = layout::reference_pool();
  const auto in_force = [](json::array units) {
    auto one = order("in_force", "in_force", 7);
    one["units"] = std::move(units);
    return json::value{{"items", json::array{one, order("ordered", "", 1)}}};
  };
  EXPECT_THAT(present_ways(in_force({"gpu0-slice0", "gpu0-slice1", "gpu0-slice2", "gpu0-slice3"}), pool),
              ElementsAre(PresentWay{"gpu-node-1", "gpu0", 1}))
      << "whatever number it had when it was ordered";
  EXPECT_THAT(present_ways(in_force({"gpu0-slice0"}), pool), testing::IsEmpty());
}

TEST(ConcernedText, NamesEachBookingWithWhatItsOwnerIsTold) {
  const json::value ordered{
      {"concerned",
       json::array{json::object{
           {"reservation", "3482c3bd-0000-4000-8000-000000000000"},
           {"name", "third"},
           {"owner", "ana@example.org"},
           {"start", "2026-11-30T12:30:00Z"},
           {"end", "2026-11-30T13:30:00Z"},
           {"warnings", json::array{"Unit slice0 is not in it from 2026-11-30T12:00:00Z on."}}}}}};
  const auto text = concerned_text(ordered, kNow);
  EXPECT_THAT(text, HasSubstr("  3482c3bd \"third\" of ana@example.org, "));
  EXPECT_THAT(text, HasSubstr("      Unit slice0 is not in it from "));
  EXPECT_THAT(text, Not(HasSubstr("T12:00:00Z")));
  EXPECT_EQ(concerned_text({{"concerned", json::array{}}}, kNow), "");
}

}  // namespace
}  // namespace berth::cli
