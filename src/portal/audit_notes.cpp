#include "portal/audit_notes.hpp"

namespace berth::portal {

Status AuditNotes::note(pg::Connection& db, const store::Author& author, const store::AuditNote& what,
                        Instant at, Steady::time_point now) {
  std::vector<AuditFold::Row> rows;
  {
    const std::lock_guard lock(mutex_);
    rows = fold_.take(author, what, at, now);
  }
  return write(db, rows, now);
}

void AuditNotes::write_due(pg::Connection& db, bool everything, Steady::time_point now) {
  std::vector<AuditFold::Row> rows;
  {
    const std::lock_guard lock(mutex_);
    if (!everything && !fold_.is_due(now)) return;
    rows = fold_.due(now, everything);
  }
  if (const auto written = write(db, rows, now); !written)
    log_.warning("notes for the audit log wait", {{"error", written.error().message}});
}

Status AuditNotes::write(pg::Connection& db, const std::vector<AuditFold::Row>& rows,
                         Steady::time_point now) {
  Status done;
  for (const auto& row : rows) {
    auto written = done ? store::record_audit(db, row.author, row.note) : done;
    if (written) continue;
    const std::lock_guard lock(mutex_);
    fold_.give_back(row, now);
    done = written;
  }
  return done;
}

}  // namespace berth::portal
