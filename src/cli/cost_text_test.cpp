#include "cli/cost_text.hpp"

#include <gmock/gmock.h>

namespace berth::cli {
namespace {

using testing::HasSubstr;

std::string shown(double value) {
  return answer_text({{"results", {{"unit_cost", {{"value", value}, {"unit", "EUR"}}}}}}, {});
}

TEST(CostText, ColumnsInAColumnAreShownBesideTheOthers) {
  const json::array rows{json::object{{"agents", 1}, {"tokens", {{"single", 1200}, {"full_mesh", 34}}}}};
  const auto text = answer_text({{"over_agents", rows}}, {});
  EXPECT_THAT(text, HasSubstr("  agents  tokens single  tokens full mesh"));
  EXPECT_THAT(text, HasSubstr("1,200"));
}

TEST(CostText, NumbersAreInPlainDecimalsHoweverSmall) {
  EXPECT_THAT(shown(0.000023), HasSubstr("  0.000023  EUR"));
  EXPECT_THAT(shown(2.34567891e-7), HasSubstr("  0.00000023457  EUR"));
  EXPECT_THAT(shown(-0.5), HasSubstr("  -0.5  EUR"));
  EXPECT_THAT(shown(99.9996), HasSubstr("  100  EUR"));
  EXPECT_THAT(shown(0.99999), HasSubstr("  0.99999  EUR"));
  EXPECT_THAT(shown(1234.5), HasSubstr("  1,234.50  EUR"));
  EXPECT_THAT(shown(1e18), HasSubstr("  1e+18  EUR"));
}

}  // namespace
}  // namespace berth::cli
