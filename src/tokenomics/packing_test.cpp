#include "tokenomics/packing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

#include "tokenomics/random_cases.hpp"

namespace berth::tokenomics {
namespace {

// --- Quarters ---

std::vector<int> sizes_of(const QuarterUnits& units) {
  std::vector<int> sizes(static_cast<std::size_t>(units.wholes), 4);
  sizes.insert(sizes.end(), static_cast<std::size_t>(units.halves), 2);
  sizes.insert(sizes.end(), static_cast<std::size_t>(units.quarters), 1);
  return sizes;
}

/// First-fit decreasing, word for word; the sizes come largest first.
std::vector<std::vector<int>> first_fit(const std::vector<int>& sizes) {
  std::vector<std::vector<int>> gpus;
  std::vector<int> used;
  for (const int size : sizes) {
    std::size_t g = 0;
    while (g < gpus.size() && used[g] + size > 4) ++g;
    if (g == gpus.size()) {
      gpus.emplace_back();
      used.push_back(0);
    }
    gpus[g].push_back(size);
    used[g] += size;
  }
  return gpus;
}

/// Fewest GPUs over every way of putting each unit somewhere.
void place_all(const std::vector<int>& sizes, std::size_t next, std::vector<int>& used, std::size_t& best) {
  if (used.size() >= best) return;
  if (next == sizes.size()) {
    best = used.size();
    return;
  }
  for (std::size_t g = 0; g < used.size(); ++g) {
    if (used[g] + sizes[next] > 4) continue;
    used[g] += sizes[next];
    place_all(sizes, next + 1, used, best);
    used[g] -= sizes[next];
  }
  used.push_back(sizes[next]);
  place_all(sizes, next + 1, used, best);
  used.pop_back();
}

QuarterUnits random_units(RandomCases& random, std::int64_t most) {
  return {
      .quarters = random.whole(0, most), .halves = random.whole(0, most), .wholes = random.whole(0, most)};
}

TEST(QuarterPacking, NoOtherPlacementNeedsFewerGpus) {
  RandomCases random(301);
  for (int i = 0; i < kCases; ++i) {
    const QuarterUnits units = random_units(random, 3);
    const auto sizes = sizes_of(units);
    std::size_t best = sizes.size() + 1;
    std::vector<int> used;
    place_all(sizes, 0, used, best);
    ASSERT_EQ(gpus_for(units), static_cast<std::int64_t>(best));
  }
}

TEST(QuarterPacking, LayoutsAreThoseOfFirstFitDecreasing) {
  RandomCases random(302);
  for (int i = 0; i < kCases; ++i) {
    const QuarterUnits units = random_units(random, 25);
    std::map<std::vector<int>, std::int64_t> expected;
    for (const auto& gpu : first_fit(sizes_of(units))) ++expected[gpu];
    std::map<std::vector<int>, std::int64_t> found;
    std::int64_t gpus = 0;
    for (const GpuLayout& layout : layouts_for(units)) {
      ASSERT_GT(layout.gpus, 0);
      found[sizes_of(layout.per_gpu)] += layout.gpus;
      gpus += layout.gpus;
    }
    ASSERT_EQ(found, expected);
    ASSERT_EQ(gpus, gpus_for(units));
  }
}

// --- Sevenths ---

using Counts = std::array<int, 4>;  // ones, twos, threes, fours

struct Placement {
  std::size_t kind;  // index into Counts
  int start;
  int memory_slices;
};
constexpr Placement kPlacements[] = {{0, 0, 1}, {0, 1, 1}, {0, 2, 1}, {0, 3, 1}, {0, 4, 1},
                                     {0, 5, 1}, {0, 6, 1}, {1, 0, 2}, {1, 2, 2}, {1, 4, 2},
                                     {2, 0, 4}, {2, 4, 4}, {3, 0, 4}};

/// Every set of units that fits one GPU, by trying every subset of the placements.
void collect(std::size_t next, unsigned taken, Counts counts, std::set<Counts>& out) {
  out.insert(counts);
  for (std::size_t p = next; p < std::size(kPlacements); ++p) {
    const Placement& placement = kPlacements[p];
    const unsigned mask = ((1U << placement.memory_slices) - 1U) << placement.start;
    if ((taken & mask) != 0) continue;
    Counts more = counts;
    ++more[placement.kind];
    collect(p + 1, taken | mask, more, out);
  }
}

bool covers(const Counts& large, const Counts& small) {
  for (std::size_t k = 0; k < small.size(); ++k)
    if (large[k] < small[k]) return false;
  return true;
}

std::vector<Counts> fullest_gpus() {
  std::set<Counts> all;
  collect(0, 0, {}, all);
  std::vector<Counts> fullest;
  for (const Counts& counts : all) {
    const auto bigger = [&](const Counts& other) { return other != counts && covers(other, counts); };
    if (std::none_of(all.begin(), all.end(), bigger)) fullest.push_back(counts);
  }
  return fullest;
}

TEST(SeventhPacking, EqualsTheFewestGpusOverAllLayouts) {
  const auto fullest = fullest_gpus();
  constexpr Counts kMost{13, 9, 9, 6};
  std::map<Counts, std::int64_t> fewest;
  int cases = 0;
  for (int ones = 0; ones <= kMost[0]; ++ones)
    for (int twos = 0; twos <= kMost[1]; ++twos)
      for (int threes = 0; threes <= kMost[2]; ++threes)
        for (int fours = 0; fours <= kMost[3]; ++fours) {
          const Counts counts{ones, twos, threes, fours};
          std::int64_t best = ones + twos + threes + fours;
          for (const Counts& gpu : fullest) {
            Counts left = counts;
            for (std::size_t k = 0; k < left.size(); ++k) left[k] = std::max(left[k] - gpu[k], 0);
            if (left != counts) best = std::min(best, 1 + fewest[left]);
          }
          fewest[counts] = best;
          ASSERT_EQ(gpus_for(SeventhUnits{
                        .ones = ones, .twos = twos, .threes = threes, .fours = fours, .sevens = 2}),
                    best + 2)
              << ones << " " << twos << " " << threes << " " << fours;
          ++cases;
        }
  EXPECT_GE(cases, 9'000);
}

// --- Tiers ---

TEST(Instances, AreTheFewestThatCarryThePeak) {
  RandomCases random(303);
  for (int i = 0; i < kCases; ++i) {
    const double speed = random.scaled(10, 20'000);
    const double allowed = random.between(0.1, 1);
    // Half of the peaks are met to the last token, where rounding could buy one instance too many.
    const double peak = random.coin() ? static_cast<double>(random.whole(0, 500)) * speed * allowed
                                      : random.between(0, 500) * speed;
    const auto instances = needed_instances(peak, speed, allowed);
    ASSERT_TRUE(instances);
    std::int64_t counted = 0;
    while (static_cast<double>(counted) * (speed * allowed) < peak) ++counted;
    ASSERT_EQ(*instances, counted);
  }
}

TEST(Instances, HaveNoResultWithoutSpeedOrBeyondTheLimit) {
  EXPECT_FALSE(needed_instances(10, 0, 0.7));
  EXPECT_FALSE(needed_instances(10, 5, 0));
  EXPECT_FALSE(needed_instances(-1, 5, 1));
  EXPECT_FALSE(needed_instances(1e30, 5, 1));
  EXPECT_FALSE(needed_instances(NAN, 5, 1));
}

PartitionedTier tier(std::string name, int quarters, double peak) {
  return {.name = std::move(name),
          .peak_tokens_per_second = peak,
          .instance_tokens_per_second = 1'000,
          .sharing_efficiency = 1,
          .units_per_instance = 1,
          .quarters_per_unit = quarters,
          .needed_gb = 10,
          .unit_gb = 24.0 * quarters};
}

TEST(PartitionedTiers, ShareGpusAfterPacking) {
  std::vector<PartitionedTier> tiers{tier("7B", 1, 2'500), tier("14B", 2, 1'000), tier("70B", 4, 1'400)};
  tiers[2].units_per_instance = 2;
  const auto packing = pack(tiers, 0.5);
  ASSERT_TRUE(packing);
  EXPECT_EQ(packing->instances, (std::vector<std::int64_t>{5, 2, 3}));
  EXPECT_EQ(packing->units, (QuarterUnits{.quarters = 5, .halves = 2, .wholes = 6}));
  EXPECT_EQ(packing->gpus, 9);  // 5 + 4 + 24 quarters
}

TEST(PartitionedTiers, ATierThatDoesNotFitIsAnErrorThatNamesIt) {
  std::vector<PartitionedTier> tiers{tier("7B", 1, 100), tier("70B", 2, 100)};
  tiers[1].needed_gb = 48.5;
  const auto packing = pack(tiers, 0.7);
  ASSERT_FALSE(packing);
  EXPECT_EQ(packing.error().code, Code::kInvalid);
  ASSERT_EQ(packing.error().fields.size(), 1U);
  EXPECT_EQ(packing.error().fields[0].field, "tiers[1]");
  EXPECT_EQ(packing.error().fields[0].value, "48.5 GB");
  EXPECT_EQ(packing.error().fields[0].limit, "at most 48 GB");
  EXPECT_EQ(packing.error().message, "Tier 70B does not fit: an instance needs 48.5 GB and has 48 GB.");
  tiers[1].needed_gb = 48;
  EXPECT_TRUE(pack(tiers, 0.7));
}

TEST(PartitionedTiers, WrongShapesAreErrorsThatNameTheField) {
  const auto fault = [](PartitionedTier wrong) {
    const auto packing = pack(std::vector{std::move(wrong)}, 0.7);
    return packing ? std::string("packed") : packing.error().fields.at(0).field;
  };
  EXPECT_EQ(fault(tier("x", 3, 1)), "tiers[0].quarters_per_unit");
  PartitionedTier many = tier("x", 4, 1);
  many.units_per_instance = kMaxUnitsPerInstance + 1;
  EXPECT_EQ(fault(many), "tiers[0].units_per_instance");
  EXPECT_EQ(fault(tier("x", 4, 1e30)), "tiers[0]");
  EXPECT_FALSE(pack(std::vector<PartitionedTier>(kMaxPackedTiers + 1, tier("x", 4, 1)), 0.7));
  EXPECT_EQ(pack({}, 0.7)->gpus, 0);
}

}  // namespace
}  // namespace berth::tokenomics
