// Kept homes, carried out: between a row and a volume there are two systems, and whoever dies between the two
// writes leaves what the next plan goes on from.
#pragma once

#include "planning/planning.hpp"
#include "reconciler/session_run.hpp"
#include "reconciler/undone.hpp"
#include "reconciler/worker.hpp"

namespace berth::reconciler {

struct HomeTurn {
  Worker& worker;
  const store::Lead& lead;
  const Guard& guard;
};

/// The row first, then the volume's mark. Whether anything was written.
tl::expected<bool, Undone> keep_home(const HomeTurn& turn, const planning::SessionWork& work,
                                     const planning::KeepHome& it);
Done leave_home(const HomeTurn& turn, const planning::SessionWork& work, const planning::LeaveHome& it);
Outcome remove_home(const HomeTurn& turn, const planning::RemoveHome& it);

}  // namespace berth::reconciler
