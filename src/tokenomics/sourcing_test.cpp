#include "tokenomics/sourcing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tokenomics/random_cases.hpp"

namespace berth::tokenomics {
namespace {

// 1 GPU makes a million tokens an hour, so GPUs and Mtok per hour are the same number.
constexpr double kGpuHour = 1e6;

OwnCost own_cost() {
  return {.cost_per_gpu_year = 3'504,  // 0.40 an hour
          .energy_cost_per_mtok = 0.05,
          .tokens_per_hour_per_gpu = kGpuHour};
}
constexpr double kCloudPrice = 1.05;  // pays from a busy share of 0.40 on

/// A week, hour by hour, in GPUs.
template <typename Load>
std::vector<double> week(Load load) {
  std::vector<double> hours;
  for (int day = 0; day < 7; ++day)
    for (int hour = 0; hour < 24; ++hour) hours.push_back(load(day, hour) * kGpuHour);
  return hours;
}

std::vector<double> random_profile(RandomCases& random) {
  const double scale = random.scaled(0.05, 20) * kGpuHour;
  std::vector<double> hours(static_cast<std::size_t>(random.whole(1, 60)));
  const int shape = static_cast<int>(random.whole(0, 2));
  for (double& tokens : hours) {
    if (shape == 0) tokens = scale * random.between(0, 1);                                // anything
    if (shape == 1) tokens = scale * (0.5 + (random.whole(0, 9) == 0 ? 0.5 : 0.0));       // base and peaks
    if (shape == 2) tokens = random.whole(0, 4) == 0 ? scale * random.between(0, 1) : 0;  // now and then
  }
  return hours;
}

OwnCost random_own(RandomCases& random, bool linear) {
  OwnCost own{.cost_per_gpu_year = random.coin() ? random.scaled(100, 20'000) : 0,
              .energy_cost_per_mtok = random.between(0, 0.5),
              .tokens_per_hour_per_gpu = random.scaled(0.3, 3) * kGpuHour};
  if (linear) {
    own.cost_per_server_year = random.coin() ? random.scaled(100, 5'000) : 0;
    return own;
  }
  own.cost_per_server_year = random.scaled(100, 10'000);
  own.platform_cost_per_year = random.coin() ? random.scaled(100, 20'000) : 0;
  own.gpus_per_server = random.whole(1, 8);
  own.spare_gpus = random.whole(0, 2);
  own.sold_by_server = random.coin();
  return own;
}

/// The cost of one number of own GPUs, hour after hour and server by server.
double cost_by_hand(const Sourcing& sourcing, std::int64_t gpus) {
  const OwnCost& own = sourcing.own;
  double cost = 0;
  for (const double tokens : sourcing.tokens_per_hour) {
    const double carried = std::min(tokens, static_cast<double>(gpus) * own.tokens_per_hour_per_gpu);
    cost += (carried * own.energy_cost_per_mtok + (tokens - carried) * sourcing.cloud_price_per_mtok) / 1e6;
  }
  cost *= 8760 / static_cast<double>(sourcing.tokens_per_hour.size());
  if (gpus == 0) return cost;
  std::int64_t places = 0;
  while (places < gpus + own.spare_gpus) {
    places += own.gpus_per_server;
    cost += own.cost_per_server_year;
  }
  const std::int64_t bought = own.sold_by_server ? places : gpus + own.spare_gpus;
  return cost + own.platform_cost_per_year + static_cast<double>(bought) * own.cost_per_gpu_year;
}

std::int64_t gpus_for_peak(const Sourcing& sourcing) {
  const double highest = *std::max_element(sourcing.tokens_per_hour.begin(), sourcing.tokens_per_hour.end());
  std::int64_t gpus = 0;
  while (static_cast<double>(gpus) * sourcing.own.tokens_per_hour_per_gpu < highest) ++gpus;
  return gpus;
}

double least_cost_by_hand(const Sourcing& sourcing) {
  double least = cost_by_hand(sourcing, 0);
  // Past the peak more GPUs carry nothing more; a few are tried all the same.
  for (std::int64_t gpus = 1; gpus <= gpus_for_peak(sourcing) + 3; ++gpus)
    least = std::min(least, cost_by_hand(sourcing, gpus));
  return least;
}

void expect_close(double left, double right) {
  ASSERT_NEAR(left, right, 1e-9 * (1 + std::abs(right)));
}

TEST(Sourcing, EqualsTheSearchOverEveryNumberOfGpus) {
  RandomCases random(801);
  int verdicts[3] = {0, 0, 0};
  for (int i = 0; i < kCases; ++i) {
    const auto hours = random_profile(random);
    const Sourcing sourcing{.tokens_per_hour = hours,
                            .own = random_own(random, false),
                            .cloud_price_per_mtok = random.scaled(0.05, 10)};
    const auto plan = plan_sourcing(sourcing);
    ASSERT_TRUE(plan);
    expect_close(plan->least.cost, least_cost_by_hand(sourcing));
    expect_close(plan->least.cost, cost_by_hand(sourcing, plan->least.own_gpus));
    expect_close(plan->all_cloud.cost, cost_by_hand(sourcing, 0));
    expect_close(plan->all_own.cost, cost_by_hand(sourcing, gpus_for_peak(sourcing)));
    ASSERT_EQ(plan->all_own.own_gpus, gpus_for_peak(sourcing));
    ASSERT_EQ(plan->all_own.cloud_tokens, 0);
    ++verdicts[static_cast<int>(plan->verdict)];
  }
  // The cases would prove little if one verdict hardly came up.
  for (const int count : verdicts) EXPECT_GT(count, kCases / 20);
}

TEST(Sourcing, EveryRowOfTheCurveIsWhatItsHoursSay) {
  RandomCases random(802);
  for (int i = 0; i < 1'000; ++i) {
    const auto hours = random_profile(random);
    const Sourcing sourcing{.tokens_per_hour = hours,
                            .own = random_own(random, false),
                            .cloud_price_per_mtok = random.scaled(0.05, 10)};
    const auto plan = plan_sourcing(sourcing);
    ASSERT_TRUE(plan);
    ASSERT_LE(plan->curve.size(), kMaxSourcingCurveRows);
    ASSERT_EQ(plan->curve.front().own_gpus, 0);
    ASSERT_EQ(plan->curve.back().own_gpus, plan->all_own.own_gpus);
    bool has_least = false;
    for (const SourcingOption& row : plan->curve) {
      const double level = static_cast<double>(row.own_gpus) * sourcing.own.tokens_per_hour_per_gpu;
      double carried = 0;
      for (const double tokens : hours) carried += std::min(tokens, level);
      const auto above = std::ranges::count_if(hours, [&](double tokens) { return tokens > level; });
      const auto count = static_cast<double>(hours.size());
      expect_close(row.cost, cost_by_hand(sourcing, row.own_gpus));
      expect_close(row.own_tokens, carried * 8760 / count);
      ASSERT_EQ(row.overflow_hours_share, static_cast<double>(above) / count);
      ASSERT_GE(row.cost, plan->least.cost * (1 - 1e-11));
      has_least = has_least || row.own_gpus == plan->least.own_gpus;
    }
    ASSERT_TRUE(has_least);
  }
}

TEST(LoadDurationRule, EqualsTheSearchWhereCostIsLinear) {
  RandomCases random(803);
  for (int i = 0; i < kCases; ++i) {
    const auto hours = random_profile(random);
    const Sourcing sourcing{.tokens_per_hour = hours,
                            .own = random_own(random, true),
                            .cloud_price_per_mtok = random.scaled(0.05, 10)};
    expect_close(cost_by_hand(sourcing, units_that_pay(sourcing)), least_cost_by_hand(sourcing));
    expect_close(plan_sourcing(sourcing)->least.cost, cost_by_hand(sourcing, units_that_pay(sourcing)));
  }
}

TEST(LoadDurationRule, NoUnitIsBusierThanTheOneBefore) {
  RandomCases random(804);
  for (int i = 0; i < kCases; ++i) {
    const auto hours = random_profile(random);
    double sum = 0;
    for (std::int64_t unit = 1; unit <= 20; ++unit) {
      const double busy = busy_share(hours, kGpuHour, unit);
      ASSERT_LE(busy_share(hours, kGpuHour, unit + 1), busy);
      sum += busy;
    }
    double mean = 0;
    for (const double tokens : hours) mean += tokens / kGpuHour / static_cast<double>(hours.size());
    ASSERT_NEAR(sum, mean, 1e-9 * (1 + mean));
  }
}

TEST(LoadDurationRule, AnOwnGpuPaysFromTheBreakevenOn) {
  EXPECT_NEAR(*breakeven_busy_share(own_cost(), kCloudPrice), 0.40, 1e-12);
  EXPECT_FALSE(breakeven_busy_share(own_cost(), 0.05));
}

TEST(SourcingVerdict, SteadyDemandIsOwn) {
  for (const double gpus : {1.0, 4.0, 3.9, 40.0}) {
    const auto hours = week([&](int, int) { return gpus; });
    const auto plan =
        plan_sourcing({.tokens_per_hour = hours, .own = own_cost(), .cloud_price_per_mtok = kCloudPrice});
    EXPECT_EQ(plan->verdict, SourcingVerdict::kOwn) << gpus;
    EXPECT_EQ(plan->least.own_gpus, static_cast<std::int64_t>(std::ceil(gpus)));
    EXPECT_EQ(plan->least.cloud_tokens, 0);
    EXPECT_TRUE(plan->words.starts_with("Own: ")) << plan->words;
    EXPECT_TRUE(plan->words.ends_with("for all tokens.")) << plan->words;
  }
}

TEST(SourcingVerdict, SteadyDemandThatWobblesIsStillOwn) {
  const auto hours = week([](int day, int hour) { return 10 + 0.4 * std::sin(day + hour); });
  const auto plan =
      plan_sourcing({.tokens_per_hour = hours, .own = own_cost(), .cloud_price_per_mtok = kCloudPrice});
  EXPECT_EQ(plan->verdict, SourcingVerdict::kOwn);
  EXPECT_EQ(plan->least.own_gpus, 10);
  EXPECT_NE(plan->words.find("the cloud only takes the tips"), std::string::npos) << plan->words;
}

TEST(SourcingVerdict, TestsDemosAndProofsOfConceptAreCloud) {
  const auto a_demo = week([](int day, int hour) { return day == 2 && hour >= 10 && hour < 12 ? 2.0 : 0.0; });
  const auto office_trial =
      week([](int day, int hour) { return day < 5 && hour >= 9 && hour < 17 ? 0.3 : 0.0; });
  const auto nightly_test = week([](int, int hour) { return hour == 3 ? 8.0 : 0.0; });
  for (const auto& hours : {a_demo, office_trial, nightly_test}) {
    const auto plan =
        plan_sourcing({.tokens_per_hour = hours, .own = own_cost(), .cloud_price_per_mtok = kCloudPrice});
    EXPECT_EQ(plan->verdict, SourcingVerdict::kCloud);
    EXPECT_EQ(plan->least.own_gpus, 0);
    EXPECT_EQ(plan->least.fixed_cost, 0);
    EXPECT_NE(plan->words.find("pays from 40 % on"), std::string::npos) << plan->words;
  }
}

TEST(SourcingVerdict, ASteadyBaseWithPeaksIsBoth) {
  const auto hours = week([](int day, int hour) {
    return day < 5 && hour >= 10 && hour < 14 ? 12.0 : 4.0;
  });  // 12 % of the hours
  const auto plan =
      plan_sourcing({.tokens_per_hour = hours, .own = own_cost(), .cloud_price_per_mtok = kCloudPrice});
  EXPECT_EQ(plan->verdict, SourcingVerdict::kBoth);
  EXPECT_EQ(plan->least.own_gpus, 4);
  EXPECT_LT(plan->least.cost, plan->all_cloud.cost);
  EXPECT_LT(plan->least.cost, plan->all_own.cost);
  EXPECT_NEAR(plan->least.overflow_hours_share, 20.0 / 168, 1e-12);
  EXPECT_EQ(plan->words,
            "Both: own 4 GPUs for the steady base, 80.8 % of the tokens; the cloud for the peaks above it, "
            "in 11.9 % of "
            "the hours.");
}

TEST(SourcingVerdict, ARareHighPeakIsStillBoth) {
  const auto hours = week([](int day, int hour) { return day == 6 && hour == 20 ? 12.0 : 4.0; });
  const auto plan =
      plan_sourcing({.tokens_per_hour = hours, .own = own_cost(), .cloud_price_per_mtok = kCloudPrice});
  EXPECT_EQ(plan->verdict, SourcingVerdict::kBoth);
}

TEST(SourcingVerdict, CloudSaysWhyWhenNoBusyShareCouldPay) {
  const auto hours = week([](int, int) { return 3.0; });
  const auto words = [&](OwnCost own, double price) {
    return plan_sourcing({.tokens_per_hour = hours, .own = own, .cloud_price_per_mtok = price})->words;
  };
  EXPECT_EQ(words(own_cost(), 0.04),
            "Cloud: the energy of a token alone costs as much as the token in the cloud.");
  EXPECT_EQ(words(own_cost(), 0.3),
            "Cloud: at this cloud price an own GPU does not pay even when it is always busy.");
  OwnCost staffed = own_cost();
  staffed.platform_cost_per_year = 1e6;
  EXPECT_EQ(words(staffed, kCloudPrice), "Cloud: 3 own GPUs would not pay even when always busy.");
  const std::vector<double> nothing(24, 0.0);
  EXPECT_EQ(plan_sourcing({.tokens_per_hour = nothing, .own = own_cost(), .cloud_price_per_mtok = 1})->words,
            "Cloud: there is no demand, so there is nothing to own.");
}

TEST(SourcingVerdict, WordsDoNotRoundALittleToNothing) {
  std::vector<double> hours(8'760, 4 * kGpuHour);
  hours[100] = 4.2 * kGpuHour;
  const auto plan =
      plan_sourcing({.tokens_per_hour = hours, .own = own_cost(), .cloud_price_per_mtok = kCloudPrice});
  EXPECT_EQ(plan->words,
            "Own: 4 GPUs for over 99.9 % of the tokens; the cloud only takes the tips, in under 0.1 % of "
            "the hours.");
}

TEST(Sourcing, ServersAreStepsAndWholeServersFillUp) {
  const auto hours = week([](int, int) { return 5.0; });
  OwnCost own = own_cost();
  own.gpus_per_server = 4;
  own.cost_per_server_year = 1'000;
  own.spare_gpus = 1;
  const auto row = [&](std::size_t own_gpus) {
    const auto plan =
        plan_sourcing({.tokens_per_hour = hours, .own = own, .cloud_price_per_mtok = kCloudPrice});
    return plan.value().curve.at(own_gpus);
  };
  EXPECT_EQ(row(3).own_gpus, 3);
  EXPECT_EQ(row(3).servers, 1);
  EXPECT_EQ(row(4).servers, 2);
  EXPECT_EQ(row(4).installed_gpus, 5);
  own.sold_by_server = true;
  EXPECT_EQ(row(4).installed_gpus, 8);
  EXPECT_EQ(row(0).fixed_cost, 0);
}

TEST(Sourcing, WhatIsOutOfRangeIsAnErrorThatNamesIt) {
  const std::vector<double> good(24, kGpuHour);
  const auto field = [](const Sourcing& sourcing) {
    const auto plan = plan_sourcing(sourcing);
    return plan ? std::string("planned") : plan.error().fields.at(0).field;
  };
  EXPECT_EQ(field({.tokens_per_hour = good, .own = own_cost(), .cloud_price_per_mtok = 1}), "planned");
  EXPECT_EQ(field({.tokens_per_hour = good, .own = own_cost(), .cloud_price_per_mtok = -1}),
            "cloud_price_per_mtok");
  EXPECT_EQ(field({.tokens_per_hour = good, .own = {}, .cloud_price_per_mtok = 1}),
            "tokens_per_hour_per_gpu");
  EXPECT_EQ(field({.tokens_per_hour = {}, .own = own_cost(), .cloud_price_per_mtok = 1}), "profile");
  const std::vector<double> long_one(kMaxProfileHours + 1, 1.0);
  EXPECT_EQ(field({.tokens_per_hour = long_one, .own = own_cost(), .cloud_price_per_mtok = 1}), "profile");
  const std::vector<double> negative{1, 2, -3};
  EXPECT_EQ(field({.tokens_per_hour = negative, .own = own_cost(), .cloud_price_per_mtok = 1}), "profile[2]");
  const std::vector<double> broken{1, NAN};
  EXPECT_EQ(field({.tokens_per_hour = broken, .own = own_cost(), .cloud_price_per_mtok = 1}), "profile[1]");
  const std::vector<double> huge{1e30};
  EXPECT_EQ(field({.tokens_per_hour = huge, .own = own_cost(), .cloud_price_per_mtok = 1}), "profile");
  OwnCost no_server = own_cost();
  no_server.gpus_per_server = 0;
  EXPECT_EQ(field({.tokens_per_hour = good, .own = no_server, .cloud_price_per_mtok = 1}), "gpus_per_server");
}

}  // namespace
}  // namespace berth::tokenomics
