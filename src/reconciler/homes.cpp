#include "reconciler/homes.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"

namespace berth::reconciler {
namespace {

planning::ReportFinding lost(std::string object, const std::string& volume, const std::string& why) {
  return {std::string(planning::kHomeLost), std::move(object),
          fmt::format("Kept files (volume {}) were not there for a session: {}", volume, why),
          "None: the session goes on with empty files. This is told for a day."};
}

/// The API itself has to say so: a watch that lags is no reason to give up anybody's files.
Done volume_is_gone(const HomeTurn& turn, const std::string& volume, const std::string& home) {
  bool gone = false;
  // Seen to be gone is no effect.
  const auto looked = turn.guard([&]() -> Done {
    const auto answer = turn.worker.writes.home_is_gone(volume, home);
    if (!answer) return done(fail(answer.error()));
    gone = *answer;
    if (!gone) return {};
    return tl::unexpected(Undone{Why::kFailed, {}});
  });
  if (gone) return {};
  if (!looked) return looked;
  return done(fail(Code::kConflict, fmt::format("volume {} is still there", volume)));
}

}  // namespace

tl::expected<bool, Undone> keep_home(const HomeTurn& turn, const planning::SessionWork& work,
                                     const planning::KeepHome& it) {
  const auto found = turn.worker.writes.find_home(work.namespace_name, it);
  if (!found) return tl::unexpected(done(fail(found.error())).error());
  if (!*found) return false;
  auto home = **found;
  SystemRandom random;
  home.new_id = random_uuid(random);
  std::optional<std::string> id;
  const auto written = turn.guard([&]() -> Done {
    auto kept = turn.worker.control->keep_home(turn.lead, work.session, home);
    if (!kept) return done(fail(kept.error()));
    id = std::move(*kept);
    return {};
  });
  if (!written) return tl::unexpected(written.error());
  if (!id) return false;
  bool changed = false;
  const auto marked = turn.guard([&]() -> Done {
    const auto made = turn.worker.writes.mark_home(it.volume, *id);
    if (!made) return done(fail(made.error()));
    changed = *made;
    return {};
  });
  if (!marked) return tl::unexpected(marked.error());
  return changed;
}

Done leave_home(const HomeTurn& turn, const planning::SessionWork& work, const planning::LeaveHome& it) {
  if (it.lost) {
    if (auto gone = volume_is_gone(turn, it.volume, it.home); !gone) return gone;
  }
  // Told first: after the row nobody knows any more that there was something to tell.
  auto told = turn.guard([&] {
    return done(turn.worker.control->report_finding(
        turn.lead, lost(fmt::format("namespaces/{}", work.namespace_name), it.volume, it.why)));
  });
  if (!told) return told;
  return turn.guard([&]() -> Done {
    if (it.lost) return done(turn.worker.control->close_home(turn.lead, it.home));
    const auto left = turn.worker.control->leave_home(turn.lead, work.session, it.home);
    return left ? Done{} : done(fail(left.error()));
  });
}

Outcome remove_home(const HomeTurn& turn, const planning::RemoveHome& it) {
  using Stage = planning::RemoveHome::Stage;
  Outcome outcome;
  auto& control = *turn.worker.control;
  if (it.stage == Stage::kClose || it.stage == Stage::kLost) {
    if (auto gone = volume_is_gone(turn, it.volume, it.home); !gone) {
      outcome.add(gone);
      return outcome;
    }
    if (it.stage == Stage::kLost) {
      outcome.add(turn.guard([&] {
        return done(control.report_finding(
            turn.lead, lost(fmt::format("homes/{}", it.home), it.volume, "others deleted their volume.")));
      }));
      if (outcome.undone) return outcome;
    }
    outcome.add(turn.guard([&] { return done(control.close_home(turn.lead, it.home)); }));
    return outcome;
  }
  if (it.stage == Stage::kLetGo) {
    bool going = false;
    const auto asked = turn.guard([&]() -> Done {
      const auto let = control.let_home_go(turn.lead, it.home);
      if (!let) return done(fail(let.error()));
      going = *let;
      return {};
    });
    // One that may not go after all is no news: the next cycle has no reason to follow at once.
    if (going || !asked) outcome.add(asked);
    if (!going) return outcome;
  }
  outcome.add(turn.guard([&] { return done(turn.worker.writes.drop_home(it.volume, it.home)); }));
  return outcome;
}

}  // namespace berth::reconciler
