// What workspaces wish, decided: each as an extension by the owner of its reservation, by the rules and in
// the rounds of all others. One of each pool at a time, so that however many wish, a round has at most one
// more to decide, and a pool whose rounds are slow holds up nobody else's.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "base/log.hpp"
#include "portal/desk.hpp"
#include "portal/gated_database.hpp"
#include "store/workspace_wishes.hpp"

namespace berth::portal {

class WorkspaceWishes {
 public:
  /// `database` and `desk` must outlive this. `listening` is where it hears of wishes, by a connection of its
  /// own.
  WorkspaceWishes(const pg::Settings& listening, GatedDatabase& database, Desk& desk, Log log);
  ~WorkspaceWishes();
  WorkspaceWishes(const WorkspaceWishes&) = delete;
  WorkspaceWishes& operator=(const WorkspaceWishes&) = delete;

  /// What is being decided is decided. May be called again. Before the desk stops.
  void stop();

 private:
  void run(const std::stop_token& stop);
  /// False when none waits that may be decided now, or the database does not answer.
  bool serve_one();
  void decide(const store::TakenWish& taken, store::ChangeWish change);
  void is_decided(model::PoolId pool);

  GatedDatabase& database_;
  Desk& desk_;
  const Log log_;
  std::unique_ptr<pg::Listener> listener_;
  std::mutex mutex_;
  std::condition_variable decided_;
  std::set<model::PoolId> deciding_;  // of which one is with the desk
  std::jthread thread_;               // last
};

}  // namespace berth::portal
