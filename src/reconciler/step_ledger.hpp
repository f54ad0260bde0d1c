// The steps of one session while its work is being done: changed here, written to the database in one go.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "model/reservation.hpp"
#include "planning/planning.hpp"

namespace berth::reconciler {

class StepLedger {
 public:
  StepLedger(std::vector<model::Step> stored, Instant now)
      : stored_(stored), steps_(std::move(stored)), now_(now) {}

  void record(const planning::RecordStep& what) {
    auto* step = find(what.step);
    if (step == nullptr) return;
    if (!step->started_at) step->started_at = now_;
    // A new trouble, or the same after it had gone: one more try by whoever tries (the cluster itself, here).
    const bool failed = what.state == model::StepState::kFailed;
    const bool news = step->state != model::StepState::kFailed || step->detail != what.detail;
    const bool only_words = what.between_tries && step->state == model::StepState::kFailed && step->tries > 0;
    if (failed && news && !only_words) ++step->tries;
    if (!failed || !what.retried) {
      step->next_try_at.reset();
    } else if (!only_words) {
      step->next_try_at = now_ + planning::cluster_retry_delay(step->tries);
    }
    step->state = what.state;
    step->detail = what.detail;
    if (what.state == model::StepState::kDone) {
      step->finished_at = now_;
      if (step->tries == 0) step->tries = 1;
    }
  }

  /// An effect of this step failed: it will be tried again, later each time.
  void failed(model::StepName name, const std::string& detail) {
    auto* step = find(name);
    if (step == nullptr || step->state == model::StepState::kDone) return;
    if (!step->started_at) step->started_at = now_;
    step->state = model::StepState::kFailed;
    step->next_try_at = now_ + planning::retry_delay(step->tries);
    ++step->tries;
    step->detail = detail;
  }

  /// Nobody answered: no try of the step's own, and no wait of its own either.
  void unanswered(model::StepName name, const std::string& detail) {
    auto* step = find(name);
    if (step == nullptr || step->state == model::StepState::kDone) return;
    if (!step->started_at) step->started_at = now_;
    step->state = model::StepState::kRunning;
    step->next_try_at.reset();
    step->detail = detail;
  }

  /// Those that differ from what the database has.
  std::vector<model::Step> changed() const {
    std::vector<model::Step> out;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (!(steps_[i] == stored_[i])) out.push_back(steps_[i]);
    }
    return out;
  }
  void written() { stored_ = steps_; }

 private:
  model::Step* find(model::StepName name) {
    const auto found = std::find_if(steps_.begin(), steps_.end(),
                                    [&](const model::Step& step) { return step.name == name; });
    return found == steps_.end() ? nullptr : &*found;
  }

  std::vector<model::Step> stored_;
  std::vector<model::Step> steps_;
  Instant now_;
};

}  // namespace berth::reconciler
