#include <gtest/gtest.h>

#include "tokenomics/agent_bills.hpp"
#include "tokenomics/agents.hpp"
#include "tokenomics/random_cases.hpp"

namespace berth::tokenomics {
namespace {

double whole_tokens(RandomCases& random, std::int64_t most) {
  return static_cast<double>(random.whole(0, most));
}

AgentRun random_run(RandomCases& random) {
  return {.calls = random.whole(1, 30),
          .static_prefix_tokens = whole_tokens(random, 10'000),
          .new_input_tokens_per_call = whole_tokens(random, 2'000),
          .output_tokens_per_call = whole_tokens(random, 2'000)};
}

Team random_team(RandomCases& random) {
  return {.agents = random.whole(1, 30),
          .rounds = random.whole(1, 30),
          .agent = random_run(random),
          .orchestrator = random_run(random),
          .brief_tokens = whole_tokens(random, 1'000),
          .result_tokens = whole_tokens(random, 3'000),
          .message_tokens = whole_tokens(random, 1'000)};
}

double total_of(Pattern pattern, const Team& team) {
  return pattern_tokens(pattern, team).total();
}

TEST(Invariant15Teams, SharedTranscriptOfOneIsTheSingleAgent) {
  RandomCases random(1501);
  for (int i = 0; i < kCases; ++i) {
    Team team = random_team(random);
    team.agents = 1;
    team.agent.calls = team.rounds;
    ASSERT_EQ(total_of(Pattern::kSharedTranscript, team), total_of(Pattern::kSingle, team));
    ASSERT_EQ(pattern_tokens(Pattern::kSharedTranscript, team).resent_input, resent_tokens(team.agent));
  }
}

TEST(Invariant15Teams, SilentMeshIsThatManySingleAgents) {
  RandomCases random(1502);
  for (int i = 0; i < kCases; ++i) {
    Team team = random_team(random);
    team.message_tokens = 0;
    team.agent.new_input_tokens_per_call = 0;
    team.agent.calls = team.rounds;
    ASSERT_EQ(total_of(Pattern::kFullMesh, team),
              static_cast<double>(team.agents) * total_of(Pattern::kSingle, team));
  }
}

TEST(Invariant15Teams, IsolatedWorkersAreLinearInTheirNumber) {
  RandomCases random(1503);
  for (int i = 0; i < kCases; ++i) {
    Team team = random_team(random);
    const double first = total_of(Pattern::kIsolated, team);
    ++team.agents;
    const double second = total_of(Pattern::kIsolated, team);
    ++team.agents;
    ASSERT_EQ(total_of(Pattern::kIsolated, team) - 2 * second + first, 0);
    ASSERT_EQ(second - first, total_tokens(team.agent));
  }
}

TEST(Teams, DelegationEqualsTheLoopOverResults) {
  RandomCases random(1504);
  for (int i = 0; i < kCases; ++i) {
    const Team team = random_team(random);
    const double growth = team.brief_tokens + team.result_tokens;
    double orchestrator = 0;
    for (std::int64_t call = 1; call <= team.agents + 1; ++call)
      orchestrator += team.orchestrator.static_prefix_tokens + growth * static_cast<double>(call);
    const double workers = static_cast<double>(team.agents) * total_tokens(team.agent);
    ASSERT_EQ(total_of(Pattern::kDelegation, team), workers + orchestrator);
  }
}

TEST(Teams, FullMeshEqualsTheLoopOverRoundsAndMembers) {
  RandomCases random(1505);
  for (int i = 0; i < kCases; ++i) {
    const Team team = random_team(random);
    const double heard = static_cast<double>(team.agents - 1) * team.message_tokens;
    double tokens = 0;
    for (std::int64_t member = 0; member < team.agents; ++member) {
      double context = team.agent.static_prefix_tokens;
      for (std::int64_t round = 0; round < team.rounds; ++round) {
        context += heard + team.agent.output_tokens_per_call;
        tokens += context;
      }
    }
    ASSERT_EQ(total_of(Pattern::kFullMesh, team), tokens);
  }
}

TEST(Teams, SharedTranscriptIsQuadraticInTheNumberOfAgents) {
  RandomCases random(1506);
  for (int i = 0; i < kCases; ++i) {
    Team team = random_team(random);
    const double first = total_of(Pattern::kSharedTranscript, team);
    ++team.agents;
    const double second = total_of(Pattern::kSharedTranscript, team);
    ++team.agents;
    const double rounds = static_cast<double>(team.rounds);
    ASSERT_EQ(total_of(Pattern::kSharedTranscript, team) - 2 * second + first,
              growth_per_call(team.agent) * rounds * rounds);
  }
}

TEST(Teams, ASharedPrefixIsPrefilledOnce) {
  EXPECT_EQ(shared_prefix_saving_tokens(5, 4'000, 0.25), 4 * 4'000 * 0.75);
  EXPECT_EQ(shared_prefix_saving_tokens(1, 4'000, 0), 0);
  EXPECT_EQ(shared_prefix_saving_tokens(5, 4'000, 1), 0);
}

TEST(Teams, AmplificationComparesWithOnePlainCall) {
  EXPECT_DOUBLE_EQ(*amplification(15'000, 1'000), 15);
  EXPECT_FALSE(amplification(15'000, 0));
  EXPECT_NEAR(empirical_turns(4), 2.72 * std::pow(4.5, 1.724), 1e-12);
}

TEST(Growth, RowsKeepBothEndsAndTheirLimit) {
  RandomCases random(1507);
  for (int i = 0; i < 200; ++i) {
    const Team team = random_team(random);
    const std::int64_t first = random.whole(1, 20);
    const std::int64_t last = first + random.whole(0, 2'000);
    const auto rows = growth_over_agents(team, first, last);
    ASSERT_LE(rows.size(), static_cast<std::size_t>(kMaxGrowthRows));
    ASSERT_EQ(rows.front().at, first);
    ASSERT_EQ(rows.back().at, last);
    for (std::size_t r = 1; r < rows.size(); ++r) ASSERT_LT(rows[r - 1].at, rows[r].at);
  }
  EXPECT_TRUE(growth_over_agents({}, 2, 1).empty());
}

TEST(Growth, RowsHoldWhatEachPatternCosts) {
  RandomCases random(1508);
  const Team team = random_team(random);
  for (const GrowthRow& row : growth_over_agents(team, 1, 20)) {
    Team sized = team;
    sized.agents = row.at;
    for (std::size_t p = 0; p < std::size(kPatterns); ++p)
      EXPECT_EQ(row.tokens[p].total(), total_of(kPatterns[p], sized)) << to_string(kPatterns[p]);
  }
  for (const GrowthRow& row : growth_over_calls(team, 1, 20)) {
    Team sized = team;
    sized.agent.calls = row.at;
    sized.rounds = row.at;
    for (std::size_t p = 0; p < std::size(kPatterns); ++p)
      EXPECT_EQ(row.tokens[p].total(), total_of(kPatterns[p], sized)) << to_string(kPatterns[p]);
  }
}

TEST(AgentBills, WorkedExampleBCostsNineTimesMoreForHistoryThanForAnswers) {
  const Tokens tokens = run_tokens({.calls = 50,
                                    .static_prefix_tokens = 3'800,
                                    .new_input_tokens_per_call = 200,
                                    .output_tokens_per_call = 400});
  const Request billed = billed_tokens(tokens, std::nullopt);
  const double input =
      cloud_bill({billed.input_tokens, 0, 0, 0}, {.input_per_mtok = 3, .output_per_mtok = 15});
  const double output =
      cloud_bill({0, 0, 0, billed.output_tokens}, {.input_per_mtok = 3, .output_per_mtok = 15});
  EXPECT_DOUBLE_EQ(input, 2.805);
  EXPECT_DOUBLE_EQ(output, 0.30);
  EXPECT_GT(input / output, 9);
}

TEST(AgentBills, PricesThatFollowTheCacheBillItsEffectiveInput) {
  RandomCases random(1509);
  for (int i = 0; i < kCases; ++i) {
    const Tokens tokens = pattern_tokens(random.one_of(kPatterns), random_team(random));
    const PrefixCache cache{.hit_ratio = random.between(0, 1),
                            .cached_token_cost = random.between(0, 1),
                            .write_multiplier = random.between(1, 1.5),
                            .keeps_generated_kv = random.coin()};
    const double price = random.scaled(0.01, 10);
    const double answer = random.scaled(0.01, 50);
    const double bill =
        cloud_bill(billed_tokens(tokens, cache), {.input_per_mtok = price,
                                                  .cached_per_mtok = price * cache.cached_token_cost,
                                                  .written_per_mtok = price * cache.write_multiplier,
                                                  .output_per_mtok = answer});
    const double expected = (price * effective_input_tokens(tokens, cache) + answer * tokens.output) / 1e6;
    ASSERT_NEAR(bill, expected, 1e-9 * (1 + expected));
    ASSERT_NEAR(billed_tokens(tokens, cache).total(), tokens.total(), 1e-6);
  }
}

TEST(AgentBills, OwnWorkTurnsIntoGpuSeconds) {
  const Request request{
      .input_tokens = 1'000, .cached_tokens = 4'000, .written_tokens = 500, .output_tokens = 300};
  const double work = work_tokens(10.0 * request, WorkWeights{.input = 0.2, .cached = 0.05});
  EXPECT_DOUBLE_EQ(work, 10 * (300 + 200 + 300));
  EXPECT_DOUBLE_EQ(*gpu_seconds(work, 2'000), 4);
  EXPECT_FALSE(gpu_seconds(work, 0));
  EXPECT_DOUBLE_EQ(monthly_demand_tokens(1'000, request.total()), 5'800'000);
}

TEST(AgentBills, TheCrossingIsWhereOwnStaysCheaper) {
  const double cloud[] = {1, 2, 4, 8, 16};
  const double steps[] = {3, 3, 3, 9, 9};
  EXPECT_EQ(*own_cheaper_from(cloud, steps), 4U);
  const double flat[] = {4, 4, 4, 4, 4};
  EXPECT_EQ(*own_cheaper_from(cloud, flat), 2U);
  const double dear[] = {99, 99, 99, 99, 99};
  EXPECT_FALSE(own_cheaper_from(cloud, dear));
  EXPECT_EQ(*own_cheaper_from(dear, cloud), 0U);
  EXPECT_FALSE(own_cheaper_from({}, {}));
}

}  // namespace
}  // namespace berth::tokenomics
