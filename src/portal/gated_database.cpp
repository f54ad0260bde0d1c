#include "portal/gated_database.hpp"

namespace berth::portal {
namespace {

using Steady = std::chrono::steady_clock;

/// How long a request waits for a database connection before it is told to come back.
constexpr std::chrono::milliseconds kLeaseWait{3'000};
/// A database that is gone says so at once; one that did not answer for this long hangs.
constexpr std::chrono::milliseconds kHangsAfter{1'000};

}  // namespace

Status GatedDatabase::with(const std::function<void(pg::Connection&)>& action) {
  const auto begun = Steady::now();
  const auto pass = gate_.enter(begun);
  if (!pass)
    return fail(Code::kUnavailable, "the database hangs; one request at a time looks whether it still does");
  const auto leave = [&](bool trouble) {
    const auto now = Steady::now();
    gate_.leave(*pass, trouble && now - begun >= kHangsAfter, now);
  };
  auto lease = connections_.lease(kLeaseWait);
  if (!lease) {
    leave(lease.error().slug != pg::kNoConnectionFree);
    return fail(lease.error());
  }
  // An action that throws has found a fault of ours, not of the database's.
  struct Leaving {
    const decltype(leave)& gate_leave;
    pg::Pool::Lease& connection;
    ~Leaving() { gate_leave(connection->broken()); }
  } const leaving{leave, *lease};
  action(**lease);
  return {};
}

}  // namespace berth::portal
