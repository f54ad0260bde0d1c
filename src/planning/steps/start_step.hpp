// What a start step is: a file with its objects and its judgement, and a row in the table (table.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "manifests/manifests.hpp"
#include "model/lifecycle.hpp"
#include "planning/planning.hpp"

namespace berth::planning {

/// All that a step is judged by.
struct View {
  const manifests::SessionSpec& spec;
  const DesiredSession& wanted;
  const Observed& observed;
  Instant now{};
  std::string layout_wait{};  // why its devices are not to be had for their layout's sake; empty: they are
  bool layout_is_coming = false;
  std::optional<std::vector<std::string>> laid_out{};  // units of its node's layout, where it has one
};

/// Whether a step whose objects are in place is done, and if not, what it waits for.
struct Standing {
  enum class State {
    kDone,
    kWaiting,
    kTrouble  // it will not come right by waiting alone
  };
  State state = State::kDone;
  std::string detail = {};
  bool retried = false;  // as PodSeen has them
  bool between_tries = false;
  std::vector<SessionEffect> effects = {};  // what the judgement asks for, beside being written down
};
inline Standing done() {
  return {};
}
inline Standing waiting(std::string detail) {
  return {.state = Standing::State::kWaiting, .detail = std::move(detail)};
}
inline Standing trouble(std::string detail) {
  return {.state = Standing::State::kTrouble, .detail = std::move(detail)};
}

/// What a step is judged by after its objects were applied. A status is seen by the watch only after the
/// apply of this very plan: that plan then ends here and the next one judges.
enum class JudgedBy { kApply, kStatus, kStatusOnOpenshift };

/// Whether objects of later steps may be applied before this one is done. None of those is done before.
enum class Overtaking { kNo, kMay };

/// Who tries again what failed. Where the cluster does, nothing is waited for: then there is nothing to
/// write, only to look.
enum class TriedBy { kBerth, kCluster };

struct StartStep {
  model::StepName name;
  std::vector<manifests::Object> (*objects)(
      const manifests::SessionSpec& spec);  // in the order of their applies
  Standing (*judge)(const View& view);
  JudgedBy judged_by;
  Overtaking overtaking;
  TriedBy tried_by;
};

/// The judgement of a step that is done as soon as its objects are applied.
inline Standing done_when_applied(const View&) {
  return done();
}
inline std::vector<manifests::Object> no_objects(const manifests::SessionSpec&) {
  return {};
}

}  // namespace berth::planning
