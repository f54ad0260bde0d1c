// Bookings that begin soon leave units that their nodes do not offer. The reconciler writes down which units
// those are; where else bookings fit is decided here, beside all other bookings.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "base/log.hpp"
#include "portal/gated_database.hpp"
#include "store/leave_outages.hpp"

namespace berth::portal {

class Leaving {
 public:
  /// `database` must outlive this.
  Leaving(GatedDatabase& database, Log log);
  ~Leaving();
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;

  /// May be called again.
  void stop();

 private:
  struct Tried {
    std::string what;
    std::chrono::steady_clock::time_point at;
  };
  void run(const std::stop_token& stop);
  void look(pg::Connection& connection);
  bool is_tried(const store::OutagePool& one) const;

  GatedDatabase& database_;
  const Log log_;
  std::map<model::PoolId, Tried> tried_;  // of the thread alone
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last
};

}  // namespace berth::portal
