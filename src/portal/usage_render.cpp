#include "portal/usage_render.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "booking/price.hpp"

namespace berth::portal {
namespace {

double in_hours(Duration time) {
  return std::chrono::duration<double, std::ratio<3600>>(time).count();
}

std::optional<double> share_of(const usage::Row& row, const usage::Row& total) {
  if (total.gpu_time <= Duration(0)) return std::nullopt;
  return static_cast<double>(row.gpu_time.count()) / static_cast<double>(total.gpu_time.count());
}

bool provisional(const UsageView& view) {
  return std::any_of(view.facts.months.begin(), view.facts.months.end(),
                     [](const usage::Month& month) { return month.provisional; });
}

std::string no_cost_reason(const model::Pool& pool) {
  return fmt::format("no annual cost is set for pool {}", pool.name);
}

/// Amounts in several currencies have no sum.
bool of_one_currency(const UsageView& view) {
  return view.booked_currencies.size() <= 1;
}

std::string no_sum_reason(const UsageView& view) {
  return fmt::format("booked in several currencies: {}", fmt::join(view.booked_currencies, ", "));
}

/// What the costs as booked are in: the pool's own where nothing was held.
std::string booked_currency(const UsageView& view) {
  if (view.booked_currencies.empty()) return view.pool.currency;
  return of_one_currency(view) ? view.booked_currencies.front() : "";
}

const std::string& class_name(const usage::Facts& facts, model::ClassId id) {
  static const std::string kUnknown;
  const auto found = std::find_if(facts.classes.begin(), facts.classes.end(),
                                  [&](const usage::DeviceClass& item) { return item.id == id; });
  return found == facts.classes.end() ? kUnknown : found->name;
}

template <typename T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

// --- JSON ---

json::object row_json(const UsageView& view, const usage::Row& row, std::string_view kind) {
  const auto share_of_annual_cost = row.cost ? json::value(row.cost->value) : json::value(nullptr);
  json::object out{
      {"kind", kind},
      {"key", text_or_null(row.key)},
      {"unit_hours", in_hours(row.unit_time)},
      {"gpu_hours", in_hours(row.gpu_time)},
      {"share", or_null(share_of(row, view.table.total))},
      {"booked_cost_micros", of_one_currency(view) ? json::value(row.booked.value) : json::value(nullptr)},
      {"annual_cost_share_micros", share_of_annual_cost},
      {"cost_micros", share_of_annual_cost},
      {"gpu_activity", nullptr},
      {"tokens", nullptr}};
  if (kind == "month") out["provisional"] = row.provisional;
  if (row.reservation) {
    const auto& reservation = view.facts.reservations[*row.reservation];
    out["name"] = reservation.name;
    out["owner"] = reservation.owner_email;
    out["team"] = text_or_null(reservation.team_name);
    out["device_class"] = class_name(view.facts, reservation.device_class);
    out["held_from"] = format_rfc3339(reservation.held.start);
    out["held_to"] = format_rfc3339(reservation.held.end);
  }
  return out;
}

json::value beside(const UsageView& view, const std::optional<usage::Row>& row, std::string_view kind) {
  return row ? json::value(row_json(view, *row, kind)) : json::value(nullptr);
}

json::array utilisation_json(const UsageView& view) {
  std::vector<model::ClassId> present;
  for (const auto& item : view.pool.classes) {
    if (!item.retired) present.push_back(item.id);
  }
  json::array out;
  for (const auto& row : usage::reserved_utilisation(view.facts, view.account, present)) {
    const auto& month = view.facts.months[row.month];
    out.push_back({{"month", month.name},
                   {"provisional", month.provisional},
                   {"device_class", class_name(view.facts, row.device_class)},
                   {"reserved_unit_hours", in_hours(row.reserved)},
                   {"bookable_unit_hours", in_hours(row.bookable)},
                   {"blocked_unit_hours", in_hours(row.blocked)},
                   {"out_of_service_unit_hours", in_hours(row.out_of_service)},
                   {"utilisation", or_null(row.utilisation())}});
  }
  return out;
}

// --- CSV ---

/// A cell that holds someone's text. Quoted where it must be; never a formula.
std::string text_cell(std::string_view text) {
  std::string out;
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) out = "'";
  out += text;
  if (out.find_first_of(",\"\r\n") == std::string::npos) return out;
  std::string quoted = "\"";
  for (const char c : out) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string line_of(const UsageView& view, const usage::Row& row, std::string_view kind) {
  const auto share = share_of(row, view.table.total);
  const usage::Reservation none;
  const auto& of = row.reservation ? view.facts.reservations[*row.reservation] : none;
  // What is not known is an empty cell, so that a column of numbers holds numbers alone.
  const auto why_empty =
      fmt::format("{}{}GPU activity: {}; tokens: {}",
                  of_one_currency(view) ? "" : fmt::format("cost: {}; ", no_sum_reason(view)),
                  row.cost ? "" : fmt::format("share of annual cost: {}; ", no_cost_reason(view.pool)),
                  kNotMeasured, kNotMeasured);
  return fmt::format("{},{},{},{},{},{},{},{},{:.6f},{:.6f},{},{},{},,,{},{}\r\n", kind, text_cell(row.key),
                     text_cell(of.name), text_cell(of.owner_email), text_cell(of.team_name),
                     row.reservation ? text_cell(class_name(view.facts, of.device_class)) : "",
                     row.reservation ? format_rfc3339(of.held.start) : "",
                     row.reservation ? format_rfc3339(of.held.end) : "", in_hours(row.unit_time),
                     in_hours(row.gpu_time), share ? fmt::format("{:.6f}", *share) : "",
                     of_one_currency(view) ? format_money(row.booked) : "",
                     row.cost ? format_money(*row.cost) : "",
                     kind == "month" ? row.provisional : provisional(view), text_cell(why_empty));
}

}  // namespace

json::object usage_json(const UsageView& view, const store::Page<usage::Row>& page) {
  const auto kind = usage::to_string(view.by);
  const auto& cost = view.pool.annual_cost;
  json::array items;
  for (const auto& row : page.items) items.push_back(row_json(view, row, kind));
  return {{"pool", view.pool.name},
          {"from", format_rfc3339(view.facts.period.start)},
          {"to", format_rfc3339(view.facts.period.end)},
          {"time_zone", view.pool.time_zone},
          {"counted",
           {{"from", format_rfc3339(view.account.counted.start)},
            {"to", format_rfc3339(view.account.counted.end)},
            {"hours", in_hours(view.account.counted.length())}}},
          {"provisional", provisional(view)},
          {"group_by", kind},
          {"sees", view.sees},
          {"booked_currency", text_or_null(booked_currency(view))},
          {"currency", cost ? json::value(cost->currency) : json::value(nullptr)},
          {"annual_cost", cost ? json::value(format_money(cost->amount)) : json::value(nullptr)},
          {"reasons",
           {{"cost", cost ? json::value(nullptr) : json::value(no_cost_reason(view.pool))},
            {"booked_cost", of_one_currency(view) ? json::value(nullptr) : json::value(no_sum_reason(view))},
            {"gpu_activity", kNotMeasured},
            {"tokens", kNotMeasured}}},
          {"items", std::move(items)},
          {"next", or_null(page.next)},
          {"others", beside(view, view.table.others, "others")},
          {"idle", row_json(view, view.table.idle, "idle")},
          {"blocked", beside(view, view.table.blocked, "blocked")},
          {"out_of_service", beside(view, view.table.out_of_service, "out_of_service")},
          {"total", row_json(view, view.table.total, "total")},
          {"utilisation", utilisation_json(view)}};
}

std::string usage_csv(const UsageView& view) {
  const auto& cost = view.pool.annual_cost;
  auto out = fmt::format(
      "kind,key,name,owner,team,device class,held from (UTC),held to (UTC),unit hours,GPU hours,share of GPU "
      "hours,cost{},share of annual cost{},GPU activity,tokens,provisional,why empty\r\n",
      of_one_currency(view) ? fmt::format(" ({})", booked_currency(view)) : "",
      cost ? fmt::format(" ({})", cost->currency) : "");
  const auto kind = usage::to_string(view.by);
  for (const auto& row : view.table.rows) out += line_of(view, row, kind);
  if (view.table.others) out += line_of(view, *view.table.others, "others");
  out += line_of(view, view.table.idle, "idle");
  if (view.table.blocked) out += line_of(view, *view.table.blocked, "blocked");
  if (view.table.out_of_service) out += line_of(view, *view.table.out_of_service, "out_of_service");
  return out + line_of(view, view.table.total, "total");
}

}  // namespace berth::portal
