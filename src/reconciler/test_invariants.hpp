// What must hold at every instant, whatever happens: looked at in the database and in the cluster itself.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "booking/booking.hpp"
#include "model/cleaning.hpp"
#include "reconciler/test_world.hpp"

namespace berth::reconciler {

class Invariants {
 public:
  explicit Invariants(TestWorld& world) : world_(world) {}

  /// Our installation's objects of any kind.
  kube::ListQuery ours() const {
    return {.ns = "", .label_selector = fmt::format("berth.dev/installation={}", world_.installation())};
  }

  void look() {
    one_reservation_per_placement();
    no_node_is_exceeded();
    sessions_and_namespaces_agree();
    nobody_is_let_in_before_the_quota();
    each_change_was_audited();
    numbers_add_up();
    homes_and_volumes_agree();
  }

 private:
  const model::Unit& unit(model::UnitId id) const { return *world_.pool().find_unit(id); }

  void one_reservation_per_placement() {
    const auto& tables = world_.tables();
    for (const auto& a : tables.claims) {
      for (const auto& b : tables.claims) {
        const bool same_place = a.unit == b.unit || model::are_siblings(unit(a.unit), unit(b.unit));
        const bool both = a.live && b.live && a.reservation < b.reservation && a.during.overlaps(b.during);
        EXPECT_FALSE(same_place && both) << "two reservations hold one unit, or one and a sibling of it";
      }
    }
    for (const auto& [id, one] : tables.reservations) {
      const auto claims = storetwin::claims_of(tables, id);
      // What is live holds as many units as were booked, for its whole window unless it ended before.
      const auto whole = std::count_if(claims.begin(), claims.end(), [&](const storetwin::Claim& claim) {
        return claim.live && claim.during == Window{one.window.start, model::free_by(one)};
      });
      EXPECT_TRUE(!model::is_live(one.state) || whole == one.units)
          << "a live reservation without its claims";
      for (const auto& claim : claims) {
        EXPECT_TRUE(model::is_live(one.state) || !claim.live || claim.during.end <= world_.now())
            << "a claim outlives its reservation";
      }
    }
  }

  /// The peak lies where something begins.
  void no_node_is_exceeded() {
    const auto& tables = world_.tables();
    for (const auto& node : world_.pool().nodes) {
      std::map<model::ReservationId, Window>
          held;  // all claims of one reservation are on one node, for one time
      for (const auto& claim : tables.claims) {
        if (claim.live && unit(claim.unit).node == node.id) held.emplace(claim.reservation, claim.during);
      }
      for (const auto& [at, begun] : held) {
        Load load;
        for (const auto& [id, during] : held) {
          if (during.contains(begun.start)) load = load + world_.reservation(id).load;
        }
        EXPECT_TRUE(load.cpu <= node.bookable().cpu && load.memory <= node.bookable().memory &&
                    load.storage <= node.bookable().storage)
            << "a node is exceeded";
      }
    }
  }

  void sessions_and_namespaces_agree() {
    const auto& tables = world_.tables();
    std::map<std::string, model::SessionPhase> phases;
    for (const auto& [id, row] : tables.sessions) {
      phases[row.session.namespace_name] = row.session.phase;
      const auto& of = tables.reservations.at(row.session.reservation);
      EXPECT_LE(of.window.start, world_.now()) << "a session before its window";
      EXPECT_TRUE(row.session.phase == model::SessionPhase::kGone ||
                  of.state == model::ReservationState::kActive)
          << "a session of a reservation that is not ACTIVE";
    }
    auto client = world_.client();
    for (const auto& space : must(client.list(kube::resources::namespaces(), ours())).items) {
      const auto name = kube::name_of(space);
      EXPECT_TRUE(phases.contains(name)) << name << " has no row";
      EXPECT_TRUE(phases[name] != model::SessionPhase::kGone || is_only_held_up(client, space))
          << name << " outlives its session";
    }
    for (const auto& hold : tables.holds) {
      EXPECT_TRUE(hold.released_at || hold.session.value.empty() ||
                  tables.sessions.at(hold.session).session.phase != model::SessionPhase::kGone)
          << "a hold outlives its session";
    }
  }

  /// On its way out, with nothing running in it.
  static bool is_only_held_up(kube::Client& client, const json::value& space) {
    if (!kube::is_deleting(space)) return false;
    const auto pods = must(client.list(kube::resources::pods(), {.ns = kube::name_of(space)})).items;
    return std::ranges::all_of(pods, [](const json::value& pod) {
      const auto phase = string_at(pod, {"status", "phase"});
      return phase == "Succeeded" || phase == "Failed";
    });
  }

  void nobody_is_let_in_before_the_quota() {
    auto client = world_.client();
    std::set<std::string> enforced;
    for (const auto& quota : must(client.list(kube::resources::resource_quotas(), ours())).items) {
      const auto* hard = find(quota, {"spec", "hard"});
      const auto* status = find(quota, {"status", "hard"});
      if (hard != nullptr && status != nullptr && *hard == *status)
        enforced.insert(kube::namespace_of(quota));
    }
    for (const auto& binding : must(client.list(kube::resources::role_bindings(), ours())).items) {
      const auto space = kube::namespace_of(binding);
      if (!let_in_.insert(space).second) continue;
      EXPECT_TRUE(enforced.contains(space)) << space << " was opened before its quota was enforced";
    }
  }

  void each_change_was_audited() {
    std::map<std::string, model::ReservationState> last;
    for (const auto& row : world_.database().rows().audited) {
      if (row.state) last[row.object_id] = *row.state;
    }
    for (const auto& [id, one] : world_.tables().reservations) {
      EXPECT_TRUE(last.contains(id.value) && last[id.value] == one.state) << "a state without an audit row";
    }
  }

  /// No home is lost before its time, none is two sessions', and no volume that is kept is without a row.
  void homes_and_volumes_agree() {
    const auto& tables = world_.tables();
    std::map<std::string, json::value> volumes;
    auto client = world_.client();
    for (auto& volume : must(client.list({"", "v1", "persistentvolumes", "PersistentVolume", false})).items)
      volumes.emplace(kube::name_of(volume), volume);
    std::set<model::SessionId> with_one;
    std::set<std::string> homes;
    for (const auto& [id, row] : tables.homes) {
      if (row.gone_at) continue;
      homes.insert(id);
      EXPECT_TRUE(row.session.value.empty() || with_one.insert(row.session).second)
          << "two homes of a session";
      const auto volume = volumes.find(row.home.volume);
      const bool there = volume != volumes.end();
      if (there && kube::label_of(volume->second, "berth.dev/home") == id) marked_.insert(id);
      EXPECT_TRUE(there || row.home.going || !marked_.contains(id)) << "a kept home is lost before its time";
      if (!there || row.session.value.empty() || row.home.going) continue;
      const auto phase = string_at(volume->second, {"status", "phase"});
      const auto space = string_at(volume->second, {"spec", "claimRef", "namespace"});
      // Bound elsewhere it can only be to a claim whose session is Gone: its namespace is on its way out.
      for (const auto& [session, other] : tables.sessions) {
        const bool theirs = phase == "Bound" && other.session.namespace_name == space;
        EXPECT_TRUE(!theirs || session == row.session || other.session.phase == model::SessionPhase::kGone)
            << "a home is bound to the claim of another session";
      }
    }
    for (const auto& [name, volume] : volumes) {
      const auto home = kube::label_of(volume, "berth.dev/home");
      EXPECT_TRUE(!home || homes.contains(*home)) << name << " is kept without a row";
      if (home) {
        const auto& row = tables.homes.at(*home);
        EXPECT_EQ(row.home.volume, name);
      }
    }
  }

  void numbers_add_up() {
    const Window range{world_.now() - hours(2), world_.now() + hours(8)};
    const auto series =
        booking::availability(must(world_.database().snapshot(world_.pool().id, range)), range);
    const auto check = [](const booking::Series& one, const std::string& what) {
      for (const auto& segment : one.segments) {
        EXPECT_EQ(segment.free + segment.reserved + segment.blocked + segment.out_of_service, one.total)
            << what;
        EXPECT_GE(segment.free, 0) << what;
      }
    };
    for (const auto& one : series.classes)
      check(one.series, "class " + std::to_string(one.device_class.value));
    check(series.cpu, "cpu");
    check(series.memory, "memory");
    check(series.storage, "storage");
  }

  TestWorld& world_;
  std::set<std::string> marked_;  // homes whose volume was seen to be told to stay
  std::set<std::string> let_in_;  // namespaces whose door was seen open
};

}  // namespace berth::reconciler
