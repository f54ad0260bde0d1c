// What is planned for layouts, a step after the other, as it is written down in between.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

#include "planning/layout_situation_for_test.hpp"
#include "planning/outages.hpp"

namespace berth::planning {

class Layouts : public testing::Test {
 protected:
  /// The only step, as it is written down.
  std::optional<KeepLayout> step() {
    auto all = plan_layouts(it_.desired, it_.observed);
    EXPECT_LE(all.size(), 1U);
    return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
  }
  /// What the plan says is in the rows now.
  KeepLayout written() {
    auto next = step();
    EXPECT_TRUE(next);
    if (!next) return {};
    it_.write(*next);
    return *next;
  }
  std::optional<LayoutWait> wait() { return layout_wait(it_.booking(), it_.desired, it_.observed); }
  std::vector<std::int64_t> taken_out() {
    std::vector<std::int64_t> units;
    if (const auto keep = plan_outages(it_.desired, it_.observed)) {
      for (const auto& one : keep->begin) units.push_back(one.unit.value);
    }
    return units;
  }

  LayoutSituation it_;
};

}  // namespace berth::planning
