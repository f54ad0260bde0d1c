// A database of its own for each test, with the reference pool in it. The store is tested as the portal's
// role, so that a right that is missing shows.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "store/apply.hpp"
#include "store/pools.hpp"
#include "store/test_bookings.hpp"
#include "store/users.hpp"
#include "testsupport/lab.hpp"
#include "testsupport/must.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::store {

using testsupport::lab_file;
using testsupport::lab_pool;
using testsupport::must;

/// The lab's pool under another name, on a Kubernetes node of its own.
model::Pool other_pool(const std::string& name);
/// The lab with one GPU alone, which is on offer as four slices and whole (unit "gpu1").
model::Pool two_layouts_pool();

class StoreTest : public testing::Test {
 protected:
  StoreTest();

  /// As the schema's owner, past all of the store's rules; for set-up and for looking.
  pg::Rows sql(const std::string& statement);
  /// The only column of the only row, which is called "x".
  std::string text(const std::string& statement) { return sql(statement).front().get<std::string>("x"); }
  std::int64_t number(const std::string& statement) { return sql(statement).front().get<std::int64_t>("x"); }

  /// One more connection in the role of the portal.
  pg::Connection portal_connection();

  /// People and teams are the owner's to make.
  model::UserId add_user(const std::string& email, model::Role role = model::Role::kMember);
  model::TeamId add_team(const std::string& name);
  void add_member(const model::TeamId& team, const model::UserId& user, bool leads = false);
  model::Viewer viewer(const model::UserId& user) { return must(load_viewer(connection_, user)); }
  /// Who declares pools: "admin@example.org".
  Author admin_author() const { return author_of(admin_); }
  static Author author(const model::UserId& user) { return author_of(user, "req-1", "192.0.2.1"); }

  /// The n-th whole step after now.
  Instant step(int n) const {
    return ceil_to_step(now_ + seconds(1), lab_.policy.step) + n * lab_.policy.step;
  }
  /// Units of a class from the step `from` to the step `to`.
  booking::Request request(const std::string& device_class, int units, int from, int to) const;
  Result<CreateOutcome> try_book(const model::UserId& owner, const booking::Request& request);
  /// What was booked; the test ends when it was refused.
  ReservationView book(const model::UserId& owner, const booking::Request& request);
  ReservationView slice(const model::UserId& owner, int from, int to) {
    return book(owner, request("slice-24gb", 1, from, to));
  }
  std::vector<std::string> units_of(const model::ReservationId& id);
  /// As the reconciler does it: APPROVED to ACTIVE with a session row.
  void begin(const model::ReservationId& id);
  /// Sets the clock forward for one reservation: its window and claims lie so much earlier.
  void shift_back(const model::ReservationId& id, minutes by);

  testsupport::Database database_;
  pg::Connection owner_;  // of the schema; one for all of a test: each costs what a dozen statements do
  pg::Connection connection_;
  model::UserId admin_;
  model::Pool lab_;
  Instant now_;  // the database's, when the test began
};

}  // namespace berth::store
