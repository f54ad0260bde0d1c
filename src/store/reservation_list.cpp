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

// Each owner's and each team's first, and what one is a guest of.
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
      UNION
      SELECT id, {key}
      FROM berth.reservation r
      WHERE r.id = ANY($8::uuid[])
        AND ($1::timestamptz IS NULL OR ({key}, id) {after} ($1, $2::uuid))
        AND ($3::text[] IS NULL OR state = ANY($3))
        AND ($4 = '' OR pool = (SELECT id FROM berth.pool WHERE name = $4))
    ) AS parts
    ORDER BY key {way}, id {way}
    LIMIT $5)sql";

// What passes of those that the order gives first, and, last, where they ended if there are more. `seen` is
// one of the two above with its LIMIT as what is looked at.
constexpr std::string_view kSearch = R"sql(
    WITH seen AS MATERIALIZED ({seen}
    ), found AS (
      SELECT s.id, s.key
      FROM seen s
      JOIN berth.reservation r USING (id)
      JOIN berth.pool p ON p.id = r.pool
      JOIN berth.device_class c ON c.id = r.device_class
      JOIN berth.app_user a ON a.id = r.owner
      LEFT JOIN berth.team t ON t.id = r.team
      WHERE (${class_name} = '' OR c.name = ${class_name})
        AND (${text} = '' OR strpos(r.id::text, lower(${text})) = 1
          OR EXISTS (
            SELECT
            FROM unnest(ARRAY[r.name, a.email, t.name, c.name, c.title, p.name, r.reason]) AS word
            WHERE strpos(lower(word), lower(${text})) > 0
          ))
      ORDER BY s.key {way}, s.id {way}
      LIMIT ${most}
    ), last AS (
      SELECT id, key FROM seen ORDER BY key {back}, id {back} LIMIT 1
    )
    SELECT id, key, true AS found FROM found
    UNION ALL
    SELECT id, key, false FROM last WHERE (SELECT count(*) FROM seen) = $5
    ORDER BY found DESC, key {way}, id {way})sql";

struct Order {
  ReservationSort sort;
  std::string_view name;
  std::string all_name, all;
  std::string some_name, some;
  std::string search_all_name, search_all;
  std::string search_some_name, search_some;
};

Order order(ReservationSort sort, std::string_view name, std::string_view key, bool up) {
  const auto written = [&](std::string_view pattern) {
    return fmt::format(fmt::runtime(pattern), fmt::arg("key", key), fmt::arg("way", up ? "ASC" : "DESC"),
                       fmt::arg("after", up ? ">" : "<"));
  };
  // Its parameters follow those of what it looks at.
  const auto search = [&](std::string_view pattern, int parameters) {
    return fmt::format(fmt::runtime(kSearch), fmt::arg("seen", written(pattern)),
                       fmt::arg("way", up ? "ASC" : "DESC"), fmt::arg("back", up ? "DESC" : "ASC"),
                       fmt::arg("text", parameters + 1), fmt::arg("class_name", parameters + 2),
                       fmt::arg("most", parameters + 3));
  };
  const auto called = [&](std::string_view what) { return fmt::format("reservation_{} {}", what, name); };
  return {sort,
          name,
          called("list_all"),
          written(kAll),
          called("list_some"),
          written(kSome),
          called("search_all"),
          search(kAll, 5),
          called("search_some"),
          search(kSome, 8)};
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

/// Each owner's and each team's are looked at by themselves: not more than a few times what one list would
/// be.
int searched_of_each(const ReservationFilter& filter, const model::Sight& seen, int limit) {
  constexpr int kTimes = 4;
  const auto lists = seen.everything ? 1 : static_cast<int>(seen.owners.size() + seen.teams.size());
  return std::clamp(kTimes * filter.most_searched / std::max(lists, 1), limit + 1,
                    std::max(filter.most_searched, limit + 1));
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
  const auto seen = filter.mine ? model::Sight{false, {viewer.id}, {}, {}} : sight(viewer);
  const auto& by = order_of(filter.sort);

  const bool searches = !filter.text.empty() || !filter.device_class.empty();
  const int most = request.limit + 1;
  const auto rows = [&] {
    if (!searches) {
      return seen.everything ? connection.exec(pg::Query{by.all_name, by.all}, before, before_id, states,
                                               filter.pool, most)
                             : connection.exec(pg::Query{by.some_name, by.some}, before, before_id, states,
                                               filter.pool, most, seen.owners, seen.teams, seen.reservations);
    }
    const int looked_at = searched_of_each(filter, seen, request.limit);
    return seen.everything
               ? connection.exec(pg::Query{by.search_all_name, by.search_all}, before, before_id, states,
                                 filter.pool, looked_at, filter.text, filter.device_class, most)
               : connection.exec(pg::Query{by.search_some_name, by.search_some}, before, before_id, states,
                                 filter.pool, looked_at, seen.owners, seen.teams, seen.reservations,
                                 filter.text, filter.device_class, most);
  }();
  if (!rows) return fail(within("list reservations", rows.error()));
  // The page is cut where its rows end, whether all of them can be read or not; or where the search did.
  std::vector<Mark> marks;
  std::optional<Mark> searched_to;
  for (const auto& row : *rows) {
    Mark one{row.get<Instant>("key"), row.get<model::ReservationId>("id").value};
    if (searches && !row.get<bool>("found")) {
      searched_to = std::move(one);
    } else {
      marks.push_back(std::move(one));
    }
  }
  auto page = cut_page(std::move(marks), request.limit, [](const Mark& one) { return one; });
  if (!page.next && searched_to) page.next = to_cursor(*searched_to);
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
