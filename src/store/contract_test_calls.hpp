// One call of chance on both forms of ControlRows at the same time, and what differs after it: in the answer,
// in the rows, in what the reconciler reads. Names, attempts and epochs are often ones that do not fit.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "store/contract_test_compare.hpp"
#include "store/contract_test_world.hpp"
#include "store/fixture.hpp"

namespace berth::store {

inline constexpr const char* kCluster = "default";
inline constexpr int kNames = 9;
inline constexpr int kOfThePortal = 5;  // the first kinds of calls: book, end, extend, and time that passes

/// What is called, and three numbers from which it takes what it is called with.
using Call = std::tuple<int, int, int, int>;

inline model::Cluster elsewhere() {
  auto cluster = lab_cluster();
  cluster.name = "elsewhere";
  return cluster;
}

/// How often what is worth comparing came up.
struct Seen {
  int begun = 0;
  int refused = 0;
  int moved = 0;
  int rearranged = 0;
  int finished = 0;
  int stale = 0;
};

class Both {
 public:
  Both(ContractWorld& world, const model::Pool& pool, const std::vector<model::UserId>& users, Seen& seen)
      : world_(world),
        pool_(pool),
        users_(users),
        seen_(seen),
        twin_(world.clock(), must(world.control().installation())),
        control_(twin_.open()) {
    twin_.put_cluster(lab_cluster());
    twin_.put_cluster(elsewhere());
    twin_.put_pool(pool);
    for (std::size_t i = 0; i < users.size(); ++i)
      twin_.put_user(users[i], fmt::format("user{}@example.org", i));
    lead(0);
    lead(0);  // so that there is one that is over
  }

  /// What differs after it; empty: nothing.
  std::string make(const Call& call) {
    const auto [kind, a, b, c] = call;
    const bool equal = answer(kind, a, b, c);
    auto found = equal ? std::string() : std::string(" the answer");
    found += differences(world_.rows(), in_order(twin_.rows()));
    if (sorted(must(world_.control().desired(kCluster))) != sorted(must(control_->desired(kCluster))))
      found += " desired";
    return found;
  }

 private:
  static constexpr int kKinds = 18;

  bool answer(int kind, int a, int b, int c) {
    switch (kind % kKinds) {
      case 0:
      case 1:
        return book(a, b, c);
      case 2:
        return known_.empty() || same(world_.end(some(a)), twin_.end(some(a)));
      case 3:
        return known_.empty() || extend(some(a), b);
      case 4:
      case 5:
        return pass(a, b);
      case 6:
        return a % 4 != 0 || lead(b);
      case 7:
      case 8:
        return known_.empty() || begin(some(a), b, c);
      case 9:
        return known_.empty() || on_both([&](ControlRows& it) {
                 return it.close_reservation(led(c), {some(a), b % 2 == 0, "closed"});
               });
      case 10:
        return on_both([&](ControlRows& it) { return it.record_steps(led(c), session(a), steps(b, c)); });
      case 11:
        return on_both([&](ControlRows& it) {
          return it.publish_endpoints(led(c), session(a), {{"workspace", std::to_string(b)}});
        });
      case 12:
        return on_both([&](ControlRows& it) { return it.set_phase(led(c), session(a), phase(b)); });
      case 13:
        return finish(a, b, c);
      case 14:
        return move(a, b, c);
      case 15:
        if (c % 4 == 0) {
          planning::KeepOutages outages;
          outages.begin.push_back({unit(a, 1), "away"});
          outages.end.push_back(unit(a + 1, 1));
          return on_both([&](ControlRows& it) { return it.keep_outages(led(b), outages); });
        }
        return b % 2 == 0 ? on_both([&](ControlRows& it) {
          return it.add_hold(led(c), session(a), unit(b / 2, 1), "lingers");
        })
                          : on_both([&](ControlRows& it) { return it.release_holds(led(c), session(a)); });
      case 16:
        return b % 2 == 0
                   ? on_both([&](ControlRows& it) {
                       return it.report_finding(led(c), {"k", object(a), "d", "p"});
                     })
                   : on_both([&](ControlRows& it) { return it.resolve_finding(led(c), {"k", object(a)}); });
      default:
        return rest(a, b, c);
    }
  }

  bool rest(int a, int b, int c) {
    switch (a % 4) {
      case 0:
        return on_both([&](ControlRows& it) { return it.maintain(led(c)); });
      case 1:
        return on_both([&](ControlRows& it) { return it.beat(led(c), {seconds(b), b, "", {}}); });
      case 2:
        return on_both([&](ControlRows& it) { return it.clusters(); });
      default: {
        const std::vector<std::string> asked{names(b).namespace_name, names(c).namespace_name};
        const auto& which = b % 3 == 0 ? std::vector<std::string>() : asked;
        return same(must(world_.control().namespaces(which)), must(control_->namespaces(which)));
      }
    }
  }

  template <typename Do>
  bool on_both(Do&& one) {
    const auto first = one(world_.control());
    if (!first && first.error().slug == kStaleEpoch) ++seen_.stale;
    return same(first, one(*control_));
  }

  bool book(int a, int b, int c) {
    booking::Request request;
    request.pool = pool_.name;
    const bool whole = a % 4 == 0;
    request.device_class = whole ? "whole-96gb" : "slice-24gb";
    request.units = whole ? 1 : 1 + b % 3;
    const auto next = ceil_to_step(world_.now() + seconds(1), pool_.policy.step);
    const auto first = next + (b % 5) * pool_.policy.step;
    const bool ahead = c % 4 != 0;
    if (ahead) request.start = first;
    request.end = (ahead ? first : next) + (1 + c % 5) * pool_.policy.step;
    const auto& owner = users_.at(static_cast<std::size_t>(a) % users_.size());
    const auto before = twin_.rows().audited.size();
    const auto booked = world_.book(owner, request);
    model::ReservationId id{"99999999-9999-4999-8999-999999999999"};
    if (booked && std::holds_alternative<model::Reservation>(*booked)) {
      id = std::get<model::Reservation>(*booked).id;
      known_.push_back(id);
    } else {
      ++seen_.refused;
    }
    const bool equal = same(booked, twin_.book(id, owner, request));
    if (twin_.rows().audited.size() > before + 1) ++seen_.rearranged;
    return equal;
  }

  bool extend(const model::ReservationId& id, int b) {
    const auto further = b % 2 == 0 ? storetwin::Further(minutes(b % 90))
                                    : storetwin::Further(floor_to_step(world_.now(), pool_.policy.step) +
                                                         (b % 12) * pool_.policy.step);
    return same(world_.extend(id, further), twin_.extend(id, further));
  }

  bool pass(int a, int b) {
    const auto now = world_.now();
    std::optional<Instant> edge;
    for (const auto& [id, one] : twin_.rows().tables.reservations) {
      for (const auto at : {one.window.start, one.window.end}) {
        if (at > now) edge = std::min(edge.value_or(at), at);
      }
    }
    const Duration to_edge = edge ? *edge - now : seconds(1);
    switch (a % 8) {
      case 0:
        world_.advance(seconds(b % 100));
        break;
      case 1:
        world_.advance(to_edge - std::chrono::microseconds(1));
        break;
      case 2:
        world_.advance(a % 5 == 0 ? Duration(hours(b % 60)) : Duration(minutes(b % 40)));
        break;
      default:
        world_.advance(to_edge);
    }
    return true;
  }

  bool lead(int b) {
    const std::string cluster = b % 5 == 1 ? "elsewhere" : b % 5 == 2 ? "nowhere" : kCluster;
    const auto mine = world_.control().take_lead(cluster, "test");
    const auto its = control_->take_lead(cluster, "test");
    if (!mine || !its) return !mine && !its && told(mine.error()) == told(its.error());
    leads_.push_back(*mine);
    return mine->epoch == its->epoch && mine->newest_session == its->newest_session;
  }

  bool begin(const model::ReservationId& id, int b, int c) {
    auto fresh = names(b);
    if (c % 7 == 0) fresh.namespace_name = names(c).namespace_name;
    if (c % 11 == 0) fresh.host = names(c).host;
    const int attempt = b % 9 == 0 ? c % 3 : attempts(id) + 1;
    return on_both([&](ControlRows& it) {
      auto begun = it.begin_session(led(c), id, attempt, fresh);
      if (begun && *begun) ++seen_.begun;
      return begun;
    });
  }

  bool finish(int a, int b, int c) {
    using Outcome = planning::FinishSession::Outcome;
    static constexpr std::array kOutcomes{Outcome::kCompleted, Outcome::kFailed, Outcome::kAgain};
    return on_both([&](ControlRows& it) {
      auto done =
          it.finish_session(led(c), session(a), {kOutcomes.at(static_cast<std::size_t>(b) % 3), "over"});
      if (done && twin_.rows().tables.sessions.contains(session(a))) ++seen_.finished;
      return done;
    });
  }

  /// Often from what it has, since nothing else can come of the rest.
  bool move(int a, int b, int c) {
    planning::MoveUnits wish;
    const auto& sessions = twin_.rows().tables.sessions;
    if (const auto found = sessions.find(session(a)); found != sessions.end() && b % 4 != 0) {
      for (const auto& claim : storetwin::claims_of(twin_.rows().tables, found->second.session.reservation))
        wish.from.push_back(claim.unit);
      if (b % 4 == 1) wish.from.resize(1);
    } else {
      wish.from.push_back(unit(b, 0));
    }
    for (std::size_t i = 0; i < wish.from.size(); ++i)
      wish.to.push_back(unit(c + static_cast<int>(i) * (b % 3), 0));
    return on_both([&](ControlRows& it) {
      auto done = it.move_units(led(c), session(a), wish);
      if (done) ++seen_.moved;
      return done;
    });
  }

  // --- What numbers stand for

  const model::ReservationId& some(int a) const {
    return known_.at(static_cast<std::size_t>(a) % known_.size());
  }
  static NewSession names(int n) {
    const auto number = std::to_string(n % kNames);
    return {{"22222222-2222-4222-8222-22222222222" + number}, "berth-s-" + number, "w" + number + ".example"};
  }
  /// Mostly one that there is.
  model::SessionId session(int n) const {
    const auto& all = twin_.rows().tables.sessions;
    if (all.empty() || n % 8 == 0) return names(n).id;
    return std::next(all.begin(), n % static_cast<int>(all.size()))->first;
  }
  static std::string object(int n) { return std::to_string(n % 3); }
  /// One in 16 of an epoch or a cluster that may not be it any more.
  const Lead& led(int c) const {
    if (c % 16 == 5) return leads_.at(static_cast<std::size_t>(c / 16) % leads_.size());
    return *std::find_if(leads_.rbegin(), leads_.rend(),
                         [](const Lead& one) { return one.cluster == kCluster; });
  }
  int attempts(const model::ReservationId& id) const {
    const auto* latest = storetwin::session_of(twin_.rows().tables, id);
    return latest == nullptr ? 0 : latest->attempt;
  }
  /// `unknown`: so many numbers that no unit has are among them.
  model::UnitId unit(int n, std::size_t unknown) const {
    const auto place = static_cast<std::size_t>(n) % (pool_.units.size() + unknown);
    return place < pool_.units.size() ? pool_.units[place].id : model::UnitId{987'654};
  }
  std::vector<model::Step> steps(int b, int c) const {
    auto one = a_step(model::kSteps.at(static_cast<std::size_t>(b) % model::kSteps.size()),
                      b % 3 == 0 ? model::StepState::kDone : model::StepState::kRunning);
    one.tries = c % 9;
    one.detail = std::to_string(c);
    if (b % 2 == 0) one.next_try_at = world_.now() + seconds(c % 60);
    return {one, a_step(model::kSteps.at(static_cast<std::size_t>(c) % model::kSteps.size()))};
  }
  static planning::SetPhase phase(int b) {
    static constexpr std::array kPhases{model::SessionPhase::kStarting, model::SessionPhase::kReady,
                                        model::SessionPhase::kDegraded, model::SessionPhase::kStopping,
                                        model::SessionPhase::kGone};
    return {.phase = kPhases.at(static_cast<std::size_t>(b) % kPhases.size()),
            .reason = std::to_string(b % 4),
            .failed = b % 7 == 0,
            .only_if = b % 2 == 0 ? planning::OnlyIf::kAnyway : planning::OnlyIf::kReservationOver};
  }

  ContractWorld& world_;
  const model::Pool& pool_;
  const std::vector<model::UserId>& users_;
  Seen& seen_;
  storetwin::Twin twin_;
  std::unique_ptr<ControlRows> control_;
  std::vector<Lead> leads_;
  std::vector<model::ReservationId> known_;
};

}  // namespace berth::store
