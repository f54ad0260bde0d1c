#include "portal/fair_slots.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace berth::portal {
namespace {

using State = FairSlots::State;

std::vector<FairSlots::Ticket> come_often(FairSlots& slots, const std::string& account,
                                          const std::string& address, int times) {
  std::vector<FairSlots::Ticket> tickets;
  for (int i = 0; i < times; ++i) tickets.push_back(slots.come(account, address));
  return tickets;
}

TEST(FairSlots, RunSoManyAndLetSoManyWait) {
  FairSlots slots(2, 1);
  const auto all = come_often(slots, "eve", "there", 4);
  EXPECT_EQ(slots.state(all[0]), State::kRunning);
  EXPECT_EQ(slots.state(all[1]), State::kRunning);
  EXPECT_EQ(slots.state(all[2]), State::kWaiting);
  EXPECT_EQ(slots.state(all[3]), State::kTurnedAway);
  slots.leave(all[3]);
  slots.leave(all[0]);
  EXPECT_EQ(slots.state(all[2]), State::kRunning);
}

TEST(FairSlots, SomebodyElseAtTheSameAddressIsLetInBeforeWhoeverHasMany) {
  FairSlots slots(4, 2);
  const auto flood = come_often(slots, "eve", "router", 40);
  const auto ana = slots.come("ana", "router");
  EXPECT_EQ(slots.state(ana), State::kWaiting);
  EXPECT_EQ(slots.state(flood[4]), State::kWaiting);
  EXPECT_EQ(slots.state(flood[5]), State::kTurnedAway) << "one of the many makes room";
  slots.leave(flood[0]);
  EXPECT_EQ(slots.state(ana), State::kRunning);
  EXPECT_EQ(slots.state(flood[4]), State::kWaiting) << "though it came before";
}

TEST(FairSlots, OneAddressWithManyAccountsDoesNotKeepOutAnother) {
  FairSlots slots(4, 2);
  std::vector<FairSlots::Ticket> flood;
  for (int i = 0; i < 40; ++i) flood.push_back(slots.come("account " + std::to_string(i), "there"));
  const auto ana = slots.come("ana", "here");
  EXPECT_EQ(slots.state(ana), State::kWaiting);
  slots.leave(flood[3]);
  EXPECT_EQ(slots.state(ana), State::kRunning);
}

TEST(FairSlots, ManyAddressesThatGuessAtOneAccountDoNotKeepOutAnother) {
  FairSlots slots(4, 2);
  std::vector<FairSlots::Ticket> flood;
  for (int i = 0; i < 40; ++i) flood.push_back(slots.come("admin", "address " + std::to_string(i)));
  const auto ana = slots.come("ana", "here");
  EXPECT_EQ(slots.state(ana), State::kWaiting);
  slots.leave(flood[3]);
  EXPECT_EQ(slots.state(ana), State::kRunning);
}

TEST(FairSlots, NobodyIsTurnedAwayForOneWhoIsNoBetterOff) {
  FairSlots slots(1, 1);
  slots.come("eve", "there");
  const auto ana = slots.come("ana", "here");
  const auto ben = slots.come("ben", "elsewhere");
  EXPECT_EQ(slots.state(ana), State::kWaiting);
  EXPECT_EQ(slots.state(ben), State::kTurnedAway);
}

TEST(FairSlots, StrangersFromManyAddressesKeepNobodyOutWhoHasBeenHereBefore) {
  FairSlots slots(4, 2);
  std::vector<FairSlots::Ticket> flood;
  const auto come = [&](int i) {
    return slots.come("any" + std::to_string(i), "of many" + std::to_string(i));
  };
  for (int i = 0; i < 6; ++i) flood.push_back(come(i));
  const auto ben = slots.come("ben", "here", {.known = true});
  EXPECT_EQ(slots.state(ben), State::kWaiting);
  EXPECT_EQ(slots.state(flood[5]), State::kTurnedAway);
  slots.leave(flood[5]);
  for (int i = 6; i < 40; ++i) EXPECT_EQ(slots.state(come(i)), State::kTurnedAway);
  EXPECT_EQ(slots.state(ben), State::kWaiting);
  slots.leave(flood[0]);
  EXPECT_EQ(slots.state(ben), State::kRunning);
}

TEST(FairSlots, AMembersOwnManyKeepNobodyOutWhoHasNotBeenHereBefore) {
  FairSlots slots(4, 2);
  std::vector<FairSlots::Ticket> flood;
  for (int i = 0; i < 12; ++i)
    flood.push_back(slots.come("eve", "of many" + std::to_string(i), {.known = true}));
  const auto ben = slots.come("ben", "here");
  EXPECT_EQ(slots.state(ben), State::kWaiting);
  slots.leave(flood[0]);
  EXPECT_EQ(slots.state(ben), State::kRunning);
}

TEST(FairSlots, StrangersGuessesAtAnAccountTakeNothingFromItsOwner) {
  FairSlots slots(4, 2);
  std::vector<FairSlots::Ticket> flood;
  for (int i = 0; i < 12; ++i) flood.push_back(slots.come("ben", "of many" + std::to_string(i)));
  const auto ben = slots.come("ben", "here", {.known = true});
  EXPECT_EQ(slots.state(ben), State::kWaiting);
  slots.leave(flood[0]);
  EXPECT_EQ(slots.state(ben), State::kRunning);
}

TEST(FairSlots, AnAddressThatFailedOftenComesAfterOneThatDidNot) {
  FairSlots slots(1, 1);
  const auto running = slots.come("any", "there", {.failed = 20});
  const auto eve = slots.come("another", "elsewhere", {.failed = 12});
  const auto ana = slots.come("ana", "here", {.failed = 1});
  EXPECT_EQ(slots.state(eve), State::kTurnedAway);
  slots.leave(running);
  EXPECT_EQ(slots.state(ana), State::kRunning);
}

}  // namespace
}  // namespace berth::portal
