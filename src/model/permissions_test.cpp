#include "model/permissions.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace berth::model {
namespace {

const UserId kMe{"me"};
const UserId kOther{"other"};
const TeamId kMine{"mine"};
const TeamId kLed{"led"};
const TeamId kForeign{"foreign"};

Viewer viewer(Role role) {
  return {kMe, role, {kMine, kLed}, {kLed}, {kMe, UserId{"led-member"}}};
}

/// The rules in words, written a second time and apart from the table.
bool expected(Role role, Action action, Relation relation) {
  if (relation == Relation::kOwner) return true;
  // What is in a workspace is its owner's alone, whoever runs the platform.
  if (action == Action::kOpen || action == Action::kShare || action == Action::kKubeconfig) return false;
  if (role == Role::kAdmin) return true;
  switch (action) {
    case Action::kSee:
      return role == Role::kFinance || relation == Relation::kTeammate ||
             (role == Role::kLead && relation != Relation::kNone);
    case Action::kEdit:
    case Action::kOpen:
    case Action::kShare:
    case Action::kKubeconfig:
      return false;
    case Action::kEnd:
      return role == Role::kLead && relation == Relation::kLeadsTeam;
    case Action::kSeeUsage:
      return role == Role::kFinance ||
             (role == Role::kLead && (relation == Relation::kLeadsTeam || relation == Relation::kLeadsOwner));
  }
  return false;
}

TEST(Permissions, TheTableSaysWhatTheRulesSay) {
  int looked_at = 0;
  for (const auto role : kRoles) {
    for (const auto action : kActions) {
      for (const auto relation : kRelations) {
        // Only who has the role of a lead leads; for others these relations never arise (see the next test).
        const bool leading = relation == Relation::kLeadsTeam || relation == Relation::kLeadsOwner;
        if (leading && role == Role::kMember) continue;
        EXPECT_EQ(allowed(role, action, relation), expected(role, action, relation))
            << to_string(role) << ", action " << static_cast<int>(action) << ", relation "
            << static_cast<int>(relation);
        ++looked_at;
      }
    }
  }
  EXPECT_EQ(looked_at, 126);
}

TEST(Permissions, WhoeverMayChangeMaySee) {
  for (const auto role : kRoles) {
    for (const auto action : kActions) {
      for (const auto relation : kRelations) {
        EXPECT_LE(allowed(role, action, relation), allowed(role, Action::kSee, relation));
      }
    }
  }
}

TEST(Permissions, TheClosestRelationCounts) {
  EXPECT_EQ(relation(viewer(Role::kLead), kMe, kLed), Relation::kOwner);
  EXPECT_EQ(relation(viewer(Role::kLead), kOther, kLed), Relation::kLeadsTeam);
  EXPECT_EQ(relation(viewer(Role::kLead), UserId{"led-member"}, std::nullopt), Relation::kLeadsOwner);
  EXPECT_EQ(relation(viewer(Role::kLead), kOther, kMine), Relation::kTeammate);
  EXPECT_EQ(relation(viewer(Role::kLead), kOther, kForeign), Relation::kNone);
  EXPECT_EQ(relation(viewer(Role::kLead), kOther, std::nullopt), Relation::kNone);
}

TEST(Permissions, OnlyARoleOfLeadLeads) {
  for (const auto role : {Role::kMember, Role::kFinance, Role::kAdmin}) {
    EXPECT_EQ(relation(viewer(role), kOther, kLed), Relation::kTeammate) << to_string(role);
    EXPECT_EQ(relation(viewer(role), UserId{"led-member"}, std::nullopt), Relation::kNone) << to_string(role);
  }
}

TEST(Permissions, ListsShowExactlyWhatMayBeSeen) {
  for (const auto role : kRoles) {
    const auto me = viewer(role);
    const auto all = sight(me);
    for (const auto& owner : {kMe, kOther, UserId{"led-member"}}) {
      for (const auto& team :
           {std::optional<TeamId>(), std::optional(kMine), std::optional(kLed), std::optional(kForeign)}) {
        const bool listed = all.everything || std::count(all.owners.begin(), all.owners.end(), owner) > 0 ||
                            (team && std::count(all.teams.begin(), all.teams.end(), *team) > 0);
        EXPECT_EQ(listed, allowed(me, Action::kSee, ReservationId{"r"}, owner, team))
            << to_string(role) << " sees " << owner.value << " for " << (team ? team->value : "no team");
      }
    }
  }
}

TEST(Permissions, AGuestSeesAndOpensAndDoesNothingElse) {
  for (const auto role : kRoles) {
    auto me = viewer(role);
    me.guest_of = {ReservationId{"shared"}};
    for (const auto action : kActions) {
      const bool without = allowed(role, action, Relation::kNone);
      const bool guests = action == Action::kSee || action == Action::kOpen;
      EXPECT_EQ(allowed(me, action, ReservationId{"shared"}, kOther, std::nullopt), without || guests);
      EXPECT_EQ(allowed(me, action, ReservationId{"another"}, kOther, std::nullopt), without);
    }
    EXPECT_EQ(sight(me).reservations, me.guest_of);
  }
}

TEST(Permissions, OnlyAdminsRunTheInstallation) {
  for (const auto role : kRoles) {
    EXPECT_TRUE(allowed(role, Duty::kBook));
    for (const auto duty : kDuties) {
      EXPECT_EQ(allowed(role, duty), duty == Duty::kBook || role == Role::kAdmin) << to_string(role);
    }
  }
}

TEST(Permissions, RolesReadBackAsTheyAreWritten) {
  for (const auto role : kRoles) EXPECT_EQ(parse_role(to_string(role)), role);
  EXPECT_EQ(parse_role("root"), std::nullopt);
}

}  // namespace
}  // namespace berth::model
