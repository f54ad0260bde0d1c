// The hourly load that the platform itself has seen, for `berth cost sourcing`.
#pragma once

#include "base/instant.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::cli {

inline constexpr int kMaxProfileDays = 365;

/// GPU-equivalents reserved in each hour of `period` (whole hours), from the answers of /availability for
/// that period and /pools: units held, by their class's share of a GPU. kUnavailable when the answers are not
/// of that form, kNotFound when nothing was reserved at all.
Result<json::array> hourly_profile(const json::value& availability, const json::value& pools, Window period);

}  // namespace berth::cli
