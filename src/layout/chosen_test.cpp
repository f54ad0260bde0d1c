#include "layout/chosen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layout/pool_for_test.hpp"
#include "layout/render.hpp"

namespace berth::layout {
namespace {

using testing::ElementsAre;
using testing::Pair;

model::Pool whole_or_slices() {
  return PoolOfOneCard("H100-80GB", 80, 8)
      .unit("whole", "nvidia.com/gpu", 0, 8, 2)
      .unit("a", "nvidia.com/mig-3g.40gb", 0, 4)
      .unit("b", "nvidia.com/mig-3g.40gb", 4, 8)
      .pool();
}

TEST(ChosenLayout, IsWhatTheNodeThenAdvertisesUnderTheNameThatIsRendered) {
  const auto pool = whole_or_slices();
  const auto& node = pool.nodes.front();
  const auto rendered = layouts_of(pool, node);
  ASSERT_TRUE(rendered) << rendered.error().message;
  ASSERT_EQ(rendered->size(), 2U);
  for (int way : {1, 2}) {
    const auto chosen = choose_layout(pool, node, {{"card", way}});
    ASSERT_TRUE(chosen) << chosen.error().message;
    EXPECT_EQ(chosen->name, (*rendered)[static_cast<std::size_t>(way - 1)].name);
    EXPECT_THAT(chosen->ways, ElementsAre(Pair("card", way)));
    if (chosen->units.size() == 1) {
      EXPECT_THAT(chosen->advertises, ElementsAre(Pair("nvidia.com/gpu", 2)));
    } else {
      EXPECT_THAT(chosen->units, ElementsAre("a", "b"));
      EXPECT_THAT(chosen->advertises, ElementsAre(Pair("nvidia.com/mig-3g.40gb", 2)));
    }
  }
}

TEST(ChosenLayout, NamesTheCardOfWhichItCannotBe) {
  const auto pool = whole_or_slices();
  const auto& node = pool.nodes.front();
  const auto field = [&](const std::map<std::string, int>& ways) {
    const auto chosen = choose_layout(pool, node, ways);
    EXPECT_FALSE(chosen);
    return chosen ? std::string() : chosen.error().fields.front().field;
  };
  EXPECT_EQ(field({}), "ways.card") << "it is not guessed";
  EXPECT_EQ(field({{"card", 0}}), "ways.card");
  EXPECT_EQ(field({{"card", 3}}), "ways.card");
  EXPECT_EQ(field({{"card", 1}, {"other", 1}}), "ways.other");
}

TEST(ChosenLayout, OfCardsWithOneWayNothingNeedsToBeSaid) {
  const auto pool = reference_pool();
  const auto chosen = choose_layout(pool, pool.nodes.front(), {});
  ASSERT_TRUE(chosen) << chosen.error().message;
  EXPECT_EQ(chosen->units.size(), pool.units.size());
}

}  // namespace
}  // namespace berth::layout
