#include "store/reservations.hpp"

#include "base/clock.hpp"
#include "store/codecs.hpp"
#include "store/reservation_rows.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kViews{"reservation_views", R"sql(
    SELECT r.id, r.pool, r.device_class, r.units, r.cpu_milli, r.memory_gib, r.storage_gib, r.mode,
        r.start_at, r.end_at, r.state, r.reason, r.owner, r.team, r.name, r.version, r.created_at,
        r.end_requested_at, r.rate_micros, r.currency, p.name AS pool_name, c.name AS class_name,
        a.email AS owner_email, a.name AS owner_name, t.name AS team_name,
        coalesce(claims.node_name, '') AS node_name, claims.unit_names, claims.held_from, claims.held_until,
        (
          SELECT phase FROM berth.session s WHERE s.reservation = r.id ORDER BY attempt DESC LIMIT 1
        ) AS phase
    FROM berth.reservation r
    JOIN berth.pool p ON p.id = r.pool
    JOIN berth.device_class c ON c.id = r.device_class
    JOIN berth.app_user a ON a.id = r.owner
    LEFT JOIN berth.team t ON t.id = r.team
    LEFT JOIN LATERAL (
      SELECT min(n.name) AS node_name, array_agg(u.name ORDER BY u.id) AS unit_names,
          min(lower(ru.during)) FILTER (WHERE ru.live) AS held_from,
          max(upper(ru.during)) FILTER (WHERE ru.live) AS held_until
      FROM berth.reservation_unit ru
      JOIN berth.unit u ON u.id = ru.unit
      JOIN berth.node n ON n.id = u.node
      WHERE ru.reservation = r.id
    ) claims ON true
    WHERE r.id = ANY($1::uuid[])
    ORDER BY r.created_at DESC, r.id DESC
)sql"};

Result<ReservationView> read_view(const pg::Row& row) {
  auto reservation = read_reservation(row);
  if (!reservation) return fail(reservation.error());
  ReservationView view;
  view.reservation = std::move(*reservation);
  view.pool_name = row.get<std::string>("pool_name");
  view.class_name = row.get<std::string>("class_name");
  view.owner_email = row.get<std::string>("owner_email");
  view.owner_name = row.get<std::string>("owner_name");
  view.team_name = row.get<std::optional<std::string>>("team_name");
  view.node_name = row.get<std::string>("node_name");
  view.unit_names =
      row.get<std::optional<std::vector<std::string>>>("unit_names").value_or(std::vector<std::string>());
  if (const auto from = row.get<std::optional<Instant>>("held_from"))
    view.held = Window{*from, row.get<Instant>("held_until")};
  if (const auto phase = row.get<std::optional<Word<model::SessionPhase>>>("phase")) {
    view.phase = phase->known;
    if (!phase->known) view.newer = newer_version("phase", phase->text).message;
  }
  return view;
}

}  // namespace

tl::unexpected<Error> no_reservation() {
  return fail(Code::kNotFound, "there is no such reservation", "reservation_not_found");
}

std::optional<std::size_t> add_views(pg::Batch& batch, const std::vector<model::ReservationId>& ids) {
  if (ids.empty()) return std::nullopt;
  batch.add(kViews, ids);
  return batch.size() - 1;
}

std::vector<ReservationRow> read_rows(const pg::Rows& rows) {
  std::vector<ReservationRow> found;
  for (const auto& row : rows) {
    found.push_back({row.get<model::ReservationId>("id"), row.get<model::UserId>("owner"),
                     row.get<std::optional<model::TeamId>>("team"), read_view(row)});
  }
  return found;
}

Result<std::vector<ReservationRow>> load_rows(pg::Connection& connection,
                                              const std::vector<model::ReservationId>& ids) {
  const auto rows = connection.exec(kViews, ids);
  if (!rows) return fail(within("read reservations", rows.error()));
  return read_rows(*rows);
}

Result<ReservationView> load_view(pg::Connection& connection, const model::ReservationId& id) {
  auto rows = load_rows(connection, {id});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return no_reservation();
  return std::move(rows->front().view);
}

Result<ReservationView> load_reservation(pg::Connection& connection, const model::Viewer& viewer,
                                         const model::ReservationId& id) {
  if (!is_uuid(id.value)) return no_reservation();
  auto rows = load_rows(connection, {id});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return no_reservation();
  auto& row = rows->front();
  if (!allowed(viewer, model::Action::kSee, row.id, row.owner, row.team)) return no_reservation();
  return std::move(row.view);
}

}  // namespace berth::store
