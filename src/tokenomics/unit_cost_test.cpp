#include "tokenomics/unit_cost.hpp"

#include <gtest/gtest.h>

#include "tokenomics/quantities.hpp"
#include "tokenomics/random_plant.hpp"
#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {
namespace {

double relative(double left, double right) {
  return std::abs(left - right) / std::max({std::abs(left), std::abs(right), 1e-300});
}

UnitLine random_line(RandomCases& random) {
  const Plant plant = random_plant(random);
  return *unit_line(annual_cost(plant, static_cast<double>(random.whole(1, 64))));
}

TEST(Invariant01, DoublingUtilisationHalvesTheFixedPartOnly) {
  RandomCases random(101);
  for (int i = 0; i < kCases; ++i) {
    UnitLine line = random_line(random);
    const double utilisation = random.between(0.001, 0.5);
    const double ratio = *doubling_ratio(line, utilisation);
    ASSERT_GE(ratio, 0.5);
    ASSERT_LT(ratio, 1);
    line.variable_per_mtok = 0;
    ASSERT_NEAR(*doubling_ratio(line, utilisation), 0.5, 1e-12);
    line = {.fixed_per_mtok = 0, .variable_per_mtok = random.scaled(1e-6, 100)};
    ASSERT_EQ(*doubling_ratio(line, utilisation), 1);
  }
}

TEST(Invariant01, UnitCostFallsStrictlyAndIsConvex) {
  RandomCases random(102);
  for (int i = 0; i < kCases; ++i) {
    const UnitLine line = random_line(random);
    const double low = random.between(0.001, 0.5);
    const double high = low + random.between(0.001, 0.49);
    ASSERT_GT(line.at(low), line.at(high));
    ASSERT_LT(line.at((low + high) / 2), (line.at(low) + line.at(high)) / 2);
  }
}

TEST(Invariant01, FreeTokensHaveNoRatio) {
  EXPECT_FALSE(doubling_ratio({0, 0}, 0.4));
}

TEST(Invariant03, SpeedDividesUnitCostAndDoesNotDecideTheDemandOfBreakEven) {
  RandomCases random(103);
  for (int i = 0; i < kCases; ++i) {
    Plant plant = random_plant(random);
    const double gpus = static_cast<double>(random.whole(1, 64));
    const double factor = random.scaled(1.01, 100);
    const AnnualCost cost = annual_cost(plant, gpus);
    plant.gpu_tokens_per_second *= factor;
    const AnnualCost faster_cost = annual_cost(plant, gpus);
    const UnitLine line = *unit_line(cost);
    const UnitLine faster = *unit_line(faster_cost);
    const double utilisation = random.between(0.01, 1);
    ASSERT_LT(relative(faster.fixed_per_mtok * factor, line.fixed_per_mtok), 1e-12);
    ASSERT_LT(relative(faster.variable_per_mtok * factor, line.variable_per_mtok), 1e-12);
    ASSERT_LT(relative(faster.at(utilisation) * factor, line.at(utilisation)), 1e-12);

    const double price = line.variable_per_mtok + random.scaled(1e-3, 1e3) * line.fixed_per_mtok;
    const double share = *utilisation_for_price(line, price);
    const double faster_share = *utilisation_for_price(faster, price);
    const double tokens = *breakeven_tokens_per_month(cost.fixed_per_year, line.variable_per_mtok, price);
    const double faster_tokens =
        *breakeven_tokens_per_month(faster_cost.fixed_per_year, faster.variable_per_mtok, price);
    if (plant.power_fixed) {
      ASSERT_LT(relative(faster_share * factor, share), 1e-12);
      ASSERT_EQ(faster_tokens, tokens);
    } else {
      ASSERT_LT(faster_share, share);
      ASSERT_LT(faster_tokens, tokens);
    }
  }
}

TEST(Invariant04, BreakEvenIsWhereTheUnitCostIsTheCloudPrice) {
  RandomCases random(104);
  for (int i = 0; i < kCases; ++i) {
    const Plant plant = random_plant(random);
    const AnnualCost cost = annual_cost(plant, static_cast<double>(random.whole(1, 64)));
    const UnitLine line = *unit_line(cost);
    ASSERT_FALSE(utilisation_for_price(line, line.variable_per_mtok));
    ASSERT_FALSE(utilisation_for_price(line, line.variable_per_mtok * random.between(0, 1)));

    const double price = line.variable_per_mtok + random.scaled(0.01, 100) * line.fixed_per_mtok;
    const double share = *utilisation_for_price(line, price);
    ASSERT_LT(relative(line.at(share), price), 1e-9);
    ASSERT_LT(line.at(share * random.between(1.001, 3)), price);
    ASSERT_GT(line.at(share * random.between(0.1, 0.999)), price);
    ASSERT_LT(*utilisation_for_price(line, price * 1.01), share);
    ASSERT_GT(*utilisation_for_price({line.fixed_per_mtok * 1.01, line.variable_per_mtok}, price), share);
    const double more_energy =
        line.variable_per_mtok + (price - line.variable_per_mtok) * random.between(0.01, 0.9);
    ASSERT_GT(*utilisation_for_price({line.fixed_per_mtok, more_energy}, price), share);
    const double tokens = *breakeven_tokens_per_month(cost.fixed_per_year, line.variable_per_mtok, price);
    ASSERT_LT(relative(kMonthsPerYear * tokens / cost.capacity_tokens_per_year, share), 1e-12);
  }
}

TEST(Invariant05, WithoutInterestAndResidualTheDemandOfBreakEvenPaysBackInTheWholeLife) {
  RandomCases random(105);
  for (int i = 0; i < kCases; ++i) {
    Plant plant = random_plant(random);
    plant.capital_rate_per_year = 0;
    plant.residual_share = 0;
    const AnnualCost cost = annual_cost(plant, static_cast<double>(random.whole(1, 64)));
    const UnitLine line = *unit_line(cost);
    const double price = line.variable_per_mtok + line.fixed_per_mtok * random.scaled(1, 100);
    const double share = *utilisation_for_price(line, price);
    const double tokens = *breakeven_tokens_per_month(cost.fixed_per_year, line.variable_per_mtok, price);
    const double saving =
        saving_per_month(per_year_from_per_mtok(price, tokens), cost.at(share), cost.capital_per_year);
    ASSERT_LT(relative(*payback_months(cost.capital, saving), kMonthsPerYear * plant.life_years), 1e-6);
  }
}

TEST(Invariant05, DiscountedPaybackIsLongerAndExistsOnlyAboveTheInterest) {
  RandomCases random(106);
  for (int i = 0; i < kCases; ++i) {
    const double capital = random.scaled(1, 1e9);
    const double rate = random.scaled(1e-5, 0.05);
    const double saving = capital * rate * random.scaled(0.01, 1000);
    const auto plain = payback_months(capital, saving);
    const auto discounted = discounted_payback_months(capital, saving, rate);
    ASSERT_TRUE(plain);
    ASSERT_EQ(static_cast<bool>(discounted), saving > capital * rate);
    if (!discounted) continue;
    ASSERT_GT(*discounted, *plain);
    // The savings of that many months, each discounted, are worth the capital.
    const double worth = saving * (1 - std::exp(-*discounted * std::log1p(rate))) / rate;
    ASSERT_LT(relative(worth, capital), 1e-6);
    ASSERT_FALSE(payback_months(capital, -saving));
  }
}

TEST(Invariant16, BlendedPriceLiesBetweenItsParts) {
  RandomCases random(116);
  for (int i = 0; i < kCases; ++i) {
    std::vector<PricePart> parts(static_cast<std::size_t>(random.whole(1, 6)));
    double sum = 0;
    double lowest = 1e300;
    double highest = 0;
    for (PricePart& part : parts) {
      part = {random.between(0.01, 1), random.scaled(0.01, 100)};
      sum += part.share;
      lowest = std::min(lowest, part.price_per_mtok);
      highest = std::max(highest, part.price_per_mtok);
    }
    for (PricePart& part : parts) part.share /= sum;
    const double price = *blended_price(parts);
    ASSERT_GE(price, lowest * (1 - 1e-12));
    ASSERT_LE(price, highest * (1 + 1e-12));
    parts.front().share += random.coin() ? 2e-6 : -2e-6;
    ASSERT_FALSE(blended_price(parts));
    const PricePart all_output[] = {{0, 5}, {0, 7}, {1, price}};
    ASSERT_EQ(*blended_price(all_output), price);
  }
}

TEST(Invariant18, UnitsRoundTrip) {
  RandomCases random(118);
  for (int i = 0; i < kCases; ++i) {
    const double hourly = random.scaled(1e-6, 1e6);
    const double speed = random.scaled(1e-2, 1e9);
    const double tokens_per_year = speed * kSecondsPerHour * kHoursPerYear;
    const double per_mtok = per_mtok_from_per_hour(hourly, speed);
    const double yearly = hourly * kHoursPerYear;
    ASSERT_LT(relative(per_hour_from_per_year(yearly), hourly), 1e-12);
    ASSERT_LT(relative(per_mtok_from_per_year(yearly, tokens_per_year), per_mtok), 1e-12);
    ASSERT_LT(relative(per_year_from_per_mtok(per_mtok, tokens_per_year), yearly), 1e-12);
    ASSERT_LT(relative(months_from_hours(hourly, 720) / months_from_hours(hourly, 730), 730.0 / 720), 1e-12);
  }
}

TEST(OwnOrRent, ExistsOnlyWhereItMakesSense) {
  EXPECT_FALSE(breakeven_hours({.capital = 100, .running_cost_per_hour = 2, .rent_per_hour = 2}));
  EXPECT_EQ(*breakeven_hours({.capital = 100, .running_cost_per_hour = 1, .rent_per_hour = 2}), 100);
  EXPECT_FALSE(breakeven_hours_per_day({.capital = 100, .running_cost_per_hour = 1, .rent_per_hour = 0}, 5));
  // Always on for a year at the rent of 10: 24 hours a day cost 87,600.
  EXPECT_DOUBLE_EQ(
      *breakeven_hours_per_day({.capital = 78'840, .running_cost_per_hour = 1, .rent_per_hour = 10}, 1), 24);
}

TEST(RentedGpu, CostsMoreWhenItIsPaidWhileIdle) {
  EXPECT_DOUBLE_EQ(rented_gpu_per_mtok(3.6, 1000, 1), 1);
  EXPECT_DOUBLE_EQ(rented_gpu_per_mtok(3.6, 1000, 0.5), 2);
}

}  // namespace
}  // namespace berth::tokenomics
