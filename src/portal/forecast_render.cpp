#include <fmt/format.h>

#include "booking/price.hpp"
#include "portal/render.hpp"

namespace berth::portal {
namespace {

constexpr double kHour = static_cast<double>(Duration(hours(1)).count());

json::object resolved(const store::Planned& planned) {
  const auto& it = planned.reservation;
  return {{"device_class", planned.class_name},
          {"units", it.units},
          {"start", format_rfc3339(it.window.start)},
          {"end", format_rfc3339(it.window.end)},
          {"cpu", cores(it.load.cpu)},
          {"memory_gib", it.load.memory.value},
          {"storage_gib", it.load.storage.value},
          {"mode", to_string(it.mode)},
          {"name", it.name}};
}

json::object price(const store::Planned& planned) {
  const auto& it = planned.reservation;
  return {
      {"rate", money(it.rate)},
      {"currency", it.currency},
      {"unit_hours", static_cast<double>(it.units) * static_cast<double>(it.window.length().count()) / kHour},
      {"amount", money(planned.amount)},
      {"change", planned.before ? money(planned.amount - *planned.before) : json::value(nullptr)}};
}

json::object furthest(const booking::Furthest& it) {
  json::object out{{"end", time_or_null(it.end)}};
  if (const auto* shortage = std::get_if<booking::Shortage>(&it.limit)) {
    out["limited_by"] = "capacity";
    out["message"] = sentence(*shortage);
    out["limiting"] = render(*shortage);
  } else {
    out["limited_by"] = "rules";
    out["message"] = std::get<Error>(it.limit).message;
  }
  return out;
}

}  // namespace

json::value render(const std::optional<booking::HomeForecast>& forecast) {
  using After = booking::HomeForecast::After;
  if (!forecast) return nullptr;
  json::value files(nullptr);
  if (forecast->files) {
    files =
        json::object{{"of", format_rfc3339(forecast->files->of)}, {"size_gib", forecast->files->size.value}};
  }
  const bool kept = forecast->after == After::kKept;
  return json::object{{"files", std::move(files)},
                      {"after", kept ? "kept" : "deleted"},
                      {"because", kept                                  ? json::value(nullptr)
                                  : forecast->after == After::kTooLarge ? json::value("size")
                                                                        : json::value("policy")},
                      {"kept_until", time_or_null(forecast->kept_until)},
                      {"replaces", time_or_null(forecast->replaces)}};
}

json::object render(const store::OwnHome& home) {
  using State = store::OwnHome::State;
  return {{"id", home.id},
          {"pool", home.pool},
          {"time_zone", home.time_zone},
          {"size_gib", home.size.value},
          {"of", time_or_null(home.kept_at)},
          {"kept_until", time_or_null(home.kept_until)},
          {"state", home.state == State::kLost       ? "lost"
                    : home.state == State::kInUse    ? "in_use"
                    : home.state == State::kDeleting ? "deleting"
                                                     : "kept"},
          {"reservation", home.reservation.value},
          {"name", home.name}};
}

json::object render(const store::Forecast& forecast, json::value problem) {
  const json::value none(nullptr);
  return {{"fits", std::holds_alternative<store::Fits>(forecast.verdict)},
          {"problem", std::move(problem)},
          {"resolved", forecast.planned ? json::value(resolved(*forecast.planned)) : none},
          {"price", forecast.planned ? json::value(price(*forecast.planned)) : none},
          {"furthest", forecast.furthest ? json::value(furthest(*forecast.furthest)) : none}};
}

}  // namespace berth::portal
