// The real code of the control plane against the simulated cluster and the database's twin, under a clock of
// the test's own: from a seed come bookings, ends and extensions, faults of the API and of the cluster,
// watches that lag, strangers who delete things, and a reconciler that is killed after any effect. What must
// always hold is looked at after each step, and that all comes to rest now and then.
//
// The seeds are always the same ones, so that only a change can turn it red; `make fuzz` tries others.
// BERTH_SIM_SEED=n begins with that one (and runs no other, unless told), BERTH_SIM_SEEDS=n runs so many from
// there on, BERTH_SIM_STEPS=n makes so many steps in each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "kube/test_removal.hpp"
#include "reconciler/test_invariants.hpp"
#include "reconciler/test_world.hpp"

namespace berth::reconciler {
namespace {

using model::SessionPhase;
using simcluster::Fault;
using simcluster::FaultKind;

constexpr int kFirstSeed = 20'261'129;
constexpr int kSeeds = 3;
constexpr int kSteps = 80;
constexpr int kStepsBetweenRests = 40;

int from_environment(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::atoi(value);
}

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : seed_(seed), random_(seed), world_(seed) {
    world_.keep_homes({.days = 1, .most = std::nullopt});
  }

  void run(int steps) {
    book();
    book();
    for (int i = 1; i <= steps && !testing::Test::HasFailure(); ++i) {
      act();
      look();
      if (i % kStepsBetweenRests == 0) rest();
    }
    if (!testing::Test::HasFailure()) end();
    if (!testing::Test::HasFailure()) return;
    std::string story;
    for (const auto& line : story_) story += "\n  " + line;
    ADD_FAILURE() << "seed " << seed_ << story;
  }

  int kills() const { return kills_; }
  int homes() const { return homes_; }
  int sessions() const { return static_cast<int>(world_.tables().sessions.size()); }

 private:
  // --- Chance

  int pick(int below) { return static_cast<int>(random_() % static_cast<std::uint32_t>(below)); }
  bool one_in(int n) { return pick(n) == 0; }
  void tell(std::string line) {
    story_.push_back(fmt::format("{} {}", format_rfc3339(world_.now()), std::move(line)));
  }

  // --- What happens

  void act() {
    switch (pick(18)) {
      case 16:
        return delete_a_home();
      case 17:
        return another_rule();
      case 0:
      case 1:
        return book();
      case 2:
        return end_one();
      case 3:
        return extend_one();
      case 4:
        return put_fault_in();
      case 5:
        return clear_faults();
      case 6:
        return meddle();
      case 7:
        return lag();
      case 8:
        return jump();
      case 9:
        tell("sweep");
        return world_.sweep();
      case 10:
        tell("another reconciler takes over");
        return world_.restart();
      default:
        break;
    }
    pass(seconds(1 + pick(one_in(4) ? 120 : 8)));
    cycles();
  }

  void pass(Duration time) { world_.advance(time); }

  /// Up to the next start or end, or just past it.
  void jump() {
    std::optional<Instant> edge;
    for (const auto& [id, one] : world_.tables().reservations) {
      for (const auto at : {one.window.start, one.window.end}) {
        if (at > world_.now()) edge = std::min(edge.value_or(at), at);
      }
    }
    if (!edge) return pass(minutes(pick(40)));
    tell("to the next edge");
    pass(*edge - world_.now() + (one_in(2) ? seconds(pick(3)) : seconds(pick(1200))));
    cycles();
  }

  void cycles() {
    const int count = 1 + pick(3);
    for (int i = 0; i < count; ++i) {
      const auto most = one_in(2) ? std::optional(1 + pick(9)) : std::nullopt;
      const auto done = world_.cycle(most);
      kills_ += done.killed ? 1 : 0;
      tell(fmt::format("cycle: {} actions{}{}", done.actions, done.killed ? ", killed" : "",
                       done.report.failed.empty() ? "" : ", " + done.report.failed.front()));
      look();
      pass(std::chrono::milliseconds(pick(1500)));
    }
  }

  void book() {
    const bool whole = one_in(4);
    const int length = 1 + pick(4);
    std::optional<Instant> start;
    if (!one_in(3)) start = world_.step(pick(4));
    const auto end = (start ? *start : world_.step(0)) + length * world_.pool().policy.step;
    const auto outcome =
        world_.try_book(whole ? "whole-96gb" : "slice-24gb", whole ? 1 : 1 + pick(2), start, end);
    const bool booked = outcome && std::holds_alternative<model::Reservation>(*outcome);
    tell(fmt::format("book: {}", !outcome ? outcome.error().message : booked ? "done" : "refused"));
    if (booked) known_.push_back(std::get<model::Reservation>(*outcome).id);
  }

  const model::ReservationId* some() {
    return known_.empty() ? nullptr
                          : &known_[static_cast<std::size_t>(pick(static_cast<int>(known_.size())))];
  }

  void end_one() {
    const auto* id = some();
    if (id == nullptr) return;
    const auto done = world_.end(*id);
    tell(fmt::format("end {}: {}", id->value, done ? to_string(done->state) : done.error().message));
  }

  void extend_one() {
    const auto* id = some();
    if (id == nullptr) return;
    const auto done = world_.extend(*id, minutes(30));
    tell(fmt::format("extend {}: {}", id->value, done ? "answered" : done.error().message));
  }

  void delete_a_home() {
    for (const auto& [id, row] : world_.tables().homes) {
      if (!row.gone_at && row.session.value.empty() && one_in(2)) {
        tell(fmt::format("its owner has home {} deleted: {}", id, world_.ask_home_deletion(id)));
        return;
      }
    }
  }

  void another_rule() {
    const int days = one_in(4) ? 0 : 1 + pick(2);
    tell(fmt::format("homes are kept for {} days", days));
    world_.keep_homes({.days = days, .most = std::nullopt});
  }

  void put_fault_in() {
    static constexpr std::array kStatuses{
        std::pair{403, "Forbidden"},     std::pair{409, "Conflict"},
        std::pair{422, "Invalid"},       std::pair{429, "TooManyRequests"},
        std::pair{500, "InternalError"}, std::pair{503, "ServiceUnavailable"},
        std::pair{504, "Timeout"}};
    // Only requests of the executor: the watches' own threads meet theirs in no fixed order.
    static constexpr std::array kVerbs{"apply", "create", "delete", "get", "patch"};
    static constexpr std::array kLasting{FaultKind::kQuotaStalled,   FaultKind::kNamespaceStuck,
                                         FaultKind::kPodNeverReady,  FaultKind::kPodCrash,
                                         FaultKind::kImagePullError, FaultKind::kPodStuck,
                                         FaultKind::kNodeNotReady};
    Fault fault;
    switch (pick(4)) {
      case 0:
        fault.kind = kLasting[static_cast<std::size_t>(pick(kLasting.size()))];
        break;
      case 1:
        fault.kind = one_in(2)   ? FaultKind::kCutBefore
                     : one_in(2) ? FaultKind::kCutAfter
                                 : FaultKind::kLatency;
        if (fault.kind == FaultKind::kLatency) fault.latency = std::chrono::seconds(30);
        break;
      default: {
        const auto& [code, reason] = kStatuses[static_cast<std::size_t>(pick(kStatuses.size()))];
        fault.code = code;
        fault.reason = reason;
      }
    }
    fault.verb = kVerbs[static_cast<std::size_t>(pick(kVerbs.size()))];
    fault.times = 1 + pick(4);
    must(world_.cluster().add_fault(fault));
    tell(fmt::format("fault {} of {} x{} ({})", static_cast<int>(fault.kind), fault.verb, fault.times,
                     fault.code));
  }

  void clear_faults() {
    world_.cluster().clear_faults();
    tell("faults cleared");
  }

  /// Someone with rights in the cluster does what they should not.
  void meddle() {
    auto client = world_.client();
    const auto spaces = client.list(kube::resources::namespaces(), invariants_.ours());
    if (!spaces || spaces->items.empty()) return;
    const auto& space = spaces->items[static_cast<std::size_t>(pick(static_cast<int>(spaces->items.size())))];
    const auto name = kube::name_of(space);
    Status done;
    switch (pick(3)) {
      case 0: {
        tell("a stranger deletes " + name);
        auto removed = client.remove({kube::resources::namespaces(), "", name});
        if (!removed) done = fail(removed.error());
        break;
      }
      case 1:
        tell("a stranger deletes the quota of " + name);
        done = kube::remove_all(client, kube::resources::resource_quotas(), {.ns = name});
        break;
      default:
        tell("a stranger deletes the pods of " + name);
        done = kube::remove_all(client, kube::resources::pods(), {.ns = name});
    }
    if (!done) tell("... " + done.error().message);
  }

  void lag() {
    const bool on = !one_in(3);
    world_.lag(on);
    tell(on ? "watches lag" : "watches hear again");
  }

  void look() {
    if (!testing::Test::HasFailure()) invariants_.look();
  }

  // --- Rest

  void rest() {
    clear_faults();
    world_.lag(false);
    if (!world_.settle()) {
      std::string plan;
      const auto left = world_.plan();
      for (const auto& fence : left.fences) plan += "\n" + planning::describe(fence);
      for (const auto& action : left.actions) plan += "\n" + planning::describe(action);
      ADD_FAILURE() << "it does not come to rest; the plan is still:" << plan;
      return;
    }
    world_.sweep();
    ASSERT_TRUE(world_.settle());
    look();
    tell("at rest");
    // Nothing is to be done, so nothing is written, to either side.
    const auto writes = world_.cluster().counts().writes;
    const auto revision = world_.cluster().counts().revision;
    const auto rows = world_.written();
    for (int i = 0; i < 3; ++i) {
      world_.cycle();
      world_.sweep();
    }
    EXPECT_EQ(world_.cluster().counts().writes, writes) << "a settled cluster was written to";
    EXPECT_EQ(world_.cluster().counts().revision, revision);
    EXPECT_EQ(world_.written(), rows) << "a settled database was written to";
    // Without faults a session is up, unless its device is not free, or it has just begun.
    for (const auto& [id, row] : world_.tables().sessions) {
      const auto& one = row.session;
      const bool up_or_gone = one.phase != SessionPhase::kDegraded && one.phase != SessionPhase::kStopping;
      EXPECT_TRUE(up_or_gone || one.created_at >= world_.now() - minutes(5))
          << to_string(one.phase) << " " << one.namespace_name << ": " << one.reason;
    }
  }

  /// After the last window nothing is left of anything.
  void end() {
    rest();
    auto last = world_.now();
    for (const auto& [id, one] : world_.tables().reservations) last = std::max(last, one.window.end);
    if (last > world_.now()) pass(last - world_.now() + seconds(1));
    rest();
    for (const auto& [id, one] : world_.tables().reservations)
      EXPECT_FALSE(model::is_live(one.state)) << id.value;
    EXPECT_EQ(world_.sessions_in({SessionPhase::kStarting, SessionPhase::kReady, SessionPhase::kDegraded,
                                  SessionPhase::kStopping}),
              0);
    auto client = world_.client();
    EXPECT_TRUE(must(client.list(kube::resources::namespaces(), invariants_.ours())).items.empty());
    // ... and of homes when their time is over.
    pass(std::chrono::days(3));
    rest();
    EXPECT_TRUE(must(client.list(volumes(), invariants_.ours())).items.empty());
    for (const auto& [id, row] : world_.tables().homes) {
      EXPECT_TRUE(row.gone_at) << "the row of home " << id << " is still open";
      homes_ += row.home.of_before ? 1 : 0;
    }
  }

  static kube::Resource volumes() { return {"", "v1", "persistentvolumes", "PersistentVolume", false}; }

  std::uint64_t seed_;
  std::mt19937 random_;
  TestWorld world_;
  Invariants invariants_{world_};
  std::vector<model::ReservationId> known_;
  std::vector<std::string> story_;
  int kills_ = 0;
  int homes_ = 0;  // that outlived a session
};

TEST(Simulation, WhateverHappensWhatMustHoldHoldsAndAllComesToRest) {
  const auto one = from_environment("BERTH_SIM_SEED", 0);
  const auto count = from_environment("BERTH_SIM_SEEDS", one != 0 ? 1 : kSeeds);
  const auto steps = from_environment("BERTH_SIM_STEPS", kSteps);
  const auto first = static_cast<std::uint32_t>(one != 0 ? one : kFirstSeed);
  int kills = 0;
  int sessions = 0;
  int homes = 0;
  for (int i = 0; i < count && !HasFailure(); ++i) {
    const auto seed = first + static_cast<std::uint32_t>(i);
    fmt::print("BERTH_SIM_SEED={}\n", seed);
    std::fflush(stdout);  // it must be there to read if the program dies
    Simulation simulation(seed);
    simulation.run(steps);
    kills += simulation.kills();
    sessions += simulation.sessions();
    homes += simulation.homes();
  }
  fmt::print("{} seeds, {} steps each, {} sessions, {} homes kept, {} kills\n", count, steps, sessions, homes,
             kills);
  // A simulation in which nothing happens would prove nothing.
  if (one == 0 && steps >= kSteps) {
    EXPECT_GT(kills, 0);
    EXPECT_GT(sessions, 0);
    EXPECT_GT(homes, 0);
  }
}

}  // namespace
}  // namespace berth::reconciler
