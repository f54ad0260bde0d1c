// From a pool file's units to the ways in which their cards are cut.
#include "layout/cuts.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "layout/picture.hpp"
#include "layout/pool_for_test.hpp"

namespace berth::layout {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> names_of(const Cut& cut) {
  std::vector<std::string> names;
  for (const auto& part : cut.parts) names.push_back(part.unit->name);
  return names;
}

CardCuts first_card(const model::Pool& pool) {
  return cuts_of(pool, pool.nodes.front()).at(0);
}

TEST(Cuts, AreCountedTheSameInWhateverOrderTheUnitsCome) {
  PoolOfOneCard made("RTX PRO 6000", 95, 4);
  made.unit("whole", "nvidia.com/gpu", 0, 4, 4);
  for (int at = 0; at < 4; ++at) made.unit(fmt::format("slice{}", at), "nvidia.com/mig-1g.24gb", at, at + 1);
  made.unit("pair", "nvidia.com/mig-2g.48gb", 2, 4);
  auto pool = made.pool();
  std::vector<std::vector<std::string>> first;
  for (const auto& cut : first_card(pool).cuts) first.push_back(names_of(cut));
  ASSERT_THAT(first, SizeIs(3));
  for (int turn = 0; turn < 24; ++turn) {
    std::ranges::next_permutation(pool.units, {}, [](const model::Unit& unit) { return unit.id.value; });
    std::ranges::rotate(pool.units, pool.units.begin() + 1);
    std::vector<std::vector<std::string>> again;
    for (const auto& cut : first_card(pool).cuts) again.push_back(names_of(cut));
    EXPECT_EQ(again, first);
  }
}

TEST(Cuts, OfTheReferenceMachineAreFourSlicesAndAWholeCard) {
  const auto pool = reference_pool();
  const auto cards = cuts_of(pool, pool.nodes.front());
  ASSERT_THAT(cards, SizeIs(2));
  EXPECT_THAT(cards[0].faults, IsEmpty());
  ASSERT_THAT(cards[0].cuts, SizeIs(1));
  EXPECT_THAT(names_of(cards[0].cuts[0]),
              ElementsAre("gpu0-slice0", "gpu0-slice1", "gpu0-slice2", "gpu0-slice3"));
  EXPECT_EQ(cards[0].cuts[0].parts[3].instance.start, 9);
  ASSERT_THAT(cards[1].cuts, SizeIs(1));
  EXPECT_TRUE(cards[1].cuts[0].is_whole());
  EXPECT_EQ(picture_of(*cards[0].card, cards[0].cuts[0]),
            "0                 3                 6                 9                 12\n"
            "| 1g.24gb x2      | 1g.24gb-me x2   | 1g.24gb+gfx x2  | 1g.24gb+me x2   |\n"
            "| gpu0-slice0     | gpu0-slice1     | gpu0-slice2     | gpu0-slice3     |\n");
  EXPECT_EQ(picture_of(*cards[1].card, cards[1].cuts[0]),
            "0           12\n"
            "| whole x4  |\n"
            "| gpu1      |\n");
}

TEST(Cuts, OfACardThatIsOnOfferWholeAndInSlicesAreTwoOrMore) {
  PoolOfOneCard card("RTX PRO 6000", 95, 4);
  card.unit("whole", "nvidia.com/gpu", 0, 4).unit("half", "nvidia.com/mig-2g.48gb", 0, 2);
  for (int i = 0; i < 4; ++i) card.unit(fmt::format("slice{}", i), "nvidia.com/mig-1g.24gb", i, i + 1);
  const auto cuts = first_card(card.pool());
  EXPECT_THAT(cuts.faults, IsEmpty());
  ASSERT_THAT(cuts.cuts, SizeIs(3));
  EXPECT_THAT(names_of(cuts.cuts[0]), ElementsAre("whole"));
  EXPECT_THAT(names_of(cuts.cuts[1]), ElementsAre("half", "slice2", "slice3"));
  EXPECT_THAT(names_of(cuts.cuts[2]), ElementsAre("slice0", "slice1", "slice2", "slice3"));
  EXPECT_THAT(picture_of(*cuts.card, cuts.cuts[1]), HasSubstr("| 2g.48gb"));
}

TEST(Cuts, ThatLeaveRoomAreShownWithIt) {
  PoolOfOneCard card("A100 SXM4 40GB", 40, 8);
  card.unit("a", "nvidia.com/mig-1g.5gb", 1, 2).unit("b", "nvidia.com/mig-3g.20gb", 4, 8);
  const auto cuts = first_card(card.pool());
  ASSERT_THAT(cuts.cuts, SizeIs(1)) << testing::PrintToString(cuts.faults.size());
  EXPECT_EQ(picture_of(*cuts.card, cuts.cuts[0]),
            "0        1        2                 4                                   8\n"
            "|........| 1g.5gb |.................| 3g.20gb                           |\n"
            "|........| a      |.................| b                                 |\n");
}

TEST(Cuts, SayWhatNoCardIs) {
  struct Case {
    std::string resource;
    int first;
    int end;
    std::string field;
    std::string words;
  };
  for (const auto& [resource, first, end, field, words] : {
           Case{"nvidia.com/mig-1g.10gb", 0, 1, "resource_name", "no instance of this name"},
           Case{"nvidia.com/mig-1g.24gb", 0, 2, "placement", "lies at [0, 1], [1, 2], [2, 3], [3, 4]"},
           Case{"nvidia.com/mig-2g.48gb", 1, 3, "placement", "lies at [0, 2], [2, 4]"},
           Case{"nvidia.com/gpu", 0, 2, "placement", "covers all of its slots"},
       }) {
    PoolOfOneCard card("RTX PRO 6000", 95, 4);
    card.unit("one", resource, first, end);
    const auto cuts = first_card(card.pool());
    ASSERT_THAT(cuts.faults, SizeIs(1)) << resource;
    EXPECT_EQ(cuts.faults[0].field, "nodes.node.devices.card.units.one." + field);
    EXPECT_THAT(cuts.faults[0].message, HasSubstr(words));
  }
}

TEST(Cuts, SayWhatDoesNotGoTogether) {
  PoolOfOneCard card("RTX PRO 6000", 95, 4);
  card.unit("a", "nvidia.com/mig-1g.24gb.me.all", 0, 1).unit("b", "nvidia.com/mig-1g.24gb", 1, 2);
  const auto cuts = first_card(card.pool());
  EXPECT_THAT(cuts.cuts, IsEmpty());
  ASSERT_THAT(cuts.faults, SizeIs(1));
  EXPECT_THAT(cuts.faults[0].message, HasSubstr("Beside 1g.24gb+me.all"));
}

TEST(Cuts, OfACardWithoutATableAreTheWholeOneAlone) {
  PoolOfOneCard card("L40S", 45, 1);
  card.unit("whole", "nvidia.com/gpu", 0, 1);
  EXPECT_TRUE(first_card(card.pool()).cuts.at(0).is_whole());
  card.unit("slice", "nvidia.com/mig-1g.5gb", 0, 1);
  const auto cuts = first_card(card.pool());
  ASSERT_THAT(cuts.faults, SizeIs(1));
  EXPECT_THAT(cuts.faults[0].message, HasSubstr("no table of how a L40S of 45 GiB is cut"));
}

TEST(Cuts, SlotsThatAreNoPositionsAreAFault) {
  PoolOfOneCard card("RTX PRO 6000", 95, 5);
  card.unit("whole", "nvidia.com/gpu", 0, 5);
  const auto cuts = first_card(card.pool());
  ASSERT_THAT(cuts.faults, SizeIs(1));
  EXPECT_EQ(cuts.faults[0].field, "nodes.node.devices.card.slots");
}

TEST(Cuts, TooManyAreToldAndTheFirstKept) {
  PoolOfOneCard card("RTX PRO 6000", 95, 4);
  for (int slot = 0; slot < 4; ++slot) {
    for (int n = 0; n < 3; ++n)
      card.unit(fmt::format("u{}-{}", slot, n), "nvidia.com/mig-1g.24gb", slot, slot + 1);
  }
  const auto cuts = first_card(card.pool());
  EXPECT_THAT(cuts.cuts, SizeIs(kMostCuts));
  ASSERT_THAT(cuts.faults, SizeIs(1));
  EXPECT_THAT(cuts.faults[0].value, HasSubstr("more than 64"));
}

}  // namespace
}  // namespace berth::layout
