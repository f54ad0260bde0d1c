#include "store/change_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "store/pool_rows.hpp"

namespace berth::store {
namespace {

constexpr std::int64_t kMaxExtendMinutes = std::chrono::minutes(std::chrono::hours(24 * 366)).count();

}  // namespace

Result<model::PoolId> known_pool_id(pg::Connection& connection, const std::string& name) {
  const auto id = find_pool_id(connection, name);
  if (!id) return fail(id.error());
  if (id->has_value()) return **id;
  const auto shown = std::string(first_bytes(name, 63));
  return fail(invalid_field("pool", shown, "a pool of this installation",
                            fmt::format("There is no pool named {}.", shown)));
}

Error no_team_of_ones_own(const std::string& team) {
  return invalid_field("team", team, "one of one's own teams", "You do not belong to a team of this name.");
}

Status check_allowed(const model::Viewer& viewer, const ReservationView& view, model::Action action) {
  if (allowed(viewer, action, view.reservation.id, view.reservation.owner, view.reservation.team)) return {};
  return fail(Code::kForbidden,
              action == model::Action::kEdit
                  ? "only the owner or an admin may change this reservation"
                  : "only the owner, a lead of its team or an admin may end this reservation",
              "not_allowed");
}

Result<booking::EditRequest> extension(const model::Policy& policy, const model::Reservation& current,
                                       const ExtendRequest& request) {
  if (request.end.has_value() == request.by.has_value()) {
    return fail(
        invalid_field("end", "", "one of end and minutes", "Give either the new end or the minutes to add."));
  }
  if (request.by && (request.by->count() < 1 || request.by->count() > kMaxExtendMinutes)) {
    return fail(invalid_field("minutes", std::to_string(request.by->count()),
                              fmt::format("1 to {}", kMaxExtendMinutes),
                              fmt::format("Minutes to add are 1 to {}.", kMaxExtendMinutes)));
  }
  const Instant end =
      request.end ? *request.end : ceil_to_step(current.window.end + *request.by, policy.step);
  if (end <= current.window.end) {
    return fail(
        invalid_field("end", format_rfc3339(end), format_rfc3339(current.window.end),
                      fmt::format("The new end must be after {}.", format_rfc3339(current.window.end))));
  }
  booking::EditRequest edit;
  edit.end = end;
  return edit;
}

model::Reservation changed(const model::Pool& pool, const model::Reservation& current,
                           const booking::Resolved& resolved) {
  auto after = current;
  // The rate is the one of when it was booked, save that another class has another rate.
  if (after.device_class != resolved.wanted.device_class) {
    after.rate = pool.find_class(resolved.wanted.device_class)->rate;
    after.currency = pool.currency;
  }
  after.device_class = resolved.wanted.device_class;
  after.units = resolved.wanted.units;
  after.load = resolved.wanted.load;
  after.window = resolved.wanted.window;
  after.mode = resolved.mode;
  after.name = resolved.name;
  return after;
}

bool same_place(const model::Reservation& current, const booking::Wanted& wanted) {
  return current.device_class == wanted.device_class && current.units == wanted.units &&
         current.window == wanted.window && current.load == wanted.load;
}

bool begins_now(const booking::EditRequest& wish) {
  return wish.start && std::holds_alternative<booking::Now>(*wish.start);
}

Instead asked_instead(const model::Viewer& viewer, const ReservationView& current,
                      const booking::Resolved& resolved, bool start_now) {
  const auto& before = current.reservation;
  // What is offered is a booking of whoever asks, who may be an admin and in none of its owner's teams.
  const bool in_team =
      before.team && std::find(viewer.teams.begin(), viewer.teams.end(), *before.team) != viewer.teams.end();
  Instead out;
  out.asked = {resolved.wanted,
               resolved.duration,
               resolved.explicit_load,
               start_now,
               resolved.mode,
               resolved.name,
               in_team ? current.team_name : std::nullopt};
  out.asked.wanted.replaces.reset();
  if (before.state == model::ReservationState::kActive) {
    // What runs cannot go elsewhere, but the time that is wanted on top can be had on other units, or later.
    out.asked.wanted.window.start = before.window.end;
    out.asked.duration.reset();
    out.as_asked = AsAsked::kUntried;
  }
  return out;
}

}  // namespace berth::store
