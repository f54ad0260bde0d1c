// The objects that all installations on a cluster share, where the reconciler may not write them: what holds
// up starts, and what people are told. Pure, as the rest of the plan.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "planning/planning.hpp"

namespace berth::planning {

/// What became of one that was not as Berth wants it.
struct SharedObject {
  enum class Standing {
    kWritten,  // it is as wanted now
    kDiffers,  // may not be written, and is not as wanted
    kKept,     // may be written, and stays otherwise: somebody else of the cluster's keeps it so
    kMissing,  // cannot be written, and is not there
    kFailed,   // the write failed otherwise: nothing is known
  };
  manifests::Object object;
  Standing standing = Standing::kWritten;
  std::string detail;  // where it differs; of an open one: where it lets through
  bool open = false;   // it differs or is kept so that it does not refuse all that it should
};

/// Without a fence no tenant is let in, be it missing or open after Berth tried to put it right. One that
/// refuses all the same what it should is the admins' to keep as they like: it is told and holds up nothing.
bool holds_up_starts(const SharedObject& shared);

/// A sentence for logs and findings.
std::string describe(const SharedObject& shared);

/// Findings to report and to resolve. `all` are those of one cycle that were not as wanted: what is not among
/// them is. `told` is what was last reported of each finding's object, as far as it is known.
std::vector<SweepAction> plan_shared_findings(const std::vector<SharedObject>& all,
                                              const std::vector<OpenFinding>& open,
                                              const std::map<std::string, std::string>& told);

}  // namespace berth::planning
