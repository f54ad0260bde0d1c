#include "portal/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "booking/bill.hpp"
#include "model/deeds.hpp"

namespace berth::portal {
namespace {

json::object amounts(const Load& load) {
  return {{"cpu", cores(load.cpu)}, {"memory_gib", load.memory.value}, {"storage_gib", load.storage.value}};
}

json::value whole(std::int64_t value) {
  return value;
}
json::value thousandths(std::int64_t value) {
  return cores({value});
}

json::array segments(const booking::Series& series, json::value (*show)(std::int64_t)) {
  json::array out;
  for (const auto& segment : series.segments) {
    out.push_back({{"start", format_rfc3339(segment.during.start)},
                   {"end", format_rfc3339(segment.during.end)},
                   {"free", show(segment.free)},
                   {"reserved", show(segment.reserved)},
                   {"blocked", show(segment.blocked)},
                   {"out_of_service", show(segment.out_of_service)}});
  }
  return out;
}

json::object series(const booking::Series& it, json::value (*show)(std::int64_t)) {
  return {{"total", show(it.total)}, {"segments", segments(it, show)}};
}

json::object render_class(const model::Pool& pool, const model::DeviceClass& device_class) {
  std::map<std::int64_t, int> per_node;
  int units = 0;
  int slots = 0;
  for (const auto& unit : pool.units) {
    if (unit.retired || unit.device_class != device_class.id) continue;
    ++units;
    ++per_node[unit.node.value];
    slots = std::max(slots, unit.replicas);
  }
  int most = 0;
  for (const auto& [node, count] : per_node) most = std::max(most, count);
  return {{"name", device_class.name},
          {"title", device_class.title},
          {"device_memory_gib", device_class.device_memory.value},
          {"gpu_share", device_class.gpu_share},
          {"rate", money(device_class.rate)},
          {"currency", pool.currency},
          {"units", units},
          {"max_units", most},
          {"slots_per_unit", slots},
          {"home_gib", device_class.home.value},
          {"model_cache_gib", device_class.model_cache.value},
          {"defaults", amounts(device_class.defaults)}};
}

json::object render_node(const model::Pool& pool, const model::Node& node) {
  json::array units;
  for (const auto& unit : pool.units) {
    if (unit.retired || unit.node != node.id) continue;
    const auto* device_class = pool.find_class(unit.device_class);
    const auto* device = pool.find_device(unit.device);
    units.push_back({{"name", unit.name},
                     {"device_class", device_class == nullptr ? "" : device_class->name},
                     {"slots", unit.replicas},
                     {"out_of_service", unit.out_of_service},
                     {"device", device == nullptr ? "" : device->name},
                     {"placement", json::array{unit.placement.first, unit.placement.end}}});
  }
  return {{"name", node.name}, {"bookable", amounts(node.bookable())}, {"units", std::move(units)}};
}

std::int64_t in_minutes(seconds length) {
  return length.count() / 60;
}

std::string shown_start(const booking::Start& start) {
  const auto* at = std::get_if<Instant>(&start);
  return at == nullptr ? std::string("now") : format_rfc3339(*at);
}

/// A booking as a body that POST /reservations accepts as it stands.
json::object render_offer(const store::Offer& offer) {
  const auto& request = offer.request;
  json::object out{{"pool", request.pool},
                   {"device_class", request.device_class},
                   {"units", request.units},
                   {"start", shown_start(request.start)}};
  if (request.end) out["end"] = format_rfc3339(*request.end);
  if (request.duration) out["duration_minutes"] = request.duration->count();
  if (request.cpu) out["cpu"] = cores(*request.cpu);
  if (request.memory) out["memory_gib"] = request.memory->value;
  if (request.storage) out["storage_gib"] = request.storage->value;
  out["mode"] = to_string(request.mode);
  if (!request.name.empty()) out["name"] = request.name;
  if (offer.team) out["team"] = *offer.team;
  return out;
}

json::value in_resource_unit(booking::Shortage::Resource resource, std::int64_t value) {
  return resource == booking::Shortage::Resource::kCpu ? cores({value}) : json::value(value);
}

}  // namespace

json::value cores(CpuMilli cpu) {
  if (cpu.value % 1000 == 0) return cpu.value / 1000;
  return static_cast<double>(cpu.value) / 1000.0;
}

json::value money(MoneyMicros amount) {
  if (amount.value % 1'000'000 == 0) return amount.value / 1'000'000;
  return static_cast<double>(amount.value) / 1e6;
}

json::object render(const store::User& user) {
  json::array teams;
  for (const auto& membership : user.teams) teams.emplace_back(membership.team_name);
  return {{"id", user.id.value},       {"email", user.email},
          {"name", user.name},         {"role", to_string(user.role)},
          {"teams", std::move(teams)}, {"password_change_needed", user.password_change_needed}};
}

json::object render(const store::ApiToken& token) {
  return {{"id", token.id.value},
          {"name", token.name},
          {"prefix", token.prefix},
          {"scopes", json::array(token.scopes.begin(), token.scopes.end())},
          {"created_at", format_rfc3339(token.created_at)},
          {"expires_at", format_rfc3339(token.expires_at)},
          {"last_used_at", time_or_null(token.last_used_at)},
          {"revoked_at", time_or_null(token.revoked_at)}};
}

json::object render(const model::Pool& pool) {
  json::array classes;
  for (const auto& device_class : pool.classes) {
    if (!device_class.retired) classes.push_back(render_class(pool, device_class));
  }
  json::array nodes;
  Load capacity;
  for (const auto& node : pool.nodes) {
    if (node.retired) continue;
    nodes.push_back(render_node(pool, node));
    capacity = capacity + node.bookable();
  }
  const auto& policy = pool.policy;
  return {
      {"name", pool.name},
      {"cluster", pool.cluster},
      {"currency", pool.currency},
      {"time_zone", pool.time_zone},
      {"policy",
       {{"step_minutes", in_minutes(policy.step)},
        {"min_length_minutes", in_minutes(policy.min_length)},
        {"max_length_minutes", in_minutes(policy.max_length)},
        {"lead_minutes", in_minutes(policy.lead)},
        {"horizon_days", policy.horizon.count() / 86'400},
        {"max_live_per_user", policy.max_live_per_user},
        {"start_deadline_minutes", in_minutes(policy.start_deadline)},
        {"show_names", policy.show_names},
        {"keep_home_days", policy.homes.days},
        {"keep_home_count", policy.homes.count},
        {"keep_home_max_gib", policy.homes.most ? json::value(policy.homes.most->value) : json::value()}}},
      {"device_classes", std::move(classes)},
      {"capacity", amounts(capacity)},
      {"nodes", std::move(nodes)}};
}

json::object render(const model::Pool& pool, const booking::Availability& availability, Window range) {
  json::array classes;
  for (const auto& entry : availability.classes) {
    const auto* device_class = pool.find_class(entry.device_class);
    classes.push_back({{"device_class", device_class == nullptr ? "" : device_class->name},
                       {"title", device_class == nullptr ? "" : device_class->title},
                       {"total", entry.series.total},
                       {"segments", segments(entry.series, whole)}});
  }
  return {{"pool", pool.name},
          {"from", format_rfc3339(range.start)},
          {"to", format_rfc3339(range.end)},
          {"device_classes", std::move(classes)},
          {"cpu", series(availability.cpu, thousandths)},
          {"memory_gib", series(availability.memory, whole)},
          {"storage_gib", series(availability.storage, whole)}};
}

json::object render(const model::Pool& pool, const std::vector<store::UnitBars>& lanes, Window range) {
  json::array out;
  for (const auto& lane : lanes) {
    json::array bars;
    for (const auto& bar : lane.bars) {
      json::object shown{{"start", format_rfc3339(bar.during.start)},
                         {"end", format_rfc3339(bar.during.end)},
                         {"kind", to_string(bar.kind)}};
      if (bar.reservation) {
        shown["reservation"] = bar.reservation->value;
        shown["phase"] = bar.phase ? json::value(to_string(*bar.phase)) : json::value(nullptr);
      }
      if (bar.state) shown["state"] = to_string(*bar.state);
      if (!bar.name.empty()) shown["name"] = bar.name;
      if (!bar.owner.empty()) shown["owner"] = bar.owner;
      bars.push_back(std::move(shown));
    }
    out.push_back({{"node", lane.node},
                   {"unit", lane.unit},
                   {"device", lane.device},
                   {"device_class", lane.device_class},
                   {"slots", lane.slots},
                   {"out_of_service", lane.out_of_service},
                   {"bars", std::move(bars)}});
  }
  return {{"pool", pool.name},
          {"from", format_rfc3339(range.start)},
          {"to", format_rfc3339(range.end)},
          {"lanes", std::move(out)}};
}

json::array render(const std::vector<store::Unreadable>& unreadable) {
  json::array out;
  for (const auto& one : unreadable) out.push_back({{"what", one.what}, {"detail", one.detail}});
  return out;
}

json::object render(const store::ReservationView& view, const model::Viewer& viewer, Instant now) {
  const auto& it = view.reservation;
  json::array may;
  for (const auto deed : model::deeds(viewer, it, now)) may.emplace_back(to_string(deed));
  const auto bill = booking::bill(it, view.held, now);
  json::object out{{"id", it.id.value},
                   {"pool", view.pool_name},
                   {"device_class", view.class_name},
                   {"units", it.units},
                   {"cpu", cores(it.load.cpu)},
                   {"memory_gib", it.load.memory.value},
                   {"storage_gib", it.load.storage.value},
                   {"mode", to_string(it.mode)},
                   {"start", format_rfc3339(it.window.start)},
                   {"end", format_rfc3339(it.window.end)},
                   {"state", to_string(it.state)},
                   {"reason", it.reason},
                   {"owner", view.owner_email},
                   {"team", view.team_name ? json::value(*view.team_name) : json::value(nullptr)},
                   {"name", it.name},
                   {"version", it.version},
                   {"created_at", format_rfc3339(it.created_at)},
                   {"rate", money(it.rate)},
                   {"currency", it.currency},
                   {"ended_at", time_or_null(bill.ended_at)},
                   {"until", format_rfc3339(bill.until)},
                   {"cost", money(bill.cost)},
                   {"cost_so_far", money(bill.so_far)},
                   {"ending", it.end_requested_at && model::is_live(it.state)},
                   {"phase", view.phase ? json::value(to_string(*view.phase)) : json::value(nullptr)},
                   {"node", view.node_name},
                   {"unit_names", json::array(view.unit_names.begin(), view.unit_names.end())},
                   {"may", std::move(may)}};
  if (!view.newer.empty()) out["newer_version"] = view.newer;
  return out;
}

namespace {

/// What is not measured is null, and never "not used".
json::object render_activity(const std::optional<said::Activity>& known) {
  json::object out{{"seen_at", nullptr}, {"editor", nullptr}, {"lab", nullptr}};
  if (!known) return out;
  out["seen_at"] = format_rfc3339(known->looked_at);
  if (known->editor) out["editor"] = json::object{{"used_at", time_or_null(known->editor->used_at)}};
  if (known->lab) {
    out["lab"] = json::object{{"used_at", format_rfc3339(known->lab->used_at)},
                              {"kernels", known->lab->kernels},
                              {"kernels_busy", known->lab->busy}};
  }
  return out;
}

json::value render_device_use(const std::optional<said::DeviceUse>& known) {
  if (!known) return nullptr;
  return {{"seen_at", format_rfc3339(known->looked_at)},
          {"measured_since", format_rfc3339(known->since)},
          {"busy_percent", known->busy_permille / 10.0},
          {"used_at", time_or_null(known->used_at)}};
}

}  // namespace

json::object render(const store::SessionView& view) {
  const auto& session = view.session;
  json::array steps;
  for (const auto& step : session.steps) {
    const auto typical = view.typical_seconds.find(step.name);
    steps.push_back(
        {{"name", to_string(step.name)},
         {"state", to_string(step.state)},
         {"started_at", time_or_null(step.started_at)},
         {"finished_at", time_or_null(step.finished_at)},
         {"tries", step.tries},
         {"next_try_at", time_or_null(step.next_try_at)},
         {"typical_seconds",
          typical == view.typical_seconds.end() ? json::value(nullptr) : json::value(typical->second)},
         {"detail", step.detail}});
  }
  json::array endpoints;
  if (view.may_open) {
    for (const auto& endpoint : session.endpoints)
      endpoints.push_back({{"name", endpoint.name}, {"url", endpoint.url}});
  }
  json::object out{
      {"phase", to_string(session.phase)},
      {"namespace", session.namespace_name},
      {"attempt", session.attempt},
      {"reason", session.reason},
      {"created_at", format_rfc3339(session.created_at)},
      {"ready_at", time_or_null(session.ready_at)},
      {"gone_at", time_or_null(session.gone_at)},
      {"waiting_for", view.waiting_for ? json::value{{"reason", view.waiting_for->reason},
                                                     {"until", time_or_null(view.waiting_for->until)}}
                                       : json::value(nullptr)},
      {"steps", std::move(steps)},
      {"endpoints", std::move(endpoints)},
      {"activity", render_activity(view.activity)},
      {"device_use", render_device_use(view.device_use)}};
  if (!view.newer.empty()) out["newer_version"] = view.newer;
  return out;
}

json::object render(const store::PlatformStatus& status, std::string_view version) {
  json::array controllers;
  for (const auto& it : status.controllers) {
    controllers.push_back(
        {{"cluster", it.cluster},
         {"state", to_string(it.state)},
         {"last_report_at", time_or_null(it.last_report_at)},
         {"age_seconds",
          it.age ? json::value(std::chrono::duration<double>(*it.age).count()) : json::value(nullptr)},
         {"problem", it.problem}});
  }
  return {{"server_time", format_rfc3339(status.now)},
          {"version", version},
          {"controllers", std::move(controllers)}};
}

json::object render(const store::Finding& it) {
  return {{"id", it.id},
          {"cluster", it.cluster},
          {"kind", it.kind},
          {"object", it.object},
          {"detail", it.detail},
          {"planned_action", it.planned_action},
          {"first_seen_at", format_rfc3339(it.first_seen_at)}};
}

json::object render(const store::AuditRow& row) {
  return {{"id", row.id},
          {"at", format_rfc3339(row.at)},
          {"actor", row.actor},
          {"actor_email", row.actor_email ? json::value(*row.actor_email) : json::value(nullptr)},
          {"action", row.action},
          {"object_type", row.object_type},
          {"object_id", row.object_id},
          {"outcome", row.outcome},
          {"before", row.before},
          {"after", row.after},
          {"request_id", row.request_id},
          {"source_ip", row.source_ip},
          {"token", row.token ? json::value(*row.token) : json::value(nullptr)},
          {"count", row.count},
          {"since", time_or_null(row.since)}};
}

json::object render(const store::Refused& refused) {
  json::array offers;
  for (const auto& offer : refused.offers) offers.push_back(render_offer(offer));
  return {{"limiting", render(refused.shortage)}, {"alternatives", std::move(offers)}};
}

json::object render(const booking::Shortage& shortage) {
  return {{"resource", booking::to_string(shortage.resource)},
          {"needed", in_resource_unit(shortage.resource, shortage.needed)},
          {"free", in_resource_unit(shortage.resource, shortage.free)},
          {"at", format_rfc3339(shortage.at)}};
}

std::string sentence(const booking::Shortage& it) {
  const auto amount = [&](std::int64_t value) {
    switch (it.resource) {
      case booking::Shortage::Resource::kUnits:
        return fmt::format("{} unit{}", value, value == 1 ? "" : "s");
      case booking::Shortage::Resource::kCpu:
        return fmt::format("{} CPU", format_cores({value}));
      case booking::Shortage::Resource::kMemory:
        return fmt::format("{} GiB of memory", value);
      case booking::Shortage::Resource::kStorage:
        return fmt::format("{} GiB of storage", value);
    }
    return std::to_string(value);
  };
  return fmt::format("Does not fit: {} needed, {} free at {}.", amount(it.needed), amount(it.free),
                     format_rfc3339(it.at));
}

std::string sentence(const store::Refused& refused) {
  return sentence(refused.shortage) +
         (refused.offers.empty() ? " Nothing else fits within the pool's horizon." : "");
}

}  // namespace berth::portal
