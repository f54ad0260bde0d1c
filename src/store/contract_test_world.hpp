// The two forms of ControlRows as the contract suite sees them: PostgreSQL with the portal's own code beside
// it, and the twin in memory. Both under a clock of the test's.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "store/control_rows.hpp"
#include "storetwin/twin.hpp"
#include "testsupport/lab.hpp"

namespace berth::store {

class SetClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  void advance(Duration by) { now_ += by; }
  void set_back() { now_ = kFirst; }

 private:
  static constexpr Instant kFirst =
      std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + hours(8) + minutes(10);
  Instant now_ = kFirst;
};

class ContractWorld {
 public:
  virtual ~ContractWorld() = default;

  Instant now() const { return clock_.now(); }
  const Clock& clock() const { return clock_; }
  virtual void advance(Duration by) { clock_.advance(by); }

  virtual void put_cluster(const model::Cluster& wanted) = 0;
  /// On a cluster that is declared. As it then is, with its numbers.
  virtual model::Pool put_pool(const model::Pool& wanted) = 0;
  virtual model::UserId put_user(const std::string& email) = 0;
  virtual Result<storetwin::Outcome> book(const model::UserId& owner, const booking::Request& request) = 0;
  virtual Result<storetwin::Outcome> extend(const model::ReservationId& id,
                                            const storetwin::Further& further) = 0;
  virtual Result<model::Reservation> end(const model::ReservationId& id) = 0;
  /// Its owner asks.
  virtual void ask_kubeconfig(const std::string& id, const model::ReservationId& reservation,
                              const entry::SealPublicKey& key) = 0;

  /// An admin orders layouts for a node, by its name in the cluster; what of them a reconciler writes is left
  /// out.
  virtual void order_layouts(const std::string& node, const std::vector<planning::LayoutOrder>& orders) = 0;
  virtual void retry_layout(const std::string& node) = 0;

  /// Its owner asks; false while a session has it, and where there is none.
  virtual bool ask_home_deletion(const std::string& home) = 0;

  virtual ControlRows& control() = 0;
  /// All of them, in an order of their own where they have none.
  virtual storetwin::Rows rows() = 0;

 protected:
  SetClock clock_;
};

/// PostgreSQL's, for who tries it many times over.
class RenewableWorld : public ContractWorld {
 public:
  /// As at first: without any row but what is declared.
  virtual void renew() = 0;
};

std::unique_ptr<RenewableWorld> postgres_world();
std::unique_ptr<ContractWorld> twin_world();

/// Of deploy/pools/lab.yaml.
using testsupport::lab_cluster;

/// Findings and audit rows in an order of their own, which PostgreSQL does not keep.
storetwin::Rows in_order(storetwin::Rows rows);

inline model::Step a_step(model::StepName name, model::StepState state = model::StepState::kPending) {
  model::Step step;
  step.name = name;
  step.state = state;
  return step;
}

enum class Form { kPostgres, kTwin };

/// Each test of it runs on both forms: instantiate it with `both_forms()` and `name_of_form`. There are two
/// clusters, "elsewhere" the other one, and the lab's pool.
class ControlContract : public testing::TestWithParam<Form> {
 public:
  static void TearDownTestSuite() { postgres_.reset(); }

 protected:
  ControlContract();

  /// A slice from the step `from` to the step `to`, which are counted from the first after the test's begin.
  Result<storetwin::Outcome> try_book(const std::string& device_class, int units, int from, int to);
  model::ReservationId book(const std::string& device_class, int units, int from, int to);
  model::ReservationId slice(int from, int to) { return book("slice-24gb", 1, from, to); }
  Instant step(int n) const;
  void go_to(Instant at) { world().advance(at - world().now()); }

  /// The next session, of which `n` is the number in its names.
  static NewSession names(int n);
  static model::SessionId session(int n) { return names(n).id; }
  bool begin(const model::ReservationId& id, int n = 1, int attempt = 1);
  /// A slice from now on whose session, number `n`, has begun.
  model::ReservationId running(int n = 1, int to = 4);

  ContractWorld& world() const { return *world_; }
  ControlRows& control() { return world_->control(); }
  storetwin::Rows rows() { return world_->rows(); }
  model::Reservation reservation(const model::ReservationId& id) { return rows().tables.reservations.at(id); }
  model::Session row_of(int n = 1) { return rows().tables.sessions.at(session(n)).session; }
  std::vector<storetwin::Claim> claims(const model::ReservationId& id) {
    return storetwin::claims_of(rows().tables, id);
  }
  planning::Desired desired();
  const model::Unit& unit(const std::string& name) const;

  /// One for all tests of a suite, renewed for each: a database of its own would be most of a test's time.
  inline static std::unique_ptr<RenewableWorld> postgres_;
  std::unique_ptr<ContractWorld> own_;
  ContractWorld* world_;
  Instant begun_;
  model::Pool lab_;
  model::UserId ana_;
  Lead lead_;
};

inline auto both_forms() {
  return testing::Values(Form::kPostgres, Form::kTwin);
}
inline std::string name_of_form(const testing::TestParamInfo<Form>& of) {
  return of.param == Form::kPostgres ? "Postgres" : "Twin";
}

}  // namespace berth::store
