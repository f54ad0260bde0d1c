#include "simcluster/kube_quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/saturating.hpp"
#include "base/text.hpp"

namespace berth::simcluster {
namespace {

using enum Quantity::Notation;

/// The most that is read. Below the type's own limit, so that what was read or added up can be read again.
constexpr std::int64_t kMax = kMostInt - 9;
constexpr std::size_t kMaxTextBytes = 40;

std::int64_t within_limits(std::int64_t milli) {
  return std::clamp(milli, -kMax, kMax);
}

auto malformed(std::string_view text) {
  return fail(Code::kInvalid, fmt::format("quantities must match the regular expression "
                                          "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$', not \"{}\"",
                                          first_bytes(text, kMaxTextBytes)));
}

std::int64_t ceil_div(std::int64_t value, std::int64_t by) {
  return value / by + (value % by > 0 ? 1 : 0);
}

}  // namespace

Quantity whole(std::int64_t count) {
  return {count * 1000, kDecimal};
}

Quantity Quantity::operator+(const Quantity& other) const {
  return {within_limits(saturating_add(milli, other.milli)), milli == 0 ? other.notation : notation};
}

Quantity Quantity::operator-(const Quantity& other) const {
  return {within_limits(saturating_subtract(milli, other.milli)), milli == 0 ? other.notation : notation};
}

Result<Quantity> parse_quantity(std::string_view text) {
  if (text.size() > kMaxTextBytes) return malformed(text);
  const auto read = parse_kube_quantity(text);
  if (!read && read.error().code == Code::kInvalid) return malformed(text);
  constexpr Int128 kNanoInMilli = 1'000'000;
  // Away from zero, as Kubernetes rounds.
  const auto milli = [&](Int128 nano) { return nano / kNanoInMilli + (nano % kNanoInMilli > 0 ? 1 : 0); };
  const auto size = read ? milli(read->nano < 0 ? -read->nano : read->nano) : Int128{kMax} + 1;
  if (size > kMax) return fail(Code::kInvalid, fmt::format("quantity {} is beyond 8Pi", text));
  const auto amount = static_cast<std::int64_t>(size);
  return Quantity{read->nano < 0 ? -amount : amount, read->notation};
}

Result<Quantity> read_quantity(const json::value& value) {
  if (value.is_string()) return parse_quantity(std::string_view(value.get_string()));
  if (value.is_number()) return parse_quantity(std::string_view(json::serialize(value)));
  return malformed(json::serialize(value));
}

std::string format_quantity(Quantity amount) {
  if (amount.milli == 0) return "0";
  const bool small = amount.milli > -1'024'000 && amount.milli < 1'024'000;
  if (amount.notation == kBinary && !small) {
    auto value = ceil_div(amount.milli, 1000);
    std::size_t power = 0;
    while (value % 1024 == 0 && power < 5) {
      value /= 1024;
      ++power;
    }
    constexpr std::array<std::string_view, 6> kNames{"", "Ki", "Mi", "Gi", "Ti", "Pi"};
    return fmt::format("{}{}", value, kNames[power]);
  }
  auto value = amount.milli;
  int power = -3;
  while (value % 1000 == 0 && power < 15) {
    value /= 1000;
    power += 3;
  }
  if (amount.notation == kExponent)
    return power == 0 ? std::to_string(value) : fmt::format("{}e{}", value, power);
  constexpr std::array<std::string_view, 7> kNames{"m", "", "k", "M", "G", "T", "P"};
  return fmt::format("{}{}", value, kNames[static_cast<std::size_t>(power / 3 + 1)]);
}

}  // namespace berth::simcluster
