#include "model/deeds.hpp"

#include <algorithm>

#include "model/yes_no.hpp"

namespace berth::model {
namespace {

/// Until when a deed can be done with what has begun. Its end is one whether the reconciler has come to it or
/// not: the next booking may begin there.
enum class Until { kForEver, kEndAskedFor, kItsEnd };

struct DeedRow {
  Deed deed;
  std::string_view name;
  Action takes;
  std::array<bool, kReservationStates.size()> in;  // in the order of kReservationStates
  Until until;
};
constexpr std::array kDeedTable{
    //                                                     APPROVED ACTIVE COMPLETED CANCELED FAILED
    DeedRow{Deed::kSee, "see", Action::kSee, {yes, yes, yes, yes, yes}, Until::kForEver},
    DeedRow{Deed::kEdit, "edit", Action::kEdit, {yes, no, no, no, no}, Until::kItsEnd},
    DeedRow{Deed::kRename, "rename", Action::kEdit, {yes, yes, no, no, no}, Until::kItsEnd},
    DeedRow{Deed::kExtend, "extend", Action::kEdit, {yes, yes, no, no, no}, Until::kItsEnd},
    DeedRow{Deed::kEnd, "end", Action::kEnd, {yes, yes, no, no, no}, Until::kItsEnd},
    DeedRow{Deed::kOpen, "open", Action::kOpen, {no, yes, no, no, no}, Until::kEndAskedFor},
    DeedRow{Deed::kShare, "share", Action::kShare, {yes, yes, no, no, no}, Until::kItsEnd},
    DeedRow{Deed::kKubeconfig, "kubeconfig", Action::kKubeconfig, {no, yes, no, no, no}, Until::kItsEnd},
    DeedRow{Deed::kSeeUsage, "see_usage", Action::kSeeUsage, {yes, yes, yes, yes, yes}, Until::kForEver},
};

const DeedRow& row_of(Deed deed) {
  return *std::find_if(kDeedTable.begin(), kDeedTable.end(),
                       [&](const DeedRow& row) { return row.deed == deed; });
}
constexpr bool has_every_deed() {
  return std::equal(kDeedTable.begin(), kDeedTable.end(), kDeeds.begin(), kDeeds.end(),
                    [](const DeedRow& row, Deed deed) { return row.deed == deed; });
}
static_assert(has_every_deed());

}  // namespace

std::string_view to_string(Deed deed) {
  return row_of(deed).name;
}

bool is_open_to(const Reservation& reservation, Deed deed, Instant now) {
  const auto& row = row_of(deed);
  const auto state = std::find(kReservationStates.begin(), kReservationStates.end(), reservation.state) -
                     kReservationStates.begin();
  if (!row.in[static_cast<std::size_t>(state)]) return false;
  if (row.until == Until::kForEver) return true;
  if (reservation.end_requested_at) return false;
  // What never began may be moved to a later time, also when its own has passed.
  const bool begun = reservation.state == ReservationState::kActive;
  return row.until != Until::kItsEnd || !begun || now < reservation.window.end;
}

std::vector<Deed> deeds(const Viewer& viewer, const Reservation& reservation, Instant now) {
  std::vector<Deed> out;
  for (const auto& row : kDeedTable) {
    if (allowed(viewer, row.takes, reservation.id, reservation.owner, reservation.team) &&
        is_open_to(reservation, row.deed, now))
      out.push_back(row.deed);
  }
  return out;
}

}  // namespace berth::model
