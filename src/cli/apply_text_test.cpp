#include "cli/apply_text.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

namespace berth::cli {
namespace {

using testing::HasSubstr;

class ApplyText : public testing::Test {
 protected:
  ApplyText() {
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
  }

  static json::object booking(const char* fate, bool in_the_way) {
    return {{"reservation", "f56b3dea-0000-4000-8000-000000000000"},
            {"name", "night"},
            {"owner", "ana@example.org"},
            {"device_class", "slice-24gb"},
            {"node", "gpu-node-1"},
            {"units", {"gpu0-slice0"}},
            {"start", "2026-11-24T13:00:00Z"},
            {"end", "2026-11-24T15:00:00Z"},
            {"in_the_way", in_the_way},
            {"fate", fate},
            {"to_node", "gpu-node-1"},
            {"to_units", {"gpu0-slice3"}},
            {"why", "It has begun."}};
  }
  static json::object pool(json::array changes) {
    const bool changed = !changes.empty();
    return {{"kind", "Pool"}, {"name", "lab"}, {"changed", changed}, {"changes", std::move(changes)}};
  }
  const Instant now_ = parse_rfc3339("2026-11-24T12:00:00Z").value();
};

TEST_F(ApplyText, SaysWhatIsNewWhatIsOtherAndWhatGoes) {
  EXPECT_EQ(applied_text({{"kind", "Cluster"},
                          {"name", "east"},
                          {"changed", true},
                          {"changes", {"Cluster east is new."}},
                          {"notes", {"url_port stays 80."}}},
                         false, now_),
            "cluster east: changed\n  + Cluster east is new.\n  ! url_port stays 80.\n");
  EXPECT_EQ(
      applied_text(pool({"Unit a of node n is retired.", "Unit b: out_of_service was false, is true."}), true,
                   now_),
      "pool lab: would change\n  - Unit a of node n is retired.\n  ~ Unit b: out_of_service was false, is "
      "true.\n");
  EXPECT_EQ(applied_text(pool({}), false, now_), "pool lab: as it was\n");
}

TEST_F(ApplyText, BookingsAreToldInWordsAndLocalTime) {
  auto it = pool({});
  it["affected"] = json::array{json::value(booking("movable", false))};
  EXPECT_THAT(
      applied_text(it, false, now_),
      HasSubstr("  f56b3dea  night  ana@example.org  gpu0-slice0  Tue 24 Nov 14:00 CET  Tue 24 Nov 16:00 "
                "CET  could be moved to gpu0-slice3 on gpu-node-1\n"));
  it["affected"] = json::array{json::value(booking("moved", false))};
  EXPECT_THAT(applied_text(it, true, now_), HasSubstr("  would be moved to gpu0-slice3 on gpu-node-1\n"));
  EXPECT_THAT(applied_text(it, false, now_), HasSubstr("CET  moved to gpu0-slice3 on gpu-node-1\n"));
  it["affected"] = json::array{json::value(booking("stays", false))};
  EXPECT_THAT(applied_text(it, false, now_), HasSubstr("CET  stays. It has begun.\n"));
  it["affected"] = json::array{json::value(booking("stays", true))};
  it["affected_more"] = 3;
  EXPECT_THAT(affected_text(it, false, now_), HasSubstr("CET  in the way. It has begun.\n  and 3 more\n"));
}

TEST_F(ApplyText, AFaultNamesThingsAsTheFileDoes) {
  const auto documents = parse_json(
                             R"([{"kind": "Cluster", "name": "east"},
              {"kind": "Pool", "name": "lab", "device_classes": [{"name": "slice"}],
               "nodes": [{"name": "gpu-node-1", "devices": [{"name": "gpu0", "units": [{"name": "a"}, {"slots": 1}]}]}]}])")
                             ->as_array();
  const auto said = [&](std::string_view text) { return with_names(text, documents); };
  EXPECT_EQ(said("documents[1].nodes[0].devices[0].units[0].slots: Must be a number."),
            "pool lab, node gpu-node-1, device gpu0, unit a, slots: Must be a number.");
  EXPECT_EQ(said("documents[1].policy.step_minutes: Must be less; documents[0]: No."),
            "pool lab, policy.step_minutes: Must be less; cluster east: No.");
  EXPECT_EQ(said("documents[1].device_classes[0]"), "pool lab, device class slice");
  EXPECT_EQ(said("documents[1].nodes[0].devices[0].units[1].slots"),
            "pool lab, node gpu-node-1, device gpu0, units[1].slots")
      << "what has no name keeps its place";
  EXPECT_EQ(said("documents[1].nodes[7].name"), "pool lab, nodes[7].name");
  for (const auto* other :
       {"documents[9].name", "documents[x]", "documents[", "documents[1", "no path at all", ""})
    EXPECT_EQ(said(other), other);
}

TEST_F(ApplyText, CountsWhatIsTouchedWhereverItIsNamed) {
  auto changed = pool({"Unit a: out_of_service was false, is true."});
  changed["affected"] =
      json::array{json::value(booking("movable", false)), json::value(booking("stays", false))};
  const auto touched = touched_in(json::object{{"items", json::array{pool({}), changed}}});
  EXPECT_EQ(touched.bookings, 2);
  EXPECT_EQ(touched.movable, 1);
  EXPECT_EQ(touched.stuck, 0);
  EXPECT_TRUE(touched.changed);
  const json::value problem = json::object{
      {"affected", json::array{json::value(booking("movable", true)), json::value(booking("stays", true))}}};
  EXPECT_EQ(touched_in(problem).movable, 1);
  EXPECT_EQ(touched_in(problem).stuck, 1);
  EXPECT_FALSE(touched_in(problem).changed);
  EXPECT_EQ(touched_in(pool({})).bookings, 0);
}

}  // namespace
}  // namespace berth::cli
