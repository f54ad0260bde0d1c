#include "model/permissions.hpp"

#include <algorithm>

#include "model/yes_no.hpp"

namespace berth::model {
namespace {

struct RoleName {
  Role role;
  std::string_view name;
};
constexpr std::array kRoleNames{RoleName{Role::kMember, "member"}, RoleName{Role::kLead, "lead"},
                                RoleName{Role::kFinance, "finance"}, RoleName{Role::kAdmin, "admin"}};

/// Who may do an action, by relation: a row per action and role, a column per relation in the order of
/// kRelations.
struct ActionRow {
  Action action;
  Role role;
  std::array<bool, kRelations.size()> may;
};
constexpr std::array kActionTable{
    //                                     owner  leads team  leads owner  teammate  none
    ActionRow{Action::kSee, Role::kMember, {yes, no, no, yes, no}},
    ActionRow{Action::kSee, Role::kLead, {yes, yes, yes, yes, no}},
    ActionRow{Action::kSee, Role::kFinance, {yes, yes, yes, yes, yes}},
    ActionRow{Action::kSee, Role::kAdmin, {yes, yes, yes, yes, yes}},
    ActionRow{Action::kEdit, Role::kMember, {yes, no, no, no, no}},
    ActionRow{Action::kEdit, Role::kLead, {yes, no, no, no, no}},
    ActionRow{Action::kEdit, Role::kFinance, {yes, no, no, no, no}},
    ActionRow{Action::kEdit, Role::kAdmin, {yes, yes, yes, yes, yes}},
    ActionRow{Action::kEnd, Role::kMember, {yes, no, no, no, no}},
    ActionRow{Action::kEnd, Role::kLead, {yes, yes, no, no, no}},
    ActionRow{Action::kEnd, Role::kFinance, {yes, no, no, no, no}},
    ActionRow{Action::kEnd, Role::kAdmin, {yes, yes, yes, yes, yes}},
    ActionRow{Action::kOpen, Role::kMember, {yes, no, no, no, no}},
    ActionRow{Action::kOpen, Role::kLead, {yes, no, no, no, no}},
    ActionRow{Action::kOpen, Role::kFinance, {yes, no, no, no, no}},
    ActionRow{Action::kOpen, Role::kAdmin, {yes, no, no, no, no}},
    ActionRow{Action::kShare, Role::kMember, {yes, no, no, no, no}},
    ActionRow{Action::kShare, Role::kLead, {yes, no, no, no, no}},
    ActionRow{Action::kShare, Role::kFinance, {yes, no, no, no, no}},
    ActionRow{Action::kShare, Role::kAdmin, {yes, no, no, no, no}},
    ActionRow{Action::kKubeconfig, Role::kMember, {yes, no, no, no, no}},
    ActionRow{Action::kKubeconfig, Role::kLead, {yes, no, no, no, no}},
    ActionRow{Action::kKubeconfig, Role::kFinance, {yes, no, no, no, no}},
    ActionRow{Action::kKubeconfig, Role::kAdmin, {yes, no, no, no, no}},
    ActionRow{Action::kSeeUsage, Role::kMember, {yes, no, no, no, no}},
    ActionRow{Action::kSeeUsage, Role::kLead, {yes, yes, yes, no, no}},
    ActionRow{Action::kSeeUsage, Role::kFinance, {yes, yes, yes, yes, yes}},
    ActionRow{Action::kSeeUsage, Role::kAdmin, {yes, yes, yes, yes, yes}},
};

struct DutyRow {
  Duty duty;
  std::array<bool, kRoles.size()> may;
};
constexpr std::array kDutyTable{
    //                                  member lead finance admin
    DutyRow{Duty::kBook, {yes, yes, yes, yes}},      DutyRow{Duty::kDeclarePools, {no, no, no, yes}},
    DutyRow{Duty::kReadAudit, {no, no, no, yes}},    DutyRow{Duty::kReadFindings, {no, no, no, yes}},
    DutyRow{Duty::kManagePeople, {no, no, no, yes}},
};

template <typename T>
bool contains(const std::vector<T>& items, const T& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

}  // namespace

std::string_view to_string(Role role) {
  for (const auto& [value, name] : kRoleNames) {
    if (value == role) return name;
  }
  return "unknown";
}

std::optional<Role> parse_role(std::string_view text) {
  for (const auto& [value, name] : kRoleNames) {
    if (name == text) return value;
  }
  return std::nullopt;
}

bool allowed(Role role, Action action, Relation relation) {
  const auto column = std::find(kRelations.begin(), kRelations.end(), relation) - kRelations.begin();
  for (const auto& row : kActionTable) {
    if (row.action == action && row.role == role) return row.may[static_cast<std::size_t>(column)];
  }
  return false;
}

bool allowed(Role role, Duty duty) {
  const auto column = std::find(kRoles.begin(), kRoles.end(), role) - kRoles.begin();
  for (const auto& row : kDutyTable) {
    if (row.duty == duty) return row.may[static_cast<std::size_t>(column)];
  }
  return false;
}

Relation relation(const Viewer& viewer, const UserId& owner, const std::optional<TeamId>& team) {
  if (owner == viewer.id) return Relation::kOwner;
  // Leading is a matter of role and membership both: whoever is no lead (any more) is a teammate.
  if (viewer.role == Role::kLead) {
    if (team && contains(viewer.leads, *team)) return Relation::kLeadsTeam;
    if (contains(viewer.led_members, owner)) return Relation::kLeadsOwner;
  }
  if (team && contains(viewer.teams, *team)) return Relation::kTeammate;
  return Relation::kNone;
}

bool guests_may(Action action) {
  return action == Action::kSee || action == Action::kOpen;
}

bool allowed(const Viewer& viewer, Action action, const ReservationId& reservation, const UserId& owner,
             const std::optional<TeamId>& team) {
  return allowed(viewer.role, action, relation(viewer, owner, team)) ||
         (guests_may(action) && contains(viewer.guest_of, reservation));
}

Sight sight(const Viewer& viewer) {
  const auto sees = [&](Relation relation) { return allowed(viewer.role, Action::kSee, relation); };
  Sight all;
  all.everything = sees(Relation::kNone);
  if (sees(Relation::kOwner)) all.owners.push_back(viewer.id);
  if (viewer.role == Role::kLead && sees(Relation::kLeadsOwner)) {
    for (const auto& member : viewer.led_members) {
      if (member != viewer.id) all.owners.push_back(member);
    }
  }
  // A team that is led is one's own too; a row of the table that lets teammates see and leads not would be a
  // fault.
  if (sees(Relation::kTeammate)) all.teams = viewer.teams;
  if (guests_may(Action::kSee)) all.reservations = viewer.guest_of;
  return all;
}

}  // namespace berth::model
