// The audit log's notes, folded, for all workers together.
#pragma once

#include <mutex>

#include "base/log.hpp"
#include "portal/audit_fold.hpp"

namespace berth::portal {

class AuditNotes {
 public:
  using Steady = AuditFold::Steady;

  explicit AuditNotes(Log log) : log_(std::move(log)) {}

  /// An error where a row of its own was due and could not be written; it is not lost, it waits.
  Status note(pg::Connection& db, const store::Author& author, const store::AuditNote& what, Instant at,
              Steady::time_point now = Steady::now());
  /// Writes what has waited long enough, or all of it. What cannot be written waits on.
  void write_due(pg::Connection& db, bool everything = false, Steady::time_point now = Steady::now());

 private:
  Status write(pg::Connection& db, const std::vector<AuditFold::Row>& rows, Steady::time_point now);

  Log log_;
  std::mutex mutex_;
  AuditFold fold_;
};

}  // namespace berth::portal
