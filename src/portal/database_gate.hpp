// Keeps workers free while the database hangs: whoever waited for it in vain shuts the gate, and until it
// answers again one request at a time finds out, the others are told at once to come back.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

namespace berth::portal {

class DatabaseGate {
 public:
  using Steady = std::chrono::steady_clock;
  /// How long after one request found the database hanging the next one may look.
  static constexpr std::chrono::milliseconds kLookAgainAfter{500};

  struct Pass {
    bool looks = false;  // through a shut gate, to see whether it can be opened
  };

  /// Empty when the gate is shut. Every pass comes back by `leave`.
  std::optional<Pass> enter(Steady::time_point now);
  /// `hung`: the database was waited for and did not answer.
  void leave(const Pass& pass, bool hung, Steady::time_point now);

 private:
  std::mutex mutex_;
  bool shut_ = false;
  bool someone_looks_ = false;
  Steady::time_point look_again_;
};

}  // namespace berth::portal
