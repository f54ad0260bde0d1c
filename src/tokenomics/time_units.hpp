// Hours, months and tokens: every conversion in one place.
#pragma once

namespace berth::tokenomics {

inline constexpr double kHoursPerYear = 8760;
inline constexpr double kHoursPerMonth = 730;  // kHoursPerYear / 12; demand per month always means this month
inline constexpr double kMonthsPerYear = 12;
inline constexpr double kDaysPerYear = 365;
inline constexpr double kSecondsPerHour = 3600;
inline constexpr double kTokensPerMtok = 1e6;
inline constexpr double kWattsPerKilowatt = 1000;

/// Money per hour of a machine that makes that many tokens each second, as money per Mtok.
constexpr double per_mtok_from_per_hour(double money_per_hour, double tokens_per_second) {
  return kTokensPerMtok * money_per_hour / (tokens_per_second * kSecondsPerHour);
}
constexpr double per_hour_from_per_year(double money_per_year) {
  return money_per_year / kHoursPerYear;
}
constexpr double per_year_from_per_mtok(double money_per_mtok, double tokens_per_year) {
  return money_per_mtok * tokens_per_year / kTokensPerMtok;
}
constexpr double per_mtok_from_per_year(double money_per_year, double tokens_per_year) {
  return kTokensPerMtok * money_per_year / tokens_per_year;
}
/// Published comparisons count 720, 729.6 or 730 hours to a month, so the month is an argument.
constexpr double months_from_hours(double hours, double hours_per_month) {
  return hours / hours_per_month;
}

}  // namespace berth::tokenomics
