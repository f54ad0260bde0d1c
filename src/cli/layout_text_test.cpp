// What berth gpu layout asks of a calendar, and what it tells.
#include "cli/layout_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/yaml.hpp"
#include "layout/render.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::cli {
namespace {

using testing::HasSubstr;

/// One card that is on offer whole and as two halves, and another one that is whole.
constexpr const char* kPool = R"(
apiVersion: berth.dev/v1
kind: Pool
name: lab
cluster: default
time_zone: UTC
currency: EUR
policy: { start_deadline_minutes: 15 }
device_classes:
  - { name: whole, device_memory_gib: 95, rate: 1, defaults: { cpu: 1, memory_gib: 4, storage_gib: 320 }, ephemeral_gib: 1 }
  - { name: half, device_memory_gib: 47, rate: 1, defaults: { cpu: 1, memory_gib: 4, storage_gib: 320 }, ephemeral_gib: 1 }
nodes:
  - name: n1
    kubernetes_name: n1.lab
    capacity: { cpu: 64, memory_gib: 512, storage_gib: 4096 }
    devices:
      - name: gpu0
        model: RTX PRO 6000
        memory_gib: 95
        slots: 2
        units:
          - { name: g0, device_class: whole, resource_name: nvidia.com/gpu, placement: [0, 2] }
          - { name: g0a, device_class: half, resource_name: nvidia.com/mig-2g.48gb, placement: [0, 1] }
          - { name: g0b, device_class: half, resource_name: nvidia.com/mig-2g.48gb, placement: [1, 2] }
      - name: gpu1
        model: RTX PRO 6000
        memory_gib: 95
        slots: 2
        units:
          - { name: g1, device_class: whole, resource_name: nvidia.com/gpu, placement: [0, 2] }
)";

Instant at(int hour) {
  return Instant(std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)) + hours(hour);
}
json::object bar(int from, int to, std::string kind, std::string id = "", std::string phase = "") {
  json::object out{{"start", format_rfc3339(at(from))}, {"end", format_rfc3339(at(to))}, {"kind", kind}};
  if (id.empty()) return out;
  out["reservation"] = id + "-0000-0000-0000-000000000000";
  out["name"] = "run";
  out["phase"] = phase.empty() ? json::value(nullptr) : json::value(phase);
  return out;
}

class GpuLayout : public testing::Test {
 protected:
  GpuLayout() {
    setenv("TZ", "UTC", 1);
    tzset();
    const auto documents = yaml_documents(kPool).value();
    pool_ = poolfile::parse_stream(documents).value().pools.at(0);
    for (const auto* unit : {"g0", "g0a", "g0b", "g1"}) bars_[unit] = {};
  }
  json::value calendar() const {
    json::array lanes;
    for (const auto& [unit, bars] : bars_) {
      lanes.push_back(json::object{
          {"node", "n1"}, {"unit", unit}, {"device", unit == "g1" ? "gpu1" : "gpu0"}, {"bars", bars}});
    }
    return json::object{{"lanes", std::move(lanes)}};
  }
  Result<AskedLayouts> ask() const { return ask_layouts(pool_, calendar(), present_, times_, wishes_); }
  std::string text() const {
    const auto asked = ask();
    if (!asked) return asked.error().message;
    return layout_text(pool_, *asked, layout::propose_layouts(asked->question).value());
  }
  json::value value() const {
    const auto asked = ask();
    return layout_json(pool_, *asked, layout::propose_layouts(asked->question).value());
  }

  model::Pool pool_;
  std::map<std::string, json::array> bars_;
  std::vector<PresentWay> present_{{"n1", "gpu0", 1}};
  std::vector<layout::LayoutWish> wishes_;
  LayoutTimes times_{
      .now = at(0), .horizon = at(48), .change = minutes(10), .tail = minutes(5), .patience = minutes(15)};
};

TEST_F(GpuLayout, TellsEachChangeWithItsTimeAndWhatItIsFor) {
  bars_["g0"] = {bar(1, 4, "booked", "aaaaaaaa"), bar(6, 8, "blocked")};
  bars_["g0a"] = {bar(1, 4, "blocked"), bar(6, 8, "mine", "bbbbbbbb")};
  bars_["g0b"] = {bar(1, 4, "blocked")};
  wishes_ = {{"half", {at(6), at(9)}}, {"half", {at(3), at(5)}}};
  EXPECT_EQ(
      text(),
      "Pool lab, until Thu 03 Dec 00:00 UTC. A change takes 10 min, and begins 5 min after the end of a "
      "session.\n"
      "n1/gpu0\n"
      "  now: way 1: g0\n"
      "      for \"run\" (aaaaaaaa) until Tue 01 Dec 04:00 UTC\n"
      "  Tue 01 Dec 04:05 UTC to Tue 01 Dec 04:15 UTC: changes to way 2: g0a, g0b\n"
      "      kubectl label node n1.lab nvidia.com/mig.config=" +
          layout::layouts_of(pool_, pool_.nodes[0])->at(1).name +
          " --overwrite\n"
          "      for \"run\" (bbbbbbbb) until Tue 01 Dec 08:00 UTC; wish 1\n"
          "n1/gpu1\n"
          "  now: way 1: g1\n"
          "Wish 1, half from Tue 01 Dec 06:00 UTC to Tue 01 Dec 09:00 UTC: served by g0b of n1/gpu0\n"
          "Wish 2, half from Tue 01 Dec 03:00 UTC to Tue 01 Dec 05:00 UTC: not served. On n1/gpu0 \"run\" "
          "(aaaaaaaa) excludes it, from Tue 01 Dec 01:00 UTC to Tue 01 Dec 04:00 UTC.\n"
          "This is a proposal, and nothing was changed. At each change, with no session on the node: the "
          "label above,\nonce the cluster has the layouts (berth gpu render); then wait for the units among "
          "the node's capacity.\n");
}

TEST_F(GpuLayout, TellsWhatIsLateAndWhatCannotBeKept) {
  bars_["g0"] = {bar(1, 4, "booked", "aaaaaaaa")};
  bars_["g0a"] = {bar(4, 8, "booked", "bbbbbbbb")};
  EXPECT_THAT(text(), HasSubstr("Late: \"run\" (bbbbbbbb) begins 15 min after Tue 01 Dec 04:00 UTC, when "
                                "n1/gpu0 has its layout.\n"));
  EXPECT_TRUE(serves_all(layout::propose_layouts(ask()->question).value()));
  times_.patience = minutes(14);
  EXPECT_THAT(text(), HasSubstr("Not kept: \"run\" (bbbbbbbb). n1/gpu0 has another layout for \"run\" "
                                "(aaaaaaaa) until Tue 01 Dec 04:00 UTC: a change takes 10 min, 5 min after "
                                "the end of a session"));
  EXPECT_THAT(text(), HasSubstr("No card has to change.\n"));
  EXPECT_FALSE(serves_all(layout::propose_layouts(ask()->question).value()));
}

TEST_F(GpuLayout, TellsWhoWaitsOnTheNodesOtherCards) {
  bars_["g0a"] = {bar(1, 4, "booked", "bbbbbbbb")};
  bars_["g1"] = {bar(0, 4, "booked", "cccccccc")};
  EXPECT_THAT(text(), HasSubstr("      \"run\" (cccccccc) waits meanwhile to begin on gpu1: the node's "
                                "devices are away\n"));
}

TEST_F(GpuLayout, KnowsTheLayoutFromAReadySession) {
  present_.clear();
  bars_["g0a"] = {bar(-1, 4, "booked", "bbbbbbbb", "Starting")};
  EXPECT_THAT(text(), HasSubstr("now: cut in a way that nobody knows: tell it with --now"));
  bars_["g0a"] = {bar(-1, 4, "booked", "bbbbbbbb", "Ready")};
  EXPECT_THAT(text(), HasSubstr("now: way 2: g0a, g0b (by the session that is on it)"));
}

TEST_F(GpuLayout, NamesNoLabelWhereAnotherCardIsUnknown) {
  present_.clear();
  bars_["g0"] = {bar(1, 4, "booked", "aaaaaaaa")};
  EXPECT_THAT(text(), HasSubstr("kubectl label node n1.lab"));  // gpu1 has one way only
}

TEST_F(GpuLayout, ABookingOfAUnitThatIsGoneHoldsItsCard) {
  bars_["g0"] = {bar(1, 2, "blocked"), bar(2, 4, "blocked"), bar(5, 9, "blocked")};
  bars_["g0a"] = {bar(1, 3, "blocked"), bar(6, 7, "mine", "bbbbbbbb")};
  const auto asked = ask();
  ASSERT_TRUE(asked);
  const std::string gone = "a booking of a unit that is on offer no more";
  EXPECT_EQ(asked->question.cards[0].claims,
            (std::vector<layout::CardClaim>{{"\"run\" (bbbbbbbb)", 1, {at(6), at(7)}},
                                            {gone, std::nullopt, {at(1), at(4)}},
                                            {gone, std::nullopt, {at(5), at(6)}},
                                            {gone, std::nullopt, {at(7), at(9)}}}));
}

TEST_F(GpuLayout, NoWishGoesOntoAUnitThatIsOutOfService) {
  for (auto& unit : pool_.units) unit.out_of_service = unit.name == "g0";
  wishes_ = {{"whole", {at(1), at(2)}}, {"whole", {at(1), at(2)}}};
  const auto asked = ask();
  const auto proposal = layout::propose_layouts(asked->question);
  EXPECT_EQ(proposal->wishes[0].place, (layout::WishAnswer::Place{1, 0}));
  EXPECT_TRUE(proposal->wishes[1].fault);
}

TEST_F(GpuLayout, IsToldToProgramsToo) {
  bars_["g0a"] = {bar(4, 8, "booked", "bbbbbbbb")};
  wishes_ = {{"half", {at(4), at(5)}}, {"half", {at(4), at(5)}}};
  const auto found = value();
  const auto& card = found.at("cards").at(0);
  EXPECT_EQ(json::serialize(card.at("ways")), R"([["g0"],["g0a","g0b"]])");
  EXPECT_EQ(card.at("now"), json::value(1));
  EXPECT_EQ(string_at(card.at("changes").at(0), {"start"}), "2026-12-01T00:00:00Z");
  EXPECT_EQ(card.at("changes").at(0).at("to"), json::value(2));
  EXPECT_THAT(string_at(card.at("changes").at(0), {"mig_config"}), testing::StartsWith("berth-"));
  EXPECT_EQ(string_at(card.at("stretches").at(1).at("bookings").at(0), {"unit"}), "g0a");
  EXPECT_EQ(string_at(found.at("wishes").at(0), {"unit"}), "g0b");
  EXPECT_EQ(string_at(found.at("wishes").at(1), {"why"}), "earlier_wishes");
  EXPECT_TRUE(found.at("exact").as_bool());
}

TEST_F(GpuLayout, RefusesWaysCardsAndClassesThatAreNone) {
  present_ = {{"n1", "gpu0", 3}};
  EXPECT_THAT(text(), HasSubstr("n1/gpu0 can be cut in 2 ways: berth gpu plan shows them."));
  present_ = {{"n1", "gpu7", 1}};
  EXPECT_THAT(text(), HasSubstr("There is no card gpu7 on a node n1 of pool lab."));
  present_.clear();
  wishes_ = {{"third", {at(1), at(2)}}};
  EXPECT_THAT(text(), HasSubstr("Pool lab has no class third. It has whole, half."));
}

TEST_F(GpuLayout, ReadsHowACardIsCut) {
  EXPECT_EQ(parse_present("n1/gpu0=2").value(), (PresentWay{"n1", "gpu0", 2}));
  for (const auto* text : {"", "n1", "n1/gpu0", "n1/gpu0=", "n1/gpu0=x", "/gpu0=1", "n1/=1", "n1=1/2",
                           "n1/gpu0=1 ", "n1/gpu0=99999999999"}) {
    EXPECT_FALSE(parse_present(text)) << text;
  }
}

}  // namespace
}  // namespace berth::cli
