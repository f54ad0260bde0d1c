// Model to JSON, as api/openapi.yaml describes it.
#pragma once

#include "base/json.hpp"
#include "booking/booking.hpp"
#include "model/pool.hpp"
#include "store/audit.hpp"
#include "store/bookings.hpp"
#include "store/calendar.hpp"
#include "store/check.hpp"
#include "store/credentials.hpp"
#include "store/findings.hpp"
#include "store/homes.hpp"
#include "store/reservations.hpp"
#include "store/sessions.hpp"
#include "store/status.hpp"
#include "store/users.hpp"

namespace berth::portal {

json::value cores(CpuMilli cpu);  // 15 or 15.5
json::value money(MoneyMicros amount);

json::object render(const store::User& user);
json::object render(const store::ApiToken& token);
json::object render(const model::Pool& pool);
json::object render(const model::Pool& pool, const booking::Availability& availability, Window range);
json::object render(const model::Pool& pool, const std::vector<store::UnitBars>& lanes, Window range);
/// With what `viewer` may do with it at `now`.
json::object render(const store::ReservationView& view, const model::Viewer& viewer, Instant now);
/// What a list cannot show, for its member "unreadable".
json::array render(const std::vector<store::Unreadable>& unreadable);
json::object render(const store::SessionView& view);
json::object render(const store::PlatformStatus& status, std::string_view version);
json::object render(const store::Finding& finding);
json::object render(const store::OwnHome& home);
json::value render(const std::optional<booking::HomeForecast>& forecast);
json::object render(const store::AuditRow& row);

/// `problem` is what the call itself would be refused with, or null.
json::object render(const store::Forecast& forecast, json::value problem);

/// The members that a refusal adds to its problem: limiting and alternatives.
json::object render(const store::Refused& refused);
/// "4 units are free until ..., you asked for 5 ...": the refusal in one sentence.
std::string sentence(const store::Refused& refused);
json::object render(const booking::Shortage& shortage);
std::string sentence(const booking::Shortage& shortage);

template <typename T, typename... More>
json::object render_page(const store::Page<T>& page, const More&... more) {
  json::array items;
  for (const auto& item : page.items) items.push_back(render(item, more...));
  return {{"items", std::move(items)}, {"next", page.next ? json::value(*page.next) : json::value(nullptr)}};
}

}  // namespace berth::portal
