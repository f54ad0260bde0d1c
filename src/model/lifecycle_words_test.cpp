// The lifecycle's words stand in other languages too: in the API's description, on the page, and in the
// statements of the store, whose indexes and plans want literals. Here they are held against the one table.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "model/lifecycle.hpp"

namespace berth::model {
namespace {

using Words = std::vector<std::string>;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(std::filesystem::path(BERTH_SOURCE_DIR) / file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What the groups of an expression hold, wherever it stands in a text.
Words found(const std::string& text, const char* expression) {
  const std::regex wanted(expression);
  Words out;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), wanted); at != std::sregex_iterator(); ++at)
    out.push_back((*at)[1]);
  return out;
}

Words states(bool (*wanted)(ReservationState)) {
  Words out;
  for (const auto state : kReservationStates) {
    if (wanted(state)) out.emplace_back(to_string(state));
  }
  return out;
}

Words all() {
  return states([](ReservationState) { return true; });
}

/// 'A', 'B' as A and B.
Words quoted(const std::string& text) {
  return found(text, "'([A-Z_]+)'");
}

TEST(LifecycleWords, AreThoseOfTheApi) {
  const auto api = text_of("api/openapi.yaml");
  const auto listed = found(api, "state: \\{ type: string, enum: \\[(APPROVED[A-Z, ]*)\\]");
  ASSERT_FALSE(listed.empty());
  for (const auto& list : listed) EXPECT_EQ(found(list, "([A-Z]+)"), all()) << list;
  const auto phases = found(api, "phase: \\{ type: string, enum: \\[([A-Za-z, ]*)\\]");
  ASSERT_FALSE(phases.empty());
  Words of_model;
  for (const auto phase : {SessionPhase::kStarting, SessionPhase::kReady, SessionPhase::kDegraded,
                           SessionPhase::kStopping, SessionPhase::kGone})
    of_model.emplace_back(to_string(phase));
  for (const auto& list : phases) EXPECT_EQ(found(list, "([A-Za-z]+)"), of_model) << list;
}

TEST(LifecycleWords, WhatThePageTakesForLiveIsLive) {
  const auto live =
      found(text_of("web/src/api/queries.ts"), "LIVE_STATES: ReservationState\\[\\] = \\[([^\\]]*)\\]");
  ASSERT_EQ(live.size(), 1U);
  EXPECT_EQ(quoted(live[0]), states(is_live));
}

TEST(LifecycleWords, EveryStateHasOneTabOfThePage) {
  const auto tabs = found(text_of("web/src/pages/reservations/filters.ts"), "states: \\[([^\\]]*)\\]");
  Words listed;
  for (const auto& tab : tabs) {
    for (const auto& word : quoted(tab)) listed.push_back(word);
  }
  EXPECT_EQ(std::multiset<std::string>(listed.begin(), listed.end()), [] {
    const auto words = all();
    return std::multiset<std::string>(words.begin(), words.end());
  }());
}

TEST(LifecycleWords, ThePageDrawsEveryState) {
  for (const auto* file : {"web/src/pages/reservation/lifecycle.ts", "web/src/booking/status.ts"})
    EXPECT_EQ(found(text_of(file), "case '([A-Z]+)':"), all()) << file;
}

TEST(LifecycleWords, TheStoreSelectsWhatIsLiveAndNamesNoStateThatIsNone) {
  const auto words = all();
  const std::set<std::string> known(words.begin(), words.end());
  std::size_t lists = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(std::filesystem::path(BERTH_SOURCE_DIR) / "src/store")) {
    const auto name = file.path().filename().string();
    if (!name.ends_with(".cpp") || name.ends_with("_test.cpp")) continue;
    const auto text = text_of(file.path());
    for (const auto& list : found(text, "state IN \\(([^)]*)\\)")) {
      if (quoted(list).empty()) continue;  // states of something else, which are in small letters
      ++lists;
      EXPECT_EQ(quoted(list), states(is_live)) << name;
    }
    for (const auto& word : found(text, "state (?:=|<>) '([A-Z_]+)'"))
      EXPECT_TRUE(known.contains(word)) << name << ": " << word;
  }
  EXPECT_GT(lists, 5U);
}

}  // namespace
}  // namespace berth::model
