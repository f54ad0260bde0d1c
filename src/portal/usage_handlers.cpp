#include <fmt/format.h>

#include <algorithm>

#include "portal/handlers.hpp"
#include "portal/problem.hpp"
#include "portal/usage_render.hpp"
#include "store/usage.hpp"

namespace berth::portal {
namespace {

/// Both ends or neither.
Result<std::optional<Window>> period_of(const http::Request& request) {
  const auto from = request.query_value("from");
  const auto to = request.query_value("to");
  if (!from && !to) return std::optional<Window>();
  if (!from || !to) {
    return fail(invalid_field(from ? "to" : "from", "", "both from and to, or neither",
                              fmt::format("{} is missing.", from ? "to" : "from")));
  }
  auto range = range_of(request);
  if (!range) return fail(range.error());
  return std::optional(*range);
}

constexpr Instant kFirstPage{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}};

/// A cursor here is the "now" of the first page and the place of the next row: claims of the past do not
/// change, so that one table is read to its end whatever happens meanwhile.
struct PagePlace {
  std::optional<Instant> as_of;
  std::size_t row = 0;
};
Result<PagePlace> place_of(const store::PageRequest& page) {
  const auto mark = store::parse_cursor(page.cursor, store::MarkId::kNumber);
  if (!mark) return fail(mark.error());
  if (!mark->has_value()) return PagePlace{};
  // No page was ever made before there was Berth, and months of the zones of 1970 begin before time does.
  if ((*mark)->at < kFirstPage) return fail(store::no_cursor(page.cursor));
  return PagePlace{(*mark)->at, static_cast<std::size_t>(std::stoull((*mark)->id))};
}

store::Page<usage::Row> cut(const usage::Table& table, const PagePlace& place, int limit, Instant now) {
  const auto first = std::min(place.row, table.rows.size());
  const auto last = std::min(first + static_cast<std::size_t>(limit), table.rows.size());
  store::Page<usage::Row> page;
  for (auto row = first; row < last; ++row) page.items.push_back(table.rows[row]);
  if (last < table.rows.size()) page.next = store::to_cursor({now, std::to_string(last)});
  return page;
}

std::string_view whose(model::Role role) {
  if (model::allowed(role, model::Action::kSeeUsage, model::Relation::kNone)) return "all";
  return model::allowed(role, model::Action::kSeeUsage, model::Relation::kLeadsTeam) ? "led" : "own";
}

/// The whole table, not a page of it.
Status check_whole(const http::Request& request) {
  for (const std::string_view name : {"limit", "cursor"}) {
    if (const auto value = request.query_value(name)) {
      return fail(invalid_field(std::string(name), std::string(*value), "format=json only",
                                fmt::format("CSV is the whole table: {} is for format=json.", name)));
    }
  }
  return {};
}

HandlerResult usage_of(Call& call) {
  auto page = page_of(call.request);
  if (!page) return fail(page.error());
  const bool csv = call.request.query_value("format") == "csv";
  if (csv) {
    if (auto whole = check_whole(call.request); !whole) return fail(whole.error());
  }
  auto period = period_of(call.request);
  if (!period) return fail(period.error());
  auto place = place_of(*page);
  if (!place) return fail(place.error());
  auto pool = pool_of(call);
  if (!pool) return fail(pool.error());
  auto facts = store::load_usage_facts(call.db, call.caller->viewer, *pool,
                                       {.period = *period, .as_of = place->as_of});
  if (!facts) return fail(facts.error());

  const auto by =
      usage::parse_by(call.request.query_value("group_by").value_or("owner")).value_or(usage::By::kOwner);
  const auto account = usage::account(*facts);
  const auto table = usage::table(*facts, account, by);
  const UsageView view{*pool,
                       *facts,
                       account,
                       table,
                       by,
                       whose(call.caller->viewer.role),
                       usage::booked_currencies(*facts, account)};
  if (!csv) return json_answer(200, usage_json(view, cut(table, *place, page->limit, facts->now)));

  http::Response response;
  response.headers = {
      {"Content-Type", "text/csv; charset=utf-8"},
      {"Content-Disposition", fmt::format("attachment; filename=\"usage-{}-{:.10}-{}.csv\"", pool->name,
                                          format_rfc3339(facts->period.start), usage::to_string(by))}};
  response.body = usage_csv(view);
  return response;
}

}  // namespace

void add_usage_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["usage"] = usage_of;
}

}  // namespace berth::portal
