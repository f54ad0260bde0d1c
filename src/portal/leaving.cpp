#include "portal/leaving.hpp"

#include <utility>

namespace berth::portal {
namespace {

using Steady = std::chrono::steady_clock;

/// Calendar and owners know within a minute of which the reconciler takes 45 s.
constexpr std::chrono::seconds kLookEvery{3};
/// What found no room may find some later, when others cancel: no need to plan a calendar anew for that
/// often.
constexpr std::chrono::seconds kTryAgain{60};

}  // namespace

Leaving::Leaving(GatedDatabase& database, Log log)
    : database_(database),
      log_(std::move(log)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Leaving::~Leaving() {
  stop();
}

void Leaving::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Leaving::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, kLookEvery, [] { return false; });
    }
    if (stop.stop_requested()) return;
    try {
      // Where the database is away whoever asks for something is told: here it is looked at again.
      const auto had = database_.with([&](pg::Connection& connection) { look(connection); });
      if (!had) continue;
    } catch (const std::exception& fault) {
      log_.error("bookings on units that are away were not looked at", {{"error", fault.what()}});
    }
  }
}

bool Leaving::is_tried(const store::OutagePool& one) const {
  const auto found = tried_.find(one.pool);
  return found != tried_.end() && found->second.what == one.what &&
         Steady::now() - found->second.at < kTryAgain;
}

void Leaving::look(pg::Connection& connection) {
  const auto pools = store::pools_with_outages(connection);
  if (!pools) {
    log_.warning("bookings on units that are away were not looked at", {{"error", pools.error().message}});
    return;
  }
  for (const auto& one : *pools) {
    if (is_tried(one)) continue;
    const auto left = store::leave_outages(connection, one.pool);
    if (!left) {
      log_.warning("bookings on units that are away were not moved", {{"error", left.error().message}});
      continue;
    }
    tried_[one.pool] = {one.what, Steady::now()};
    log_.info("bookings on units that are away",
              {{"moved", std::to_string(left->moved)}, {"stay", std::to_string(left->stay)}});
  }
}

}  // namespace berth::portal
