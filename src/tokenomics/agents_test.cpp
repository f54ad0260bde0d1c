#include "tokenomics/agents.hpp"

#include <gtest/gtest.h>

#include "tokenomics/random_cases.hpp"

namespace berth::tokenomics {
namespace {

/// Whole token counts small enough that every sum is exact.
AgentRun random_run(RandomCases& random, std::int64_t most_calls) {
  return {.calls = random.whole(1, most_calls),
          .static_prefix_tokens = static_cast<double>(random.whole(0, 20'000)),
          .new_input_tokens_per_call = static_cast<double>(random.whole(0, 3'000)),
          .output_tokens_per_call = static_cast<double>(random.whole(0, 3'000))};
}

AgentRun with_calls(AgentRun run, std::int64_t calls) {
  run.calls = calls;
  return run;
}

/// Call after call, from what each call really reads: a context that starts as the prefix and takes in
/// everything.
Tokens by_loop(const AgentRun& run) {
  Tokens sum;
  double context = run.static_prefix_tokens;
  for (std::int64_t call = 1; call <= run.calls; ++call) {
    if (call == 1)
      sum.fresh_input += context;
    else
      sum.resent_input += context;
    if (call > 1) sum.first_reread_output += run.output_tokens_per_call;
    sum.fresh_input += run.new_input_tokens_per_call;
    sum.output += run.output_tokens_per_call;
    context += run.new_input_tokens_per_call + run.output_tokens_per_call;
  }
  return sum;
}

void expect_equal(const Tokens& left, const Tokens& right) {
  ASSERT_EQ(left.fresh_input, right.fresh_input);
  ASSERT_EQ(left.resent_input, right.resent_input);
  ASSERT_EQ(left.output, right.output);
  ASSERT_EQ(left.first_reread_output, right.first_reread_output);
}

TEST(WorkedExampleB, ReSentHistoryOfFiftyCalls) {
  const AgentRun run{.calls = 50,
                     .static_prefix_tokens = 3'800,
                     .new_input_tokens_per_call = 200,
                     .output_tokens_per_call = 400};
  EXPECT_EQ(growth_per_call(run), 600);
  EXPECT_EQ(input_of_call(run, 1), 4'000);
  EXPECT_EQ(input_tokens(run), 935'000);
  EXPECT_EQ(input_of_call(run, 50), 33'400);
  EXPECT_EQ(output_tokens(run), 20'000);
}

TEST(Invariant13Tokens, InputAndOutputAreTheTotal) {
  RandomCases random(1301);
  for (int i = 0; i < kCases; ++i) {
    const AgentRun run = random_run(random, 1'000);
    ASSERT_EQ(input_tokens(run) + output_tokens(run), total_tokens(run));
    ASSERT_EQ(fresh_tokens(run) + resent_tokens(run), input_tokens(run));
    ASSERT_EQ(run_tokens(run).total(), total_tokens(run));
  }
}

TEST(Invariant13Tokens, ClosedFormEqualsTheLoop) {
  RandomCases random(1302);
  for (int i = 0; i < kCases; ++i) {
    const AgentRun run = random_run(random, 200);
    expect_equal(run_tokens(run), by_loop(run));
    double inputs = 0;
    for (std::int64_t call = 1; call <= run.calls; ++call) inputs += input_of_call(run, call);
    ASSERT_EQ(inputs, input_tokens(run));
  }
}

TEST(Invariant13Tokens, SecondDifferenceIsTheGrowth) {
  RandomCases random(1303);
  for (int i = 0; i < kCases; ++i) {
    const AgentRun run = random_run(random, 1'000);
    const double second = total_tokens(with_calls(run, run.calls + 2)) -
                          2 * total_tokens(with_calls(run, run.calls + 1)) + total_tokens(run);
    ASSERT_EQ(second, growth_per_call(run));
  }
}

TEST(Invariant13Tokens, DoublingTheCallsTendsToFourTimesTheTokens) {
  RandomCases random(1304);
  for (int i = 0; i < kCases; ++i) {
    AgentRun run = random_run(random, 1'000);
    run.output_tokens_per_call += 1;
    const auto ratio = [&](std::int64_t calls) {
      return total_tokens(with_calls(run, 2 * calls)) / total_tokens(with_calls(run, calls));
    };
    ASSERT_LT(ratio(run.calls), 4);
    ASSERT_LE(ratio(run.calls), ratio(run.calls + 1));
    ASSERT_NEAR(ratio(1'000'000'000), 4, 1e-3);
    run.static_prefix_tokens = 0;
    const double calls = static_cast<double>(run.calls);
    ASSERT_NEAR(ratio(run.calls), 2 * (2 * calls + 1) / (calls + 1), 1e-12);
  }
}

TEST(Invariant13Tokens, WithoutGrowthOnlyThePrefixIsRead) {
  RandomCases random(1305);
  for (int i = 0; i < kCases; ++i) {
    AgentRun run = random_run(random, 1'000);
    run.new_input_tokens_per_call = 0;
    run.output_tokens_per_call = 0;
    ASSERT_EQ(total_tokens(run), static_cast<double>(run.calls) * run.static_prefix_tokens);
  }
}

TEST(Invariant14Caching, CostOfOneOrNoHitSavesNothing) {
  RandomCases random(1401);
  for (int i = 0; i < kCases; ++i) {
    AgentRun run = random_run(random, 500);
    run.static_prefix_tokens += 1;
    const Tokens tokens = run_tokens(run);
    const bool keeps = random.coin();
    const PrefixCache full_cost{
        .hit_ratio = random.between(0, 1), .cached_token_cost = 1, .keeps_generated_kv = keeps};
    const PrefixCache no_hit{
        .hit_ratio = 0, .cached_token_cost = random.between(0, 1), .keeps_generated_kv = keeps};
    ASSERT_NEAR(effective_input_tokens(tokens, full_cost) / tokens.input(), 1, 1e-12);
    ASSERT_EQ(effective_input_tokens(tokens, no_hit), tokens.input());
  }
}

TEST(Invariant14Caching, FreeHitsLeaveTheFreshTokens) {
  RandomCases random(1402);
  for (int i = 0; i < kCases; ++i) {
    const AgentRun run = random_run(random, 500);
    const PrefixCache perfect{.hit_ratio = 1, .cached_token_cost = 0};
    const double calls = static_cast<double>(run.calls);
    ASSERT_EQ(effective_input_tokens(run_tokens(run), perfect),
              run.static_prefix_tokens + calls * run.new_input_tokens_per_call);
    const PrefixCache forgets{.hit_ratio = 1, .cached_token_cost = 0, .keeps_generated_kv = false};
    ASSERT_EQ(effective_input_tokens(run_tokens(run), forgets), run.static_prefix_tokens +
                                                                    calls * run.new_input_tokens_per_call +
                                                                    (calls - 1) * run.output_tokens_per_call);
  }
}

TEST(Invariant14Caching, EffectiveInputFallsWithHitsAndRisesWithTheirCost) {
  RandomCases random(1403);
  for (int i = 0; i < kCases; ++i) {
    AgentRun run = random_run(random, 500);
    run.calls += 1;
    run.static_prefix_tokens += 1;
    const Tokens tokens = run_tokens(run);
    PrefixCache cache{.hit_ratio = random.between(0.01, 0.98),
                      .cached_token_cost = random.between(0, 0.98),
                      .write_multiplier = random.between(1, 2),
                      .keeps_generated_kv = random.coin()};
    const double before = effective_input_tokens(tokens, cache);
    PrefixCache more_hits = cache;
    more_hits.hit_ratio += 0.01;
    PrefixCache dearer = cache;
    dearer.cached_token_cost += 0.01;
    ASSERT_LT(effective_input_tokens(tokens, more_hits), before);
    ASSERT_GT(effective_input_tokens(tokens, dearer), before);
  }
}

TEST(Invariant14Caching, AWindowOfTheLastContextChangesNothing) {
  RandomCases random(1404);
  for (int i = 0; i < kCases; ++i) {
    const AgentRun run = random_run(random, 500);
    const double last = input_of_call(run, run.calls);
    expect_equal(*windowed_tokens(run, last), run_tokens(run));
    expect_equal(*windowed_tokens(run, last + random.between(0, 1e6)), run_tokens(run));
  }
}

TEST(Invariant14Caching, CachingShrinksTheQuadraticTermByItsCostOnly) {
  const AgentRun run{.calls = 100, .new_input_tokens_per_call = 200, .output_tokens_per_call = 400};
  const PrefixCache cache{.hit_ratio = 1, .cached_token_cost = 0.1};
  const auto effective = [&](std::int64_t calls) {
    return effective_input_tokens(run_tokens(with_calls(run, calls)), cache);
  };
  EXPECT_NEAR(effective(102) - 2 * effective(101) + effective(100), 0.1 * 600, 1e-6);
}

TEST(ContextWindow, ClosedFormEqualsTheLoop) {
  RandomCases random(1405);
  for (int i = 0; i < kCases; ++i) {
    const AgentRun run = random_run(random, 200);
    const double window = input_of_call(run, 1) + static_cast<double>(random.whole(0, 400'000));
    double inputs = 0;
    for (std::int64_t call = 1; call <= run.calls; ++call)
      inputs += std::min(input_of_call(run, call), window);
    const Tokens tokens = *windowed_tokens(run, window);
    ASSERT_EQ(tokens.input(), inputs);
    ASSERT_EQ(tokens.output, output_tokens(run));
    ASSERT_LE(tokens.first_reread_output, tokens.resent_input);
  }
}

TEST(ContextWindow, LastWholeCallIsTheLastThatFits) {
  RandomCases random(1406);
  for (int i = 0; i < kCases; ++i) {
    AgentRun run = random_run(random, 200);
    run.output_tokens_per_call += 1;
    const double window = input_of_call(run, 1) + static_cast<double>(random.whole(0, 400'000));
    const auto last = static_cast<std::int64_t>(*last_call_within_window(run, window));
    ASSERT_LE(input_of_call(run, last), window);
    ASSERT_GT(input_of_call(run, last + 1), window);
  }
}

TEST(ContextWindow, AFirstCallThatDoesNotFitIsAReason) {
  const AgentRun run{.calls = 3, .static_prefix_tokens = 1'000, .new_input_tokens_per_call = 1};
  EXPECT_FALSE(windowed_tokens(run, 1'000));
  EXPECT_FALSE(last_call_within_window(run, 1'000));
  EXPECT_TRUE(windowed_tokens(run, 1'001));
  const AgentRun still{.calls = 3, .static_prefix_tokens = 1'000};
  EXPECT_FALSE(last_call_within_window(still, 1'000));
  EXPECT_EQ(windowed_tokens(still, 1'000)->input(), 3'000);
}

TEST(Compaction, IsTheSumOverItsSegments) {
  RandomCases random(1407);
  for (int i = 0; i < kCases; ++i) {
    const AgentRun run = random_run(random, 300);
    const std::int64_t per_segment = random.whole(1, 60);
    const double summary = static_cast<double>(random.whole(0, 2'000));
    AgentRun segment = run;
    segment.static_prefix_tokens += summary;
    double total = 0;
    for (std::int64_t left = run.calls; left > 0; left -= per_segment)
      total += total_tokens(with_calls(segment, std::min(left, per_segment)));
    const Tokens tokens = compacted_tokens(run, per_segment, summary);
    ASSERT_EQ(tokens.total(), total);
    // S was read before from the second segment on; the summaries were not.
    const auto whole_segments = (run.calls + per_segment - 1) / per_segment;
    const auto segments = static_cast<double>(whole_segments);
    ASSERT_EQ(tokens.fresh_input, run.static_prefix_tokens + segments * summary +
                                      static_cast<double>(run.calls) * run.new_input_tokens_per_call);
  }
}

TEST(Compaction, IsLinearOverWholeSegments) {
  RandomCases random(1408);
  for (int i = 0; i < kCases; ++i) {
    const AgentRun run = random_run(random, 10);
    const std::int64_t q = random.whole(1, 30);
    const auto total = [&](std::int64_t segments) {
      return compacted_tokens(with_calls(run, segments * q), q, 500).total();
    };
    const std::int64_t at = random.whole(1, 20);
    ASSERT_EQ(total(at + 2) - 2 * total(at + 1) + total(at), 0);
  }
}

TEST(Agents, NoCallsAreNoTokens) {
  const AgentRun none{.calls = 0, .static_prefix_tokens = 10, .new_input_tokens_per_call = 1};
  expect_equal(run_tokens(none), {});
  expect_equal(compacted_tokens(none, 5, 10), {});
}

}  // namespace
}  // namespace berth::tokenomics
