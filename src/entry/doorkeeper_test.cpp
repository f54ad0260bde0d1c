#include "entry/doorkeeper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::entry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Instant kNow = *parse_rfc3339("2026-11-30T10:00:00Z");

struct AtTheDoor : testing::Test {
  SeededRandom random{11};
  SigningKey key = make_key(random);
  PassKey pass_key = make_pass_key(random);
  AccessList list{.session = "s1",
                  .host = "x7f3.apps.example",
                  .people = {{"ana", "Ana"}, {"ben", "Ben"}},
                  .keys = {{key.id, key.public_half}}};
  Doorkeeper door{pass_key, {}};

  void SetUp() override { door.set(list); }

  std::string ticket_of(const std::string& user) {
    return sign({.id = random_uuid(random),
                 .user = user,
                 .session = "s1",
                 .host = "x7f3.apps.example",
                 .expires = kNow + kTicketLifetime},
                key);
  }
  std::string let_in(const std::string& user) {
    auto admitted = door.open(ticket_of(user), kNow);
    return admitted ? admitted->pass : admitted.error().slug;
  }
  std::string look(const std::string& pass, Instant now = kNow) {
    const auto known = door.check(pass, now);
    return known ? known->user : known.error().slug;
  }
  /// Without who is not named there.
  AccessList without(const std::string& user) const {
    auto shorter = list;
    std::erase_if(shorter.people, [&](const Person& one) { return one.id == user; });
    return shorter;
  }
};

TEST_F(AtTheDoor, ATicketLetsInOnceAndThePassAgainAndAgain) {
  const auto ticket = ticket_of("ana");
  const auto first = door.open(ticket, kNow);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->user, "ana");
  EXPECT_EQ(door.open(ticket, kNow).error().slug, "ticket_used");
  EXPECT_EQ(look(first->pass), "ana");
  EXPECT_EQ(look(first->pass), "ana");
}

TEST_F(AtTheDoor, WhatWasUsedIsRememberedByAGateThatStartsAnew) {
  const auto ticket = ticket_of("ana");
  const auto first = door.open(ticket, kNow);
  ASSERT_TRUE(first);
  Doorkeeper anew(pass_key, {.used = {first->ticket}});
  anew.set(list);
  EXPECT_EQ(anew.open(ticket, kNow).error().slug, "ticket_used");
  EXPECT_TRUE(anew.check(first->pass, kNow));  // and the pass goes on
}

TEST_F(AtTheDoor, ATicketFromBeforeAGateRemembersAnyMayHaveBeenUsed) {
  const auto ticket = ticket_of("ana");
  Doorkeeper later(pass_key, {.began = kNow + kClocksApart + seconds(1)});
  later.set(list);
  EXPECT_EQ(later.open(ticket, kNow + kClocksApart + seconds(1)).error().slug, "ticket_used");
  Doorkeeper at_once(pass_key, {.began = kNow + kClocksApart});
  at_once.set(list);
  EXPECT_TRUE(at_once.open(ticket, kNow + kClocksApart));
}

TEST_F(AtTheDoor, APassFromBeforeItsHolderIsNamedIsNone) {
  const auto before = let_in("ana");
  list.people[0].since = kNow + seconds(1);
  EXPECT_THAT(door.set(list), ElementsAre("ana"));
  EXPECT_EQ(look(before), "not_named");
  EXPECT_THAT(door.set(list), IsEmpty());
  // A gate whose clock is behind the portal's lets in all the same.
  const auto ticket = sign({.id = random_uuid(random),
                            .user = "ana",
                            .session = "s1",
                            .host = "x7f3.apps.example",
                            .expires = kNow + seconds(2) + kTicketLifetime},
                           key);
  const auto admitted = door.open(ticket, kNow);
  ASSERT_TRUE(admitted) << admitted.error().message;
  EXPECT_EQ(look(admitted->pass), "ana");
}

TEST_F(AtTheDoor, OfSeveralPassesTheOldestSaysWhetherSomebodyIsPutOut) {
  const auto old = let_in("ana");
  const auto fresh = door.open(ticket_of("ana"), kNow + seconds(10));
  ASSERT_TRUE(fresh);
  list.people[0].since = kNow + seconds(5);
  EXPECT_THAT(door.set(list), ElementsAre("ana"));
  EXPECT_EQ(look(old), "not_named");
  EXPECT_EQ(look(fresh->pass, kNow + seconds(10)), "ana");
}

TEST_F(AtTheDoor, OnlyWhoIsNamedComesInAlsoWithARightTicket) {
  EXPECT_EQ(let_in("eve"), "not_named");
}

TEST_F(AtTheDoor, NobodyComesInBeforeThereIsAList) {
  Doorkeeper early(pass_key, {});
  EXPECT_FALSE(early.has_list());
  EXPECT_EQ(early.open(ticket_of("ana"), kNow).error().slug, "no_list");
  EXPECT_EQ(early.check(let_in("ana"), kNow).error().slug, "no_list");
}

TEST_F(AtTheDoor, WhoIsTakenOffTheListIsToldOnceAndStaysOut) {
  const auto ana = let_in("ana");
  const auto ben = let_in("ben");
  EXPECT_THAT(door.set(without("ben")), ElementsAre("ben"));
  EXPECT_THAT(door.set(without("ben")), IsEmpty());
  EXPECT_EQ(look(ben), "not_named");
  EXPECT_EQ(look(ana), "ana");
}

TEST_F(AtTheDoor, WhoNeverCameInIsNotTold) {
  let_in("ana");
  EXPECT_THAT(door.set(without("ben")), IsEmpty());
}

TEST_F(AtTheDoor, WhoIsSeenWithAPassOfBeforeARestartIsToldToo) {
  const auto ben = let_in("ben");
  Doorkeeper anew(pass_key, {});
  anew.set(list);
  ASSERT_TRUE(anew.check(ben, kNow));
  EXPECT_THAT(anew.set(without("ben")), ElementsAre("ben"));
}

TEST_F(AtTheDoor, APassIsRenewedWhileItIsUsedAndRunsOutUnused) {
  auto pass = let_in("ana");
  EXPECT_FALSE(door.check(pass, kNow + kPassRenewedAfter - seconds(1))->renewed);
  const auto renewed = door.check(pass, kNow + kPassRenewedAfter);
  ASSERT_TRUE(renewed && renewed->renewed);
  EXPECT_EQ(look(pass, kNow + kPassLifetime), "pass_expired");
  EXPECT_EQ(look(*renewed->renewed, kNow + kPassLifetime), "ana");
}

TEST_F(AtTheDoor, HoweverItIsUsedItEnds) {
  auto pass = let_in("ana");
  Instant now = kNow;
  for (; now + hours(1) < kNow + kPassLongest; now += hours(1)) {
    const auto known = door.check(pass, now);
    ASSERT_TRUE(known) << format_rfc3339(now);
    if (known->renewed) pass = *known->renewed;
  }
  EXPECT_EQ(look(pass, kNow + kPassLongest), "pass_expired");
}

TEST_F(AtTheDoor, APassOfAnotherGateOrSessionIsNone) {
  const auto other = make_pass_key(random);
  EXPECT_EQ(look(seal({"ana", "s1", kNow, kNow}, other)), "no_pass");
  EXPECT_EQ(look(seal({"ana", "s2", kNow, kNow}, pass_key)), "not_named");
}

TEST_F(AtTheDoor, APassIsNoneWithAnyByteOther) {
  const auto pass = let_in("ana");
  for (std::size_t i = 0; i < pass.size(); ++i) {
    auto changed = pass;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(look(changed), "no_pass") << i;
  }
  EXPECT_EQ(look(""), "no_pass");
  EXPECT_EQ(look(std::string(100'000, '.')), "no_pass");
}

TEST_F(AtTheDoor, UsedTicketsAreForgottenOnceTheyHaveRunOut) {
  const auto ticket = ticket_of("ana");
  ASSERT_TRUE(door.open(ticket, kNow));
  EXPECT_EQ(door.open(ticket, kNow + kTicketLifetime).error().slug, "ticket_expired");
}

}  // namespace
}  // namespace berth::entry
