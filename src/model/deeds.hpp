// What someone may do with a reservation as it now stands: who may is the permission table's, and when there
// is anything to do is the table of this file. The API shows it as `may`, the rules of booking ask it too.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "model/permissions.hpp"
#include "model/reservation.hpp"

namespace berth::model {

enum class Deed {
  kSee,
  kEdit,    // anything of it: window, class, units, amounts
  kRename,  // its name alone
  kExtend,  // its end further out
  kEnd,     // cancel or end it
  kOpen,
  kShare,
  kKubeconfig,
  kSeeUsage,
};
inline constexpr std::array kDeeds{Deed::kSee,  Deed::kEdit,  Deed::kRename,     Deed::kExtend,  Deed::kEnd,
                                   Deed::kOpen, Deed::kShare, Deed::kKubeconfig, Deed::kSeeUsage};
std::string_view to_string(Deed deed);

/// Whether a reservation is such that the deed can be done at all, by whoever may.
bool is_open_to(const Reservation& reservation, Deed deed, Instant now);

/// What `viewer` may do with it at `now`, in the order of kDeeds.
std::vector<Deed> deeds(const Viewer& viewer, const Reservation& reservation, Instant now);

}  // namespace berth::model
