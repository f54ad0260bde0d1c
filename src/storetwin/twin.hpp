// The database in memory, for tests: what store::ControlRows says of it, what the portal does beside it, and
// all its rows to look at. One contract suite (src/store/contract*_test.cpp) holds it and PostgreSQL to the
// same answers and the same rows.
//
// Time is the clock that it is given; ids are the test's. What PostgreSQL alone can show is not here: locks
// and transactions that meet, a connection that is lost, LISTEN, rights, rows of a newer version, a layout
// that changes under claims. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "booking/booking.hpp"
#include "store/control_rows.hpp"
#include "storetwin/rows.hpp"

namespace berth::storetwin {

/// As it now stands, or the first thing that stood in the way.
using Outcome = std::variant<model::Reservation, booking::Shortage>;
/// How far an end moves out: to an instant on a step, or by so much, rounded up to one.
using Further = std::variant<Instant, minutes>;

class Twin {
 public:
  Twin(const Clock& clock, std::string installation);
  Twin(const Twin&) = delete;
  Twin& operator=(const Twin&) = delete;

  /// One more reconciler's view of the same rows, which must outlive it.
  std::unique_ptr<store::ControlRows> open();

  // --- What is declared

  /// One of a known name takes its place.
  void put_cluster(model::Cluster cluster);
  /// On a cluster that is declared. Its numbers are taken as they are, so no two pools may share one. One of
  /// a known number takes its place.
  void put_pool(model::Pool pool);
  void put_user(const model::UserId& id, std::string email);

  // --- What the portal does: the owner's doing, decided as a booking is

  Result<Outcome> book(const model::ReservationId& id, const model::UserId& owner,
                       const booking::Request& request);
  Result<Outcome> extend(const model::ReservationId& id, const Further& further);
  /// Cancels what has not begun, ends what has; what is over or ending is answered as it is.
  Result<model::Reservation> end(const model::ReservationId& id);
  /// Asks for the deletion of a kept home; false while a session has it.
  bool ask_home_deletion(const std::string& home);
  /// Asks for the kubeconfig of a reservation that there is.
  void ask_kubeconfig(const std::string& id, const model::ReservationId& reservation,
                      const model::UserId& asked_by, const entry::SealPublicKey& key);
  /// For one node: those of it that have not begun give way to them. Numbers are the twin's own.
  void order_layouts(const std::string& node, std::vector<planning::LayoutOrder> orders);
  /// Another try of what has begun on the node.
  void retry_layout(const std::string& node);
  /// To the wish of a session that has one, as a portal writes it.
  void answer(const model::SessionId& session, std::string text);

  // --- Looking

  const Rows& rows() const { return rows_; }
  /// What a decision about a pool looks at now; kNotFound when there is no such pool.
  Result<booking::Snapshot> snapshot(model::PoolId pool, Window known) const;

 private:
  const Clock& clock_;
  Declared declared_;
  Rows rows_;
  std::int64_t last_layout_ = 0;
};

}  // namespace berth::storetwin
