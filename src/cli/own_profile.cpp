#include "cli/own_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace berth::cli {
namespace {

std::map<std::string, double> gpu_shares(const json::value& pools, const std::string& pool) {
  std::map<std::string, double> shares;
  for (const auto& item : list_at(pools, {"items"})) {
    if (string_at(item, {"name"}) != pool) continue;
    for (const auto& it : list_at(item, {"device_classes"})) {
      const auto* share = find(it, {"gpu_share"});
      if (share != nullptr && share->is_number())
        shares[string_at(it, {"name"})] = share->to_number<double>();
    }
  }
  return shares;
}

/// `amount` over the part of each hour that `during` covers.
void add(std::vector<double>& load, Window period, Window during, double amount) {
  const auto start = std::max(during.start, period.start);
  const auto end = std::min(during.end, period.end);
  for (auto at = start; at < end;) {
    const auto hour = std::chrono::floor<hours>(at - period.start);
    const auto next = std::min(end, period.start + hour + hours(1));
    load[static_cast<std::size_t>(hour.count())] +=
        amount * std::chrono::duration<double, std::ratio<3600>>(next - at).count();
    at = next;
  }
}

}  // namespace

Result<json::array> hourly_profile(const json::value& availability, const json::value& pools, Window period) {
  const auto shares = gpu_shares(pools, string_at(availability, {"pool"}));
  const auto count = std::chrono::floor<hours>(period.length()).count();
  std::vector<double> load(static_cast<std::size_t>(std::max<std::int64_t>(0, count)), 0.0);
  for (const auto& series : list_at(availability, {"device_classes"})) {
    const auto share = shares.find(string_at(series, {"device_class"}));
    if (share == shares.end()) {
      return fail(Code::kUnavailable, "the server did not say what share of a GPU each device class is");
    }
    for (const auto& segment : list_at(series, {"segments"})) {
      const auto start = parse_rfc3339(string_at(segment, {"start"}));
      const auto end = parse_rfc3339(string_at(segment, {"end"}));
      const auto* reserved = find(segment, {"reserved"});
      if (!start || !end || reserved == nullptr || !reserved->is_number()) {
        return fail(Code::kUnavailable, "the server's availability has no reserved units in it");
      }
      add(load, period, {*start, *end}, reserved->to_number<double>() * share->second);
    }
  }
  if (std::ranges::all_of(load, [](double each) { return each <= 0; })) {
    return fail(Code::kNotFound,
                fmt::format("nothing was reserved in these {} hours: there is no profile to go by", count));
  }
  return json::array(load.begin(), load.end());
}

}  // namespace berth::cli
