#include "model/deeds.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace berth::model {
namespace {

const UserId kAna{"ana"};
const TeamId kVision{"vision"};
const Instant kStart{hours(10)};
const Instant kEnd{hours(12)};

Reservation anas(ReservationState state, bool ending = false) {
  Reservation one;
  one.owner = kAna;
  one.team = kVision;
  one.state = state;
  one.window = {kStart, kEnd};
  if (ending) one.end_requested_at = kStart + hours(1);
  return one;
}

std::string words(const Viewer& viewer, const Reservation& reservation, Instant now) {
  std::string out;
  for (const auto deed : deeds(viewer, reservation, now)) {
    out += (out.empty() ? "" : " ") + std::string(to_string(deed));
  }
  return out;
}

Viewer who(std::string id, Role role, std::vector<TeamId> teams, std::vector<TeamId> leads = {}) {
  return {UserId{std::move(id)}, role, std::move(teams), std::move(leads), {}};
}

TEST(Deeds, OfItsOwnerFollowTheLifecycle) {
  const auto ana = who("ana", Role::kMember, {kVision});
  const auto during = kStart + minutes(30);
  using enum ReservationState;
  EXPECT_EQ(words(ana, anas(kApproved), kStart - hours(1)), "see edit rename extend end share see_usage");
  EXPECT_EQ(words(ana, anas(kApproved), kEnd + hours(1)), "see edit rename extend end share see_usage")
      << "what never began may be moved to a later time";
  EXPECT_EQ(words(ana, anas(kActive), during), "see rename extend end open share kubeconfig see_usage");
  EXPECT_EQ(words(ana, anas(kActive), kEnd), "see open see_usage") << "the next may begin there";
  EXPECT_EQ(words(ana, anas(kActive, true), during), "see see_usage");
  for (const auto over : {kCompleted, kCanceled, kFailed}) {
    EXPECT_EQ(words(ana, anas(over), kEnd), "see see_usage") << to_string(over);
  }
}

TEST(Deeds, OfOthersFollowRoleAndTeam) {
  const auto running = anas(ReservationState::kActive);
  const auto now = kStart + minutes(30);
  const TeamId other{"other"};
  EXPECT_EQ(words(who("ben", Role::kMember, {}), running, now), "");
  EXPECT_EQ(words(who("tom", Role::kMember, {kVision}), running, now), "see");
  EXPECT_EQ(words(who("lea", Role::kLead, {kVision, other}, {kVision}), running, now), "see end see_usage");
  EXPECT_EQ(words(who("leo", Role::kLead, {kVision, other}, {other}), running, now), "see")
      << "a lead who only belongs to this team";
  EXPECT_EQ(words(who("fin", Role::kFinance, {}), running, now), "see see_usage");
  EXPECT_EQ(words(who("adm", Role::kAdmin, {}), running, now), "see rename extend end see_usage")
      << "an admin ends a workspace and does not open it";
}

TEST(Deeds, TakeSeeingAndHaveWordsOfTheirOwn) {
  std::map<std::string_view, Deed> names;
  for (const auto deed : kDeeds) EXPECT_TRUE(names.emplace(to_string(deed), deed).second) << to_string(deed);
  for (const auto role : kRoles) {
    for (const auto& viewer : {who("ana", role, {}), who("tom", role, {kVision}), who("x", role, {})}) {
      for (const auto state : kReservationStates) {
        const auto all = deeds(viewer, anas(state), kStart);
        EXPECT_TRUE(all.empty() || all.front() == Deed::kSee) << to_string(role) << " " << to_string(state);
      }
    }
  }
}

}  // namespace
}  // namespace berth::model
