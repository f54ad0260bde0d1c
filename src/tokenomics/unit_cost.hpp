// Money per million tokens as a function of utilisation, and where it meets a cloud price.
#pragma once

#include <span>

#include "tokenomics/cost.hpp"
#include "tokenomics/maybe.hpp"

namespace berth::tokenomics {

/// c(u) = fixed/u + variable, both in money per Mtok of one token basis.
struct UnitLine {
  double fixed_per_mtok;     // a: the fixed cost spread over the full capacity
  double variable_per_mtok;  // b: the marginal cost inside the capacity, energy only

  /// Average cost; 0 < utilisation.
  double at(double utilisation) const { return fixed_per_mtok / utilisation + variable_per_mtok; }
};
/// None without capacity.
Maybe<UnitLine> unit_line(const AnnualCost& cost);

/// c(2u)/c(u). None when tokens cost nothing at all.
Maybe<double> doubling_ratio(const UnitLine& line, double utilisation);
/// The utilisation at which a Mtok costs `price_per_mtok`, above 1 when even full load is dearer. With a
/// cloud price this is the break-even u*. None when the price is not above the marginal cost.
Maybe<double> utilisation_for_price(const UnitLine& line, double price_per_mtok);
/// Tokens a month from which own machines are cheaper (D*). None as above.
Maybe<double> breakeven_tokens_per_month(double fixed_per_year, double variable_per_mtok,
                                         double price_per_mtok);

/// One kind of token in a blended price: fresh input, cached input, cache write, output; or one tier.
struct PricePart {
  double share;  // of all tokens, in the basis of the price
  double price_per_mtok;
};
/// None when the shares do not add up to 1 within 1e-6.
Maybe<double> blended_price(std::span<const PricePart> parts);
/// After a discount (0..1), with egress and support added per Mtok.
double discounted_price(double price_per_mtok, double discount, double extra_per_mtok);

/// A rented GPU that is busy for a share of the paid hours; share 1 only if it is released when idle.
double rented_gpu_per_mtok(double price_per_gpu_hour, double gpu_tokens_per_second, double busy_share);

/// An owned machine against the same machine by the hour.
struct OwnOrRent {
  double capital;
  double running_cost_per_hour;  // owned
  double rent_per_hour;
};
/// x*: hours of use after which owning has paid. None when running it costs as much as renting.
Maybe<double> breakeven_hours(const OwnOrRent& choice);
/// H*: hours of use a day, over a life of always on, at which both cost the same. None when renting is free.
Maybe<double> breakeven_hours_per_day(const OwnOrRent& choice, double life_years);
/// Capital over every hour of the life, and running cost.
double lifetime_cost_per_hour(const OwnOrRent& choice, double life_years);

/// Cash saved a month: the cloud bill less all own cost but capital.
double saving_per_month(double cloud_bill_per_month, double own_cost_per_year, double capital_per_year);
/// None when nothing is saved.
Maybe<double> payback_months(double capital, double saving_per_month);
/// None when the interest eats the saving.
Maybe<double> discounted_payback_months(double capital, double saving_per_month, double rate_per_month);
double monthly_rate(double rate_per_year);

}  // namespace berth::tokenomics
