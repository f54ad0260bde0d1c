#include "portal/audit_fold.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace berth::portal {
namespace {

const Instant kNoon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 29} + hours(12);
using Steady = AuditFold::Steady;

store::Author user(int number, const std::string& address = "192.0.2.1") {
  return {fmt::format("user:{}", number), "request", address};
}
store::AuditNote refused(const std::string& operation, const std::string& action = "access.refused") {
  return {action, "operation", operation, "refused"};
}

class AuditFoldTest : public testing::Test {
 protected:
  std::vector<AuditFold::Row> take(const store::Author& author, const store::AuditNote& note) {
    return fold_.take(author, note, kNoon + std::chrono::duration_cast<Duration>(now_ - Steady::time_point{}),
                      now_);
  }
  AuditFold fold_;
  Steady::time_point now_{};
};

TEST_F(AuditFoldTest, TheFirstIsARowAtOnceAndThoseLikeItOneMoreWhenTheWindowIsOver) {
  EXPECT_EQ(take(user(1), refused("listAudit")).size(), 1U);
  for (int i = 0; i < 9; ++i) {
    now_ += std::chrono::seconds(1);
    EXPECT_TRUE(take(user(1), refused("listAudit")).empty());
  }
  EXPECT_FALSE(fold_.is_due(now_));
  now_ += AuditFold::kWindow;
  ASSERT_TRUE(fold_.is_due(now_));
  const auto rows = take(user(1), refused("listAudit"));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].note.count, 9);
  EXPECT_EQ(rows[0].note.since, kNoon + seconds(1));
  EXPECT_EQ(rows[0].author.actor, "user:1");
  EXPECT_EQ(rows[1].note.count, 1);
  EXPECT_FALSE(rows[1].note.since);
}

TEST_F(AuditFoldTest, WhatDiffersInActorAddressTokenActionOrObjectIsOfAnotherKind) {
  EXPECT_EQ(take(user(1), refused("listAudit")).size(), 1U);
  EXPECT_EQ(take(user(2), refused("listAudit")).size(), 1U);
  EXPECT_EQ(take(user(1, "192.0.2.9"), refused("listAudit")).size(), 1U);
  EXPECT_EQ(take(user(1), refused("listUsers")).size(), 1U);
  EXPECT_EQ(take(user(1), refused("listAudit", "access.refused_csrf")).size(), 1U);
  auto with_token = user(1);
  with_token.token = "00000000-0000-4000-8000-000000000001";
  EXPECT_EQ(take(with_token, refused("listAudit")).size(), 1U);
  // One customer of IPv6 has all of these.
  EXPECT_EQ(take(user(1, "2001:db8:1:1::1"), refused("listAudit")).size(), 1U);
  EXPECT_TRUE(take(user(1, "2001:db8:1:1::2"), refused("listAudit")).empty());
}

TEST_F(AuditFoldTest, TenThousandRefusalsOfOneMakeABoundedNumberOfRowsAndAllAreCounted) {
  for (const bool is_stranger : {false, true}) {
    AuditFold fold;
    std::size_t rows = 0;
    std::int64_t counted = 0;
    const auto add = [&](const std::vector<AuditFold::Row>& more) {
      rows += more.size();
      for (const auto& row : more) counted += row.note.count;
    };
    for (int i = 0; i < 10'000; ++i) {
      auto author = is_stranger ? store::Author{"nobody", "", "192.0.2.1"}
                                : user(1, fmt::format("10.0.{}.{}", i / 250, i % 250));
      add(fold.take(author, refused(fmt::format("object {}", i % 5'000)), kNoon, now_));
    }
    EXPECT_LE(rows, AuditFold::kMostOfOne + 1);
    add(fold.due(now_, true));
    EXPECT_LE(rows, 2 * (AuditFold::kMostOfOne + 1));
    EXPECT_EQ(counted, 10'000);
  }
}

TEST_F(AuditFoldTest, ManyWhoDoItTogetherAreBoundedTooAndThoseOverTheBoundAreNobodyInParticular) {
  std::size_t rows = 0;
  std::int64_t counted = 0;
  std::string last_actor;
  for (int i = 0; i < 10'000; ++i) {
    for (const auto& row : take(user(i, fmt::format("10.0.{}.{}", i / 250, i % 250)), refused("listAudit"))) {
      ++rows;
      counted += row.note.count;
      last_actor = row.author.actor;
    }
  }
  EXPECT_LE(rows, AuditFold::kMost + 1);
  EXPECT_EQ(last_actor, "nobody");
  for (const auto& row : fold_.due(now_, true)) counted += row.note.count;
  EXPECT_EQ(counted, 10'000);
}

TEST_F(AuditFoldTest, ARowThatCouldNotBeWrittenWaits) {
  const auto first = take(user(1), refused("listAudit"));
  fold_.give_back(first.at(0), now_);
  EXPECT_TRUE(take(user(1), refused("listAudit")).empty());
  const auto rows = fold_.due(now_ + AuditFold::kWindow);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].note.count, 2);
}

}  // namespace
}  // namespace berth::portal
