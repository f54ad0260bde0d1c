#include "store/layout_orders.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "store/codecs.hpp"
#include "store/events.hpp"
#include "store/warnings.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kOrderList{"layout_order_list", R"sql(
    SELECT o.id, p.name AS pool, n.name AS node, n.kubernetes_name, o.layout, o.ways, o.units, o.not_before, u.email, o.ordered_at,
        o.state, o.labelled_at IS NOT NULL AS begun, o.step, o.stuck, o.sentence, o.repair, o.step_until, o.in_force_since
    FROM berth.layout_order o
    JOIN berth.node n ON n.id = o.node
    JOIN berth.pool p ON p.id = n.pool
    JOIN berth.app_user u ON u.id = o.ordered_by
    WHERE o.state IN ('ordered', 'in_force')
      AND n.retired_at IS NULL
      AND p.retired_at IS NULL
      AND ($1 = '' OR p.name = $1)
    ORDER BY p.name, n.name, o.state, o.not_before, o.id
)sql"};

constexpr pg::Query kDrop{"layout_order_drop", R"sql(
    UPDATE berth.layout_order
    SET state = 'dropped'
    WHERE node = $1 AND state = 'ordered' AND labelled_at IS NULL
)sql"};

constexpr pg::Query kOrder{"layout_order_make", R"sql(
    INSERT INTO berth.layout_order (node, layout, ways, advertises, units, not_before, ordered_by)
    VALUES ($1, $2, $3::jsonb, $4, $5, coalesce($6::timestamptz, clock_timestamp()), $7)
)sql"};

// Whom it may concern reads it there (warnings.cpp has the same bound).
constexpr pg::Query kTellOwners{"layout_order_tell_owners", R"sql(
    SELECT berth.emit_all($2, concerned.pool, array_agg(concerned.id ORDER BY concerned.id),
        array_agg(concerned.owner ORDER BY concerned.id), array_agg(concerned.team ORDER BY concerned.id))
    FROM (
      SELECT DISTINCT r.pool, r.id, r.owner, r.team
      FROM berth.reservation_unit ru
      JOIN berth.unit u ON u.id = ru.unit
      JOIN berth.reservation r ON r.id = ru.reservation
      WHERE u.node = $1
        AND ru.live
        AND r.state = 'APPROVED'
        AND upper(ru.during) > clock_timestamp()
        AND lower(ru.during) < clock_timestamp() + interval '14 days'
    ) AS concerned
    GROUP BY concerned.pool
)sql"};

// What the node has when the first of what is to be ordered comes: what has begun, else what is in force.
constexpr pg::Query kBefore{"layout_order_before", R"sql(
    SELECT layout, units, stuck
    FROM berth.layout_order
    WHERE node = $1
      AND (state = 'in_force' OR (state = 'ordered' AND labelled_at IS NOT NULL))
    ORDER BY state DESC, not_before DESC, id DESC
    LIMIT 1
)sql"};

constexpr pg::Query kConcerned{"layout_order_concerned", R"sql(
    SELECT r.id, r.name, a.email, r.start_at, r.end_at
    FROM berth.reservation r
    JOIN berth.app_user a ON a.id = r.owner
    WHERE r.state = 'APPROVED'
      AND r.end_at > clock_timestamp()
      AND r.start_at < clock_timestamp() + interval '14 days'
      AND EXISTS (
        SELECT FROM berth.reservation_unit ru JOIN berth.unit u ON u.id = ru.unit
        WHERE ru.reservation = r.id AND ru.live AND u.node = $1
      )
    ORDER BY r.start_at, r.id
    LIMIT 1000
)sql"};

// What has begun, or was to: the latest whose time has come; else what is in force and is not there.
constexpr pg::Query kRetry{"layout_order_retry", R"sql(
    UPDATE berth.layout_order
    SET retry_asked_at = clock_timestamp()
    WHERE id = (
      SELECT id
      FROM berth.layout_order
      WHERE node = $1
        AND ((state = 'ordered' AND not_before <= clock_timestamp()) OR (state = 'in_force' AND stuck))
      ORDER BY state DESC, not_before DESC, id DESC
      LIMIT 1
    )
    RETURNING id
)sql"};

}  // namespace

Result<std::vector<LayoutOrderRow>> list_layout_orders(pg::Connection& connection, const std::string& pool) {
  const auto rows = connection.exec(kOrderList, pool);
  if (!rows) return fail(within("list layouts", rows.error()));
  std::vector<LayoutOrderRow> orders;
  for (const auto& row : *rows) {
    orders.push_back({.id = row.get<std::int64_t>("id"),
                      .pool = row.get<std::string>("pool"),
                      .node = row.get<std::string>("node"),
                      .kubernetes_name = row.get<std::string>("kubernetes_name"),
                      .layout = row.get<std::string>("layout"),
                      .ways = row.get<json::value>("ways"),
                      .units = row.get<std::vector<std::string>>("units"),
                      .not_before = row.get<Instant>("not_before"),
                      .ordered_by = row.get<std::string>("email"),
                      .ordered_at = row.get<Instant>("ordered_at"),
                      .state = row.get<std::string>("state"),
                      .begun = row.get<bool>("begun"),
                      .step = row.get<std::string>("step"),
                      .stuck = row.get<bool>("stuck"),
                      .sentence = row.get<std::string>("sentence"),
                      .repair = row.get<std::string>("repair"),
                      .until = row.get<std::optional<Instant>>("step_until"),
                      .in_force_since = row.get<std::optional<Instant>>("in_force_since")});
  }
  return orders;
}

namespace {

/// Without those that ask for what the node has by then. Nothing is left out after one that is stuck: to
/// order it again is to try it again.
Result<std::vector<const NewLayoutOrder*>> that_change_something(pg::Connection& connection,
                                                                 model::NodeId node,
                                                                 const std::vector<NewLayoutOrder>& orders) {
  const auto before = connection.exec(kBefore, node);
  if (!before) return fail(within("read the layout of a node", before.error()));
  std::optional<std::pair<std::string, std::vector<std::string>>> has;
  if (!before->empty() && !before->front().get<bool>("stuck"))
    has.emplace(before->front().get<std::string>("layout"),
                before->front().get<std::vector<std::string>>("units"));
  std::vector<const NewLayoutOrder*> out;
  for (const auto& one : orders) {
    std::pair wanted(one.chosen.name, one.chosen.units);
    if (has == wanted) continue;
    out.push_back(&one);
    has = std::move(wanted);
  }
  return out;
}

Result<std::vector<ConcernedBooking>> concerned_on(pg::Connection& connection, model::NodeId node) {
  const auto rows = connection.exec(kConcerned, node);
  if (!rows) return fail(within("look for bookings on a node", rows.error()));
  std::vector<ConcernedBooking> all;
  std::vector<model::ReservationId> ids;
  for (const auto& row : *rows) {
    all.push_back({.id = row.get<model::ReservationId>("id"),
                   .name = row.get<std::string>("name"),
                   .owner = row.get<std::string>("email"),
                   .start = row.get<Instant>("start_at"),
                   .end = row.get<Instant>("end_at"),
                   .warnings = {}});
    ids.push_back(all.back().id);
  }
  auto warnings = load_warnings(connection, ids);
  if (!warnings) return fail(warnings.error());
  for (auto& one : all) one.warnings = std::move((*warnings)[one.id]);
  std::erase_if(all, [](const ConcernedBooking& one) { return one.warnings.empty(); });
  if (all.size() > kMostConcernedTold) all.erase(all.begin() + kMostConcernedTold, all.end());
  return all;
}

}  // namespace

Result<LayoutsOrdered> order_layouts(pg::Connection& connection, const Author& author,
                                     const model::UserId& who, const model::Pool& pool, model::NodeId node,
                                     const std::vector<NewLayoutOrder>& orders, OrderMode mode) {
  if (orders.size() > kMostLayoutOrders) {
    return fail(invalid_field("changes", std::to_string(orders.size()), std::to_string(kMostLayoutOrders),
                              fmt::format("At most {} changes are kept for a node.", kMostLayoutOrders)));
  }
  auto transaction = begin_write(connection, author);
  if (!transaction) return fail(transaction.error());
  // Of two that are given at once one takes the other's place as a whole.
  if (auto locked = lock_pool(*transaction, pool.id); !locked) return fail(locked.error());
  if (auto dropped = transaction->exec(kDrop, node); !dropped)
    return fail(within("drop layouts that have not begun", dropped.error()));
  const auto changing = that_change_something(transaction->connection(), node, orders);
  if (!changing) return fail(changing.error());
  for (const auto* one : *changing) {
    std::vector<std::string> advertises;
    for (const auto& [name, count] : one->chosen.advertises)
      advertises.push_back(fmt::format("{}={}", name, count));
    json::object ways;
    for (const auto& [device, way] : one->chosen.ways) ways.emplace(device, way);
    if (auto made = transaction->exec(kOrder, node, one->chosen.name, json::serialize(ways), advertises,
                                      one->chosen.units, one->not_before, who);
        !made)
      return fail(within("order a layout", made.error()));
  }
  if (auto told = transaction->exec(kTellOwners, node, event_kind::kReservation); !told)
    return fail(within("tell owners of a change of layout", told.error()));
  LayoutsOrdered out;
  auto rows = list_layout_orders(transaction->connection(), pool.name);
  if (!rows) return fail(rows.error());
  out.rows = std::move(*rows);
  if (!orders.empty()) {
    auto concerned = concerned_on(transaction->connection(), node);
    if (!concerned) return fail(concerned.error());
    out.concerned = std::move(*concerned);
  }
  if (mode == OrderMode::kTry) return out;
  if (auto done = transaction->commit(); !done) return fail(done.error());
  return out;
}

Status retry_layout(pg::Connection& connection, const Author& author, model::NodeId node) {
  auto transaction = begin_write(connection, author);
  if (!transaction) return fail(transaction.error());
  if (auto named = name_action(*transaction, "layout_order.retried"); !named) return named;
  const auto asked = transaction->exec(kRetry, node);
  if (!asked) return fail(within("ask for another try", asked.error()));
  if (asked->empty()) {
    return fail(Code::kConflict, "No change of layout has begun on this node that could be tried again.",
                "no_layout_change");
  }
  return transaction->commit();
}

}  // namespace berth::store
