#include "storetwin/desired.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "store/desired_rows.hpp"
#include "storetwin/homes.hpp"
#include "storetwin/snapshot.hpp"

namespace berth::storetwin {
namespace {

using model::ReservationState;
using model::SessionPhase;

planning::Booked booked_of(const Declared& declared, const Tables& tables, const std::string& cluster,
                           const model::Reservation& reservation) {
  const auto& pool = declared.pools.at(reservation.pool);
  std::vector<model::Unit> units;
  for (const auto& claim : claims_of(tables, reservation.id)) units.push_back(*pool.find_unit(claim.unit));
  return planning::Booked{.reservation = reservation,
                          .device_class = *pool.find_class(reservation.device_class),
                          .node = *pool.find_node(units.front().node),
                          .units = std::move(units),
                          .cluster = declared.clusters.at(cluster),
                          .time_zone = pool.time_zone,
                          .start_deadline = pool.policy.start_deadline,
                          .homes = pool.policy.homes,
                          .owner_email = declared.emails.at(reservation.owner),
                          .may_enter = {{reservation.owner.value, declared.emails.at(reservation.owner)}}};
}

bool waits_for_its_device(const model::Session& session) {
  return session.phase == SessionPhase::kStarting &&
         std::any_of(session.steps.begin(), session.steps.end(), [](const model::Step& step) {
           return step.name == model::StepName::kDeviceFree && step.state != model::StepState::kDone;
         });
}

/// Of the class, on a node that it is on, in service, free at every time of the window.
std::vector<model::Unit> spare_units(const Tables& tables, const model::Pool& pool,
                                     const planning::Booked& booked) {
  std::vector<model::Unit> spare;
  for (const auto& unit : pool.units) {
    const bool here = std::any_of(booked.units.begin(), booked.units.end(),
                                  [&](const model::Unit& mine) { return mine.node == unit.node; });
    if (unit.device_class != booked.device_class.id || unit.out_of_service || unit.retired || !here) continue;
    const bool claimed = std::any_of(tables.claims.begin(), tables.claims.end(), [&](const Claim& claim) {
      const auto* held = pool.find_unit(claim.unit);
      return claim.live && held != nullptr && share_a_slot(*held, unit) &&
             claim.during.overlaps(booked.reservation.window);
    });
    if (!claimed && !is_held(tables, pool, unit)) spare.push_back(unit);
  }
  std::sort(spare.begin(), spare.end(),
            [](const model::Unit& a, const model::Unit& b) { return a.name < b.name; });
  return store::side_by_side(spare);
}

/// Not Gone, by created_at, then id.
std::vector<const model::Session*> sessions_of(const Tables& tables, const std::string& cluster) {
  std::vector<const model::Session*> sessions;
  for (const auto& [id, row] : tables.sessions) {
    if (row.cluster == cluster && row.session.phase != SessionPhase::kGone) sessions.push_back(&row.session);
  }
  std::sort(sessions.begin(), sessions.end(), [](const auto* a, const auto* b) {
    return std::tie(a->created_at, a->id) < std::tie(b->created_at, b->id);
  });
  return sessions;
}

/// Begun, live, and without a session; by start, then id.
std::vector<const model::Reservation*> due_on(const Declared& declared, const Tables& tables,
                                              const std::string& cluster, Instant now) {
  std::vector<const model::Reservation*> due;
  for (const auto& [id, one] : tables.reservations) {
    if (declared.pools.at(one.pool).cluster != cluster || !model::is_live(one.state)) continue;
    if (one.window.start <= now && live_session_of(tables, id) == nullptr) due.push_back(&one);
  }
  std::sort(due.begin(), due.end(), [](const auto* a, const auto* b) {
    return std::tie(a->window.start, a->id) < std::tie(b->window.start, b->id);
  });
  return due;
}

int attempts_of(const Tables& tables, const model::ReservationId& reservation) {
  return static_cast<int>(
      std::count_if(tables.sessions.begin(), tables.sessions.end(),
                    [&](const auto& entry) { return entry.second.session.reservation == reservation; }));
}

std::optional<Instant> next_edge(const Declared& declared, const Tables& tables, const std::string& cluster,
                                 Instant now) {
  std::optional<Instant> next;
  for (const auto& [id, one] : tables.reservations) {
    if (declared.pools.at(one.pool).cluster != cluster) continue;
    const bool starts = one.state == ReservationState::kApproved && one.window.start > now;
    const bool ends = one.state == ReservationState::kActive && one.window.contains(now);
    if (!starts && !ends) continue;
    const auto edge = starts ? one.window.start : one.window.end;
    next = std::min(next.value_or(edge), edge);
  }
  return next;
}

bool is_out(const Tables& tables, model::UnitId unit) {
  return std::any_of(tables.holds.begin(), tables.holds.end(), [&](const Hold& hold) {
    return hold.unit == unit && hold.session.value.empty() && !hold.released_at;
  });
}

/// By node and name, then id.
std::vector<planning::DeclaredUnit> units_on(const Declared& declared, const Tables& tables,
                                             const std::string& cluster) {
  std::vector<planning::DeclaredUnit> units;
  for (const auto& [id, pool] : declared.pools) {
    if (pool.cluster != cluster) continue;
    for (const auto& unit : pool.units) {
      const auto& node = *pool.find_node(unit.node);
      const bool in_service = !unit.out_of_service && !unit.retired && !node.retired;
      const bool out = is_out(tables, unit.id);
      if (!in_service && !out) continue;
      const bool siblings = std::any_of(pool.units.begin(), pool.units.end(), [&](const model::Unit& other) {
        return !other.retired && model::are_siblings(unit, other);
      });
      units.push_back({unit.id, unit.name, node.kubernetes_name, unit.resource_name, unit.replicas, siblings,
                       out, in_service, unit.device});
    }
  }
  std::sort(units.begin(), units.end(), [](const auto& a, const auto& b) {
    return std::tie(a.node, a.name, a.unit) < std::tie(b.node, b.name, b.unit);
  });
  return units;
}

}  // namespace

planning::Desired read_desired(const Declared& declared, const Tables& tables, const std::string& cluster,
                               Instant now) {
  planning::Desired desired;
  desired.installation = declared.installation;
  desired.now = now;
  for (const auto* session : sessions_of(tables, cluster)) {
    const auto& reservation = tables.reservations.at(session->reservation);
    auto booked = booked_of(declared, tables, cluster, reservation);
    std::vector<model::Unit> spare;
    if (waits_for_its_device(*session)) {
      spare = spare_units(tables, declared.pools.at(reservation.pool), booked);
    }
    desired.sessions.push_back({std::move(booked), *session, std::move(spare)});
    if (const auto wish = tables.wishes.find(session->id); wish != tables.wishes.end())
      desired.sessions.back().wish = wish->second;
    if (const auto used = tables.activity.find(session->id); used != tables.activity.end())
      desired.sessions.back().activity = {used->second.what.looked_at, used->second.heard_at};
    if (const auto* home = homes::of_session(tables, session->id)) desired.sessions.back().home = home->home;
  }
  for (const auto& [id, row] : tables.homes) {
    if (row.cluster != cluster || row.gone_at || !row.session.value.empty()) continue;
    desired.homes.push_back(row.home);
    desired.homes.back().due = homes::is_due(declared, row, now);
  }
  planning::find_siblings(desired.sessions);
  for (const auto* one : due_on(declared, tables, cluster, now)) {
    desired.due.push_back({booked_of(declared, tables, cluster, *one), attempts_of(tables, one->id)});
  }
  for (const auto& hold : tables.holds) {
    if (hold.released_at || hold.session.value.empty()) continue;
    const auto& row = tables.sessions.at(hold.session);
    if (row.cluster != cluster) continue;
    const bool gone = row.session.phase == SessionPhase::kGone;
    desired.holds.push_back({hold.unit, hold.session, gone ? row.session.namespace_name : std::string()});
  }
  for (const auto& finding : tables.findings) {
    if (finding.cluster == cluster && !finding.resolved_at)
      desired.findings.push_back({finding.kind, finding.object, finding.first_seen_at});
  }
  for (const auto& request : tables.kubeconfigs) {
    if (declared.pools.at(tables.reservations.at(request.reservation).pool).cluster == cluster)
      desired.kubeconfigs.push_back(request);
  }
  auto layouts = tables.layouts;
  std::ranges::copy_if(tables.layouts_over, std::back_inserter(layouts),
                       [&](const planning::LayoutOrder& one) { return *one.over_at > now - hours(24); });
  for (const auto& order : layouts) {
    const auto is_its = [&](const model::Node& node) { return node.kubernetes_name == order.node; };
    for (const auto& [id, pool] : declared.pools) {
      if (pool.cluster == cluster && std::ranges::any_of(pool.nodes, is_its))
        desired.layouts.push_back(order);
    }
  }
  std::ranges::sort(desired.layouts, {}, [](const planning::LayoutOrder& one) {
    return std::tie(one.node, one.not_before, one.id);
  });
  desired.units = units_on(declared, tables, cluster);
  desired.next_edge = next_edge(declared, tables, cluster, now);
  return desired;
}

}  // namespace berth::storetwin
