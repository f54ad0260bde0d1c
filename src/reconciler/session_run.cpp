#include "reconciler/session_run.hpp"

#include <fmt/format.h>

#include "reconciler/homes.hpp"

namespace berth::reconciler {
void Outcome::add(const Undone& more) {
  if (!undone) {
    undone = more;
    return;
  }
  if (more.why == Why::kLostLead) undone->why = more.why;
  undone->error.message += "; " + more.error.message;
}

void Outcome::add(const Done& done) {
  if (done) {
    wrote = true;
  } else {
    add(done.error());
  }
}

Outcome SessionRun::run() {
  Outcome outcome;
  for (const auto& effect : work_.effects) {
    const auto performed = std::visit([this](const auto& it) { return perform(it); }, effect.what);
    if (performed) continue;
    const auto& undone = performed.error();
    if (undone.why == Why::kOvertaken) {
      wrote_ = true;  // the next cycle follows at once
      break;
    }
    if (auto away = told_as_away(undone.error, away_since_); away && undone.why == Why::kFailed) {
      if (effect.step) steps_.unanswered(*effect.step, *away);
      auto told = undone;
      told.error.message = std::move(*away);
      told.error.slug = kClusterAway;
      outcome.add(told);
      break;
    }
    outcome.add(undone);
    if (undone.why == Why::kLostLead) break;
    if (effect.step) steps_.failed(*effect.step, told_plainly(undone.error));
    if (work_.on_failure == planning::OnFailure::kStop) break;
  }
  if (!outcome.lost_lead()) {
    if (const auto written = write_steps(); !written && !outcome.undone) outcome.undone = written.error();
  }
  outcome.wrote = wrote_;
  return outcome;
}

Done SessionRun::perform(const planning::MakeNamespace& it) {
  return write([&] { return worker_.writes.make_namespace(it.object); });
}

Done SessionRun::perform(const planning::ApplyObject& it) {
  return write([&] { return worker_.writes.apply(it.object); });
}

Done SessionRun::perform(const planning::PutBack& it) {
  return repair(it.object, [&] { return worker_.writes.apply(it.object); });
}

Done SessionRun::perform(const planning::Renew& it) {
  return repair(it.object, [&] { return worker_.writes.renew(it.object); });
}

// Steps are written before what depends on them being known, and with the rest at the end.
Done SessionRun::perform(const planning::RecordStep& it) {
  steps_.record(it);
  return {};
}

Done SessionRun::perform(const planning::PublishEndpoints& it) {
  return write([&] { return worker_.control->publish_endpoints(lead_, work_.session, it.endpoints); });
}

Done SessionRun::perform(const planning::SetPhase& it) {
  if (it.only_if == planning::OnlyIf::kNamespaceGone) {
    if (auto gone = namespace_is_gone(); !gone) return gone;
  }
  if (auto written = write_steps(); !written) return written;
  auto set = guard_([&]() -> Done {
    const auto still_so = worker_.control->set_phase(lead_, work_.session, it);
    if (!still_so) return done(fail(still_so.error()));
    if (*still_so) return {};
    Undone overtaken{Why::kOvertaken, {}};
    overtaken.error.code = Code::kConflict;
    overtaken.error.message = "it was extended meanwhile";
    return tl::unexpected(std::move(overtaken));
  });
  if (set) wrote_ = true;
  return set;
}

Done SessionRun::perform(const planning::DeleteNamespace& it) {
  return write([&] { return worker_.writes.delete_namespace(it.name, it.uid); });
}

Done SessionRun::perform(const planning::MoveUnits& it) {
  return write([&] { return worker_.control->move_units(lead_, work_.session, it); });
}

Done SessionRun::perform(const planning::AddHold& it) {
  return write([&] { return worker_.control->add_hold(lead_, work_.session, it.unit, it.why); });
}

Done SessionRun::perform(const planning::ReleaseHolds&) {
  return write([&] { return worker_.control->release_holds(lead_, work_.session); });
}

// One that is not taken changes nothing, so the next cycle has no reason to follow at once.
Done SessionRun::perform(const planning::HearWish& it) {
  return guard_([&]() -> Done {
    const auto heard = worker_.control->hear_wish(lead_, work_.session, it.wish);
    if (!heard) return done(fail(heard.error()));
    wrote_ = wrote_ || *heard;
    return {};
  });
}

Done SessionRun::perform(const planning::KeepHome& it) {
  auto kept = keep_home({worker_, lead_, guard_}, work_, it);
  if (!kept) return tl::unexpected(kept.error());
  wrote_ = wrote_ || *kept;
  return {};
}

Done SessionRun::perform(const planning::HandHome& it) {
  return write([&] { return worker_.writes.hand_home(it.volume, it.home, work_.namespace_name); });
}

Done SessionRun::perform(const planning::LeaveHome& it) {
  auto left = leave_home({worker_, lead_, guard_}, work_, it);
  if (left) wrote_ = true;
  return left;
}

Done SessionRun::perform(const planning::FinishSession& it) {
  const bool held_up = it.its_namespace == planning::FinishSession::Namespace::kHeldUp;
  if (auto over = held_up ? namespace_is_idle() : namespace_is_gone(); !over) return over;
  return write([&] { return worker_.control->finish_session(lead_, work_.session, it); });
}

Done SessionRun::write_steps() {
  const auto changed = steps_.changed();
  if (changed.empty()) return {};
  auto written = write([&] { return worker_.control->record_steps(lead_, work_.session, changed); });
  if (written) steps_.written();
  return written;
}

Done SessionRun::namespace_is_idle() {
  const auto idle = worker_.writes.namespace_idle(work_.namespace_name, work_.session);
  if (!idle) return done(fail(idle.error()));
  if (*idle) return {};
  return done(fail(Code::kConflict, fmt::format("pods of namespace {} still run", work_.namespace_name)));
}

Done SessionRun::namespace_is_gone() {
  using Place = ClusterWrites::Place;
  auto place = Place::kThere;
  // Seen to be gone is no effect: what dies after its first effect would come no further, life after life.
  const auto looked = guard_([&]() -> Done {
    const auto answer = worker_.writes.namespace_place(work_.namespace_name, work_.session);
    if (!answer) return done(fail(answer.error()));
    place = *answer;
    if (place != Place::kGone) return {};
    return tl::unexpected(Undone{Why::kFailed, {}});
  });
  if (place == Place::kGone) return {};
  if (!looked) return looked;
  Undone still{place == Place::kReclaimed ? Why::kOvertaken : Why::kFailed, {}};
  still.error.code = Code::kConflict;
  still.error.message = fmt::format("namespace {} is still there", work_.namespace_name);
  return tl::unexpected(std::move(still));
}

}  // namespace berth::reconciler
