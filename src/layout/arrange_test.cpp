// Against every way to fill a card, one position after another, by code of its own.
#include "layout/arrange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <iostream>
#include <map>
#include <set>

namespace berth::layout {
namespace {

using testing::HasSubstr;
using Names = std::vector<std::string>;

constexpr std::size_t kMost = 7;  // instances of a card

const Card& card_named(std::string_view name) {
  const auto all = cards();
  const auto found = std::ranges::find(all, name, &Card::name);
  EXPECT_NE(found, all.end()) << name;
  return *found;
}

/// Every multiset of names that some way to fill the card has.
class Fillings {
 public:
  explicit Fillings(const Card& card) : card_(card) { from(0); }
  bool has(Names names) const {
    std::ranges::sort(names);
    return found_.contains(names);
  }
  std::size_t size() const { return found_.size(); }

 private:
  void from(int position) {
    if (position == card_.positions) {
      if (allowed()) {
        auto names = here_;
        std::ranges::sort(names);
        found_.insert(std::move(names));
      }
      return;
    }
    from(position + 1);  // nothing begins here
    for (const auto& profile : card_.profiles) {
      if (!profile.may_start_at(position) || position + profile.size > card_.positions) continue;
      here_.emplace_back(profile.name);
      from(position + profile.size);
      here_.pop_back();
    }
  }
  bool allowed() const {
    int compute = 0;
    int extensions = 0;
    bool all = false;
    std::size_t without = 0;
    std::map<std::string, int> counts;
    for (const auto& name : here_) {
      const auto* profile = card_.find(name);
      compute += profile->compute;
      if (++counts[name] > profile->most) return false;
      extensions += name.find("+me") != std::string::npos ? 1 : 0;
      all = all || name.ends_with("+me.all");
      without += name.ends_with("-me") ? 1U : 0U;
    }
    return compute <= card_.compute && extensions <= 1 && (!all || without + 1 == here_.size());
  }

  const Card& card_;
  Names here_;
  std::set<Names> found_;
};

void each_multiset(const Card& card, std::size_t first, Names& names, const std::function<void()>& look) {
  look();
  if (names.size() == kMost) return;
  for (std::size_t i = first; i < card.profiles.size(); ++i) {
    names.emplace_back(card.profiles[i].name);
    each_multiset(card, i, names, look);
    names.pop_back();
  }
}

class OfEachCard : public testing::TestWithParam<std::string_view> {};

TEST_P(OfEachCard, WhatIsGivenAPlaceIsWhatHasOneAndLiesThere) {
  const auto& card = card_named(GetParam());
  const Fillings fillings(card);
  std::size_t asked = 0;
  std::size_t fitting = 0;
  Names names;
  each_multiset(card, 0, names, [&] {
    ++asked;
    const auto placed = arrange(card, names);
    ASSERT_EQ(placed.has_value(), fillings.has(names)) << testing::PrintToString(names);
    if (!placed) return;
    ++fitting;
    EXPECT_TRUE(check(card, *placed)) << testing::PrintToString(names);
    Names given;
    for (const auto& one : *placed) given.emplace_back(one.profile->name);
    auto wanted = names;
    std::ranges::sort(given);
    std::ranges::sort(wanted);
    EXPECT_EQ(given, wanted);
  });
  EXPECT_EQ(fitting, fillings.size()) << "no filling has more than seven instances";
  std::cout << card.name << ": " << asked << " asked for, " << fitting << " fit\n";
}

INSTANTIATE_TEST_SUITE_P(Tables, OfEachCard, testing::ValuesIn([] {
                           std::vector<std::string_view> names;
                           for (const auto& card : cards()) names.push_back(card.name);
                           return names;
                         }()),
                         [](const testing::TestParamInfo<std::string_view>& tested) {
                           std::string name(tested.param);
                           std::erase_if(
                               name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
                           return name;
                         });

TEST(Arrange, KnowsTheShapesOfPractice) {
  const auto& pro = card_named("RTX PRO 6000 Blackwell 96GB");
  EXPECT_TRUE(arrange(pro, {"1g.24gb", "1g.24gb-me", "1g.24gb+gfx", "1g.24gb+me"}))
      << "the reference machine";
  EXPECT_TRUE(arrange(pro, {"2g.48gb", "1g.24gb", "1g.24gb"}));
  EXPECT_FALSE(arrange(pro, {"2g.48gb", "1g.24gb", "1g.24gb", "1g.24gb"}));
  EXPECT_TRUE(arrange(pro, {"1g.24gb+me.all", "1g.24gb-me", "1g.24gb-me", "1g.24gb-me"}));
  EXPECT_FALSE(arrange(pro, {"1g.24gb+me.all", "1g.24gb"}));
  const auto& a100 = card_named("A100 40GB");
  EXPECT_TRUE(arrange(a100, {"1g.5gb", "1g.5gb", "2g.10gb", "3g.20gb"}))
      << "in whatever order it is asked for";
  EXPECT_TRUE(arrange(a100, {"4g.20gb", "3g.20gb"}));
  EXPECT_TRUE(arrange(a100, {"4g.20gb", "1g.5gb", "1g.5gb", "1g.5gb"}));
  EXPECT_FALSE(arrange(a100, {"3g.20gb", "3g.20gb", "1g.5gb"})) << "no memory is left, though compute is";
  EXPECT_TRUE(arrange(a100, {})->empty());
}

TEST(Arrange, SaysWhatStandsInTheWay) {
  const auto& card = card_named("RTX PRO 6000 Blackwell 96GB");
  const auto words = [&](const Names& names) {
    const auto placed = arrange(card, names);
    EXPECT_FALSE(placed);
    return placed ? std::string() : placed.error().message;
  };
  EXPECT_THAT(words({"1g.10gb"}), HasSubstr("no profile of this name"));
  EXPECT_THAT(arrange(card, {"1g.10gb"}).error().fields.at(0).limit, HasSubstr("1g.24gb+me.all"));
  EXPECT_THAT(words({"1g.24gb+me", "1g.24gb+me"}), HasSubstr("at most 1 of 1g.24gb+me"));
  EXPECT_THAT(words({"1g.24gb+me", "1g.24gb+me.all"}), HasSubstr("several ask for it"));
  EXPECT_THAT(words({"1g.24gb+me.all", "1g.24gb+gfx"}), HasSubstr("Beside 1g.24gb+me.all"));
  EXPECT_THAT(words({"4g.96gb", "1g.24gb"}), HasSubstr("4 compute slices, and 5 are asked for"));
  const auto& a100 = card_named("A100 40GB");
  const auto full = arrange(a100, {"3g.20gb", "3g.20gb", "1g.5gb"});
  ASSERT_FALSE(full);
  EXPECT_THAT(full.error().message, HasSubstr("do not fit"));
}

TEST(Check, RefusesOtherPlaces) {
  const auto& card = card_named("RTX PRO 6000 Blackwell 96GB");
  const auto* one = card.find("1g.24gb");
  const auto* two = card.find("2g.48gb");
  EXPECT_TRUE(check(card, {{two, 6}, {one, 0}, {one, 3}}));
  const auto off = check(card, {{two, 3}});
  ASSERT_FALSE(off);
  EXPECT_THAT(off.error().message, HasSubstr("2g.48gb starts at 0, 6"));
  const auto over = check(card, {{two, 0}, {one, 3}});
  ASSERT_FALSE(over);
  EXPECT_THAT(over.error().message, HasSubstr("covers what another one covers"));
  EXPECT_FALSE(check(card, {{one, -1}}));
  EXPECT_FALSE(check(card, {{one, 12}}));
}

}  // namespace
}  // namespace berth::layout
