// Who may do what: one table of role, action and relation, followed by the API, the lists and the page.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "model/ids.hpp"

namespace berth::model {

enum class Role { kMember, kLead, kFinance, kAdmin };
inline constexpr std::array kRoles{Role::kMember, Role::kLead, Role::kFinance, Role::kAdmin};
std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view text);

/// How someone stands to a reservation. When several are true, the closest counts: the first in this order.
enum class Relation {
  kOwner,       // booked it
  kLeadsTeam,   // leads the team it was booked for
  kLeadsOwner,  // leads a team that its owner belongs to
  kTeammate,    // belongs to the team it was booked for
  kNone,
};
inline constexpr std::array kRelations{Relation::kOwner, Relation::kLeadsTeam, Relation::kLeadsOwner,
                                       Relation::kTeammate, Relation::kNone};

/// What can be done with a reservation.
enum class Action {
  kSee,         // and its session
  kEdit,        // move, resize, extend, rename
  kEnd,         // cancel before the start, end after it
  kOpen,        // its workspace
  kShare,       // name guests, who may open it too
  kKubeconfig,  // take one for its session
  kSeeUsage,    // what it held and cost, as a row of its own
};
inline constexpr std::array kActions{Action::kSee,   Action::kEdit,       Action::kEnd,     Action::kOpen,
                                     Action::kShare, Action::kKubeconfig, Action::kSeeUsage};

/// What can be done with the installation, whatever reservation it touches.
enum class Duty {
  kBook,
  kDeclarePools,
  kReadAudit,
  kReadFindings,
  kManagePeople,
};
inline constexpr std::array kDuties{Duty::kBook, Duty::kDeclarePools, Duty::kReadAudit, Duty::kReadFindings,
                                    Duty::kManagePeople};

bool allowed(Role role, Action action, Relation relation);
bool allowed(Role role, Duty duty);

/// Someone who asks, with all that the rules look at. Read once per request.
struct Viewer {
  UserId id;
  Role role = Role::kMember;
  std::vector<TeamId> teams;              // belongs to
  std::vector<TeamId> leads;              // and leads: a part of `teams`
  std::vector<UserId> led_members;        // everyone who belongs to one of `leads`
  std::vector<ReservationId> guest_of{};  // named by its owner, and not over
  bool operator==(const Viewer&) const = default;
};

Relation relation(const Viewer& viewer, const UserId& owner, const std::optional<TeamId>& team);
/// What a guest may do, whoever they are besides.
bool guests_may(Action action);
bool allowed(const Viewer& viewer, Action action, const ReservationId& reservation, const UserId& owner,
             const std::optional<TeamId>& team);

/// What a viewer may see, in the form a list asks for it: everything, or what is owned by one of `owners`,
/// was booked for one of `teams`, or is one of `reservations`. Made from the same table.
struct Sight {
  bool everything = false;
  std::vector<UserId> owners;
  std::vector<TeamId> teams;
  std::vector<ReservationId> reservations{};
  bool operator==(const Sight&) const = default;
};
Sight sight(const Viewer& viewer);

}  // namespace berth::model
