#include <fmt/format.h>

#include <algorithm>

#include "store/codecs.hpp"
#include "store/reservation_rows.hpp"

namespace berth::store {
namespace {

// Each is written out for the three orders below, so that each is read in the order of an index and stops at
// the limit.
constexpr std::string_view kAll = R"sql(
    SELECT id, {key} AS key
    FROM berth.reservation
    WHERE ($1::timestamptz IS NULL OR ({key}, id) {after} ($1, $2::uuid))
      AND ($3::text[] IS NULL OR state = ANY($3))
      AND ($4 = '' OR pool = (SELECT id FROM berth.pool WHERE name = $4))
    ORDER BY {key} {way}, id {way}
    LIMIT $5)sql";

// Each owner's and each team's first.
constexpr std::string_view kSome = R"sql(
    SELECT id, key
    FROM (
      SELECT part.id, part.key
      FROM unnest($6::uuid[]) AS seen (owner)
      CROSS JOIN LATERAL (
        SELECT id, {key} AS key
        FROM berth.reservation r
        WHERE r.owner = seen.owner
          AND ($1::timestamptz IS NULL OR ({key}, id) {after} ($1, $2::uuid))
          AND ($3::text[] IS NULL OR state = ANY($3))
          AND ($4 = '' OR pool = (SELECT id FROM berth.pool WHERE name = $4))
        ORDER BY {key} {way}, id {way}
        LIMIT $5
      ) part
      UNION
      SELECT part.id, part.key
      FROM unnest($7::uuid[]) AS seen (team)
      CROSS JOIN LATERAL (
        SELECT id, {key} AS key
        FROM berth.reservation r
        WHERE r.team = seen.team
          AND ($1::timestamptz IS NULL OR ({key}, id) {after} ($1, $2::uuid))
          AND ($3::text[] IS NULL OR state = ANY($3))
          AND ($4 = '' OR pool = (SELECT id FROM berth.pool WHERE name = $4))
        ORDER BY {key} {way}, id {way}
        LIMIT $5
      ) part
    ) AS parts
    ORDER BY key {way}, id {way}
    LIMIT $5)sql";

struct Order {
  ReservationSort sort;
  std::string_view name;
  std::string all_name, all;
  std::string some_name, some;
};

Order order(ReservationSort sort, std::string_view name, std::string_view key, bool up) {
  const auto written = [&](std::string_view pattern) {
    return fmt::format(fmt::runtime(pattern), fmt::arg("key", key), fmt::arg("way", up ? "ASC" : "DESC"),
                       fmt::arg("after", up ? ">" : "<"));
  };
  return {sort,
          name,
          fmt::format("reservation_list_all {}", name),
          written(kAll),
          fmt::format("reservation_list_some {}", name),
          written(kSome)};
}

const std::array<Order, 3>& orders() {
  static const std::array<Order, 3> all{order(ReservationSort::kNewest, "-created", "created_at", false),
                                        order(ReservationSort::kSoonest, "start", "start_at", true),
                                        order(ReservationSort::kLatest, "-start", "start_at", false)};
  return all;
}

const Order& order_of(ReservationSort sort) {
  return *std::find_if(orders().begin(), orders().end(), [&](const Order& one) { return one.sort == sort; });
}

/// As the ids say; load_rows has an order of its own.
void sort_by(std::vector<ReservationRow>& rows, const std::vector<model::ReservationId>& ids) {
  const auto place = [&](const ReservationRow& row) {
    return std::find(ids.begin(), ids.end(), row.id) - ids.begin();
  };
  std::sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
}

}  // namespace

std::optional<ReservationSort> parse_reservation_sort(std::string_view text) {
  for (const auto& one : orders()) {
    if (one.name == text) return one.sort;
  }
  return std::nullopt;
}

Result<ReservationList> list_reservations(pg::Connection& connection, const model::Viewer& viewer,
                                          const ReservationFilter& filter, const PageRequest& request) {
  if (auto good = check_limit(request.limit); !good) return fail(good.error());
  const auto mark = parse_cursor(request.cursor, MarkId::kUuid);
  if (!mark) return fail(mark.error());
  const auto before = mark->has_value() ? std::optional((*mark)->at) : std::nullopt;
  const auto before_id = mark->has_value() ? std::optional((*mark)->id) : std::nullopt;
  const auto states = filter.states.empty() ? std::nullopt : std::optional(filter.states);
  const auto seen = filter.mine ? model::Sight{false, {viewer.id}, {}} : sight(viewer);
  const auto& by = order_of(filter.sort);

  const auto rows = seen.everything
                        ? connection.exec(pg::Query{by.all_name, by.all}, before, before_id, states,
                                          filter.pool, request.limit + 1)
                        : connection.exec(pg::Query{by.some_name, by.some}, before, before_id, states,
                                          filter.pool, request.limit + 1, seen.owners, seen.teams);
  if (!rows) return fail(within("list reservations", rows.error()));
  // The page is cut where its rows end, whether all of them can be read or not.
  std::vector<Mark> marks;
  for (const auto& row : *rows) {
    marks.push_back({row.get<Instant>("key"), row.get<model::ReservationId>("id").value});
  }
  const auto page = cut_page(std::move(marks), request.limit, [](const Mark& one) { return one; });
  std::vector<model::ReservationId> ids;
  for (const auto& one : page.items) ids.push_back({one.id});
  auto found = load_rows(connection, ids);
  if (!found) return fail(found.error());
  sort_by(*found, ids);
  ReservationList list{{{}, page.next}, {}};
  for (auto& row : *found) {
    if (row.view) {
      list.page.items.push_back(std::move(*row.view));
    } else {
      list.unreadable.push_back({row.id.value, row.view.error().message});
    }
  }
  return list;
}

}  // namespace berth::store
