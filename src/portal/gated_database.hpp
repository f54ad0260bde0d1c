// The portal's connections, behind the gate that keeps threads free while the database hangs.
#pragma once

#include <functional>

#include "base/result.hpp"
#include "pg/pg.hpp"
#include "portal/database_gate.hpp"

namespace berth::portal {

/// Safe to use from several threads.
class GatedDatabase {
 public:
  explicit GatedDatabase(pg::Pool& connections) : connections_(connections) {}

  /// Runs `action` on a connection of its own. kUnavailable where none is to be had, and then `action` is not
  /// run: the database hangs, is away, or all connections are in use.
  Status with(const std::function<void(pg::Connection&)>& action);

 private:
  pg::Pool& connections_;
  DatabaseGate gate_;
};

}  // namespace berth::portal
