#include "tokenomics/unit_cost.hpp"

#include <algorithm>
#include <cmath>

#include "tokenomics/time_units.hpp"

namespace berth::tokenomics {
namespace {

constexpr double kShareTolerance = 1e-6;

}  // namespace

Maybe<UnitLine> unit_line(const AnnualCost& cost) {
  if (!(cost.capacity_tokens_per_year > 0)) return none("there is no capacity");
  return UnitLine{
      .fixed_per_mtok = per_mtok_from_per_year(cost.fixed_per_year, cost.capacity_tokens_per_year),
      .variable_per_mtok = per_mtok_from_per_year(cost.variable_per_year, cost.capacity_tokens_per_year)};
}

Maybe<double> doubling_ratio(const UnitLine& line, double utilisation) {
  const double now = line.at(utilisation);
  if (!(now > 0)) return none("a token costs nothing");
  return line.at(2 * utilisation) / now;
}

Maybe<double> utilisation_for_price(const UnitLine& line, double price_per_mtok) {
  const double margin = price_per_mtok - line.variable_per_mtok;
  if (!(margin > 0)) return none("the price is not above the energy cost of a token");
  return line.fixed_per_mtok / margin;
}

Maybe<double> breakeven_tokens_per_month(double fixed_per_year, double variable_per_mtok,
                                         double price_per_mtok) {
  const double margin = price_per_mtok - variable_per_mtok;
  if (!(margin > 0)) return none("the price is not above the energy cost of a token");
  return kTokensPerMtok * fixed_per_year / (kMonthsPerYear * margin);
}

Maybe<double> blended_price(std::span<const PricePart> parts) {
  double shares = 0;
  double price = 0;
  for (const PricePart& part : parts) {
    shares += part.share;
    price += part.share * part.price_per_mtok;
  }
  if (!(std::abs(shares - 1) <= kShareTolerance)) return none("the shares of the tokens do not add up to 1");
  return price;
}

double discounted_price(double price_per_mtok, double discount, double extra_per_mtok) {
  return price_per_mtok * (1 - discount) + extra_per_mtok;
}

double rented_gpu_per_mtok(double price_per_gpu_hour, double gpu_tokens_per_second, double busy_share) {
  return per_mtok_from_per_hour(price_per_gpu_hour, gpu_tokens_per_second * busy_share);
}

Maybe<double> breakeven_hours(const OwnOrRent& choice) {
  const double saved_per_hour = choice.rent_per_hour - choice.running_cost_per_hour;
  if (!(saved_per_hour > 0)) return none("renting costs no more than running the owned machine");
  return choice.capital / saved_per_hour;
}

Maybe<double> breakeven_hours_per_day(const OwnOrRent& choice, double life_years) {
  if (!(choice.rent_per_hour > 0)) return none("renting is free");
  return (choice.capital + choice.running_cost_per_hour * kHoursPerYear * life_years) /
         (choice.rent_per_hour * kDaysPerYear * life_years);
}

double lifetime_cost_per_hour(const OwnOrRent& choice, double life_years) {
  return choice.capital / (kHoursPerYear * life_years) + choice.running_cost_per_hour;
}

double saving_per_month(double cloud_bill_per_month, double own_cost_per_year, double capital_per_year) {
  return cloud_bill_per_month - (own_cost_per_year - capital_per_year) / kMonthsPerYear;
}

Maybe<double> payback_months(double capital, double saving_per_month) {
  if (!(saving_per_month > 0)) return none("owning saves no cash each month");
  return capital / saving_per_month;
}

Maybe<double> discounted_payback_months(double capital, double saving_per_month, double rate_per_month) {
  const auto plain = payback_months(capital, saving_per_month);
  if (!plain) return plain;
  if (rate_per_month == 0) return plain;
  const double left = 1 - capital * rate_per_month / saving_per_month;
  if (!(left > 0)) return none("the cost of capital eats the saving");
  return -std::log(left) / std::log1p(rate_per_month);
}

double monthly_rate(double rate_per_year) {
  return std::expm1(std::log1p(rate_per_year) / kMonthsPerYear);
}

}  // namespace berth::tokenomics
