#include "portal/database_gate.hpp"

namespace berth::portal {

std::optional<DatabaseGate::Pass> DatabaseGate::enter(Steady::time_point now) {
  const std::lock_guard lock(mutex_);
  if (!shut_) return Pass{};
  if (someone_looks_ || now < look_again_) return std::nullopt;
  someone_looks_ = true;
  return Pass{.looks = true};
}

void DatabaseGate::leave(const Pass& pass, bool hung, Steady::time_point now) {
  const std::lock_guard lock(mutex_);
  if (pass.looks) someone_looks_ = false;
  if (hung) {
    shut_ = true;
    look_again_ = now + kLookAgainAfter;
  } else if (pass.looks) {
    shut_ = false;
  }
}

}  // namespace berth::portal
