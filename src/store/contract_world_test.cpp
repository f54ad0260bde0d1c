// What the contract suite's tests share, and the twin as one of its worlds.
#include <algorithm>
#include <tuple>

#include "store/contract_test_world.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

constexpr const char* kInstallation = "11111111-1111-4111-8111-111111111111";

class TwinWorld final : public ContractWorld {
 public:
  TwinWorld() : twin_(clock_, kInstallation), control_(twin_.open()) {}

  void put_cluster(const model::Cluster& wanted) override { twin_.put_cluster(wanted); }
  model::Pool put_pool(const model::Pool& wanted) override {
    auto pool = wanted;
    if (const auto known = pools_.find(pool.name); known != pools_.end()) {
      pool.id = known->second;
    } else {
      pool.id.value = static_cast<std::int64_t>(pools_.size()) + 1;
      pools_.emplace(pool.name, pool.id);
    }
    give_numbers(pool);
    twin_.put_pool(pool);
    return pool;
  }
  model::UserId put_user(const std::string& email) override {
    const model::UserId id{next_uuid()};
    twin_.put_user(id, email);
    return id;
  }
  Result<storetwin::Outcome> book(const model::UserId& owner, const booking::Request& request) override {
    return twin_.book({next_uuid()}, owner, request);
  }
  Result<storetwin::Outcome> extend(const model::ReservationId& id,
                                    const storetwin::Further& further) override {
    return twin_.extend(id, further);
  }
  Result<model::Reservation> end(const model::ReservationId& id) override { return twin_.end(id); }
  void ask_kubeconfig(const std::string& id, const model::ReservationId& reservation,
                      const entry::SealPublicKey& key) override {
    twin_.ask_kubeconfig(id, reservation, twin_.rows().tables.reservations.at(reservation).owner, key);
  }
  void order_layouts(const std::string& node, const std::vector<planning::LayoutOrder>& orders) override {
    twin_.order_layouts(node, orders);
  }
  void retry_layout(const std::string& node) override { twin_.retry_layout(node); }
  bool ask_home_deletion(const std::string& home) override { return twin_.ask_home_deletion(home); }
  ControlRows& control() override { return *control_; }
  storetwin::Rows rows() override { return in_order(twin_.rows()); }

 private:
  std::string next_uuid() { return random_uuid(random_); }

  /// A pool file numbers its own parts from 1: those of each pool get a range of their own, once.
  static void give_numbers(model::Pool& pool) {
    const auto base = 1000 * pool.id.value;
    if (pool.nodes.front().id.value > base) return;
    for (auto& node : pool.nodes) node.id.value += base;
    for (auto& device : pool.devices) {
      device.id.value += base;
      device.node.value += base;
    }
    for (auto& device_class : pool.classes) device_class.id.value += base;
    for (auto& unit : pool.units) {
      unit.id.value += base;
      unit.node.value += base;
      unit.device.value += base;
      unit.device_class.value += base;
    }
  }

  SeededRandom random_{1};
  std::map<std::string, model::PoolId> pools_;
  storetwin::Twin twin_;
  std::unique_ptr<ControlRows> control_;
};

}  // namespace

std::unique_ptr<ContractWorld> twin_world() {
  return std::make_unique<TwinWorld>();
}

storetwin::Rows in_order(storetwin::Rows rows) {
  const auto place_of = [](const storetwin::Finding& one) {
    return std::tie(one.cluster, one.kind, one.object, one.first_seen_at);
  };
  std::sort(rows.tables.findings.begin(), rows.tables.findings.end(),
            [&](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
  const auto order_of = [](const storetwin::Audited& one) {
    return std::tie(one.object_type, one.object_id, one.actor, one.action, one.state);
  };
  std::stable_sort(rows.audited.begin(), rows.audited.end(),
                   [&](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
  return rows;
}

ControlContract::ControlContract() {
  if (GetParam() == Form::kTwin) {
    own_ = twin_world();
  } else if (postgres_) {
    postgres_->renew();
  } else {
    postgres_ = postgres_world();
  }
  world_ = own_ ? own_.get() : postgres_.get();
  begun_ = world_->now();
  auto elsewhere = lab_cluster();
  elsewhere.name = "elsewhere";
  world_->put_cluster(lab_cluster());
  world_->put_cluster(elsewhere);
  lab_ = world_->put_pool(lab_pool());
  ana_ = world_->put_user("ana@example.org");
  lead_ = must(world_->control().take_lead(lab_.cluster, "test"));
}

Instant ControlContract::step(int n) const {
  return ceil_to_step(begun_ + seconds(1), lab_.policy.step) + n * lab_.policy.step;
}

Result<storetwin::Outcome> ControlContract::try_book(const std::string& device_class, int units, int from,
                                                     int to) {
  booking::Request request;
  request.pool = lab_.name;
  request.device_class = device_class;
  request.units = units;
  if (step(from) > world().now()) request.start = step(from);
  request.end = step(to);
  return world().book(ana_, request);
}

model::ReservationId ControlContract::book(const std::string& device_class, int units, int from, int to) {
  auto outcome = must(try_book(device_class, units, from, to));
  if (!std::holds_alternative<model::Reservation>(outcome)) throw std::runtime_error("refused");
  return std::get<model::Reservation>(outcome).id;
}

NewSession ControlContract::names(int n) {
  const auto number = std::to_string(n);
  return {{"22222222-2222-4222-8222-22222222222" + number}, "berth-s-" + number, "w" + number + ".example"};
}

bool ControlContract::begin(const model::ReservationId& id, int n, int attempt) {
  return must(control().begin_session(lead_, id, attempt, names(n)));
}

model::ReservationId ControlContract::running(int n, int to) {
  auto id = slice(-1, to);
  EXPECT_TRUE(begin(id, n));
  return id;
}

planning::Desired ControlContract::desired() {
  return must(control().desired(lab_.cluster));
}

const model::Unit& ControlContract::unit(const std::string& name) const {
  return *std::find_if(lab_.units.begin(), lab_.units.end(),
                       [&](const model::Unit& one) { return one.name == name; });
}

}  // namespace berth::store
