#include "simcluster/kube_quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/text.hpp"

namespace berth::simcluster {
namespace {

/// The most that is read. Below the type's own limit, so that what was read or added up can be read again.
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max() - 9;
constexpr std::size_t kMaxTextBytes = 40;

struct Suffix {
  std::string_view text;
  std::int64_t milli;  // thousandths that one of it is; 0: finer than that
  std::int64_t finer;  // how many of it make a thousandth, when finer
  Quantity::Notation notation;
};

using enum Quantity::Notation;
constexpr std::array kSuffixes{
    Suffix{"n", 0, 1'000'000, kDecimal},
    Suffix{"u", 0, 1'000, kDecimal},
    Suffix{"m", 1, 1, kDecimal},
    Suffix{"", 1'000, 1, kDecimal},
    Suffix{"k", 1'000'000, 1, kDecimal},
    Suffix{"M", 1'000'000'000, 1, kDecimal},
    Suffix{"G", 1'000'000'000'000, 1, kDecimal},
    Suffix{"T", 1'000'000'000'000'000, 1, kDecimal},
    Suffix{"P", 1'000'000'000'000'000'000, 1, kDecimal},
    Suffix{"Ki", 1000LL << 10, 1, kBinary},
    Suffix{"Mi", 1000LL << 20, 1, kBinary},
    Suffix{"Gi", 1000LL << 30, 1, kBinary},
    Suffix{"Ti", 1000LL << 40, 1, kBinary},
    Suffix{"Pi", 1000LL << 50, 1, kBinary},
};

/// value * factor, or nothing when it does not fit.
std::optional<std::int64_t> times(std::int64_t value, std::int64_t factor) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(value, factor, &product)) return std::nullopt;
  return product;
}

std::int64_t add_saturating(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return b > 0 ? kMax : -kMax;
  return std::clamp(sum, -kMax, kMax);
}

auto malformed(std::string_view text) {
  return fail(Code::kInvalid, fmt::format("quantities must match the regular expression "
                                          "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$', not \"{}\"",
                                          first_bytes(text, kMaxTextBytes)));
}

/// The suffix "e3" or "E-3" as a power of ten.
std::optional<Suffix> exponent_suffix(std::string_view text) {
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  auto digits = text.substr(1);
  const bool negative = digits[0] == '-';
  if (digits[0] == '-' || digits[0] == '+') digits.remove_prefix(1);
  if (digits.empty() || digits.size() > 2) return std::nullopt;
  int exponent = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    exponent = exponent * 10 + (c - '0');
  }
  if (negative) exponent = -exponent;
  if (exponent > 15 || exponent < -9) return std::nullopt;
  Suffix suffix{text, 1, 1, kExponent};
  for (int i = -3; i < exponent; ++i) suffix.milli *= 10;
  for (int i = -3; i > exponent; --i) suffix.finer *= 10;
  if (exponent < -3) suffix.milli = 0;
  return suffix;
}

std::optional<Suffix> find_suffix(std::string_view text) {
  for (const auto& suffix : kSuffixes) {
    if (suffix.text == text) return suffix;
  }
  return exponent_suffix(text);
}

std::int64_t ceil_div(std::int64_t value, std::int64_t by) {
  return value / by + (value % by > 0 ? 1 : 0);
}

}  // namespace

Quantity whole(std::int64_t count) {
  return {count * 1000, kDecimal};
}

Quantity Quantity::operator+(const Quantity& other) const {
  return {add_saturating(milli, other.milli), milli == 0 ? other.notation : notation};
}

Quantity Quantity::operator-(const Quantity& other) const {
  return {add_saturating(milli, -other.milli), milli == 0 ? other.notation : notation};
}

Result<Quantity> parse_quantity(std::string_view text) {
  if (text.empty() || text.size() > kMaxTextBytes) return malformed(text);
  auto rest = text;
  const bool negative = rest[0] == '-';
  if (rest[0] == '-' || rest[0] == '+') rest.remove_prefix(1);

  std::size_t end = 0;
  while (end < rest.size() && ((rest[end] >= '0' && rest[end] <= '9') || rest[end] == '.')) ++end;
  const auto number = rest.substr(0, end);
  const auto suffix = find_suffix(rest.substr(end));
  if (!suffix || number.empty() || number == ".") return malformed(text);

  // Whole and fraction apart, so that "0.5Gi" is exact.
  const auto dot = number.find('.');
  const auto whole_digits = number.substr(0, dot);
  const auto fraction_digits = dot == std::string_view::npos ? std::string_view{} : number.substr(dot + 1);
  if (fraction_digits.find('.') != std::string_view::npos) return malformed(text);
  const auto too_large = [&] { return fail(Code::kInvalid, fmt::format("quantity {} is beyond 8Pi", text)); };

  std::int64_t units = 0;
  for (const char c : whole_digits) {
    const auto next = times(units, 10);
    if (!next || *next > kMax) return too_large();
    units = *next + (c - '0');
  }
  std::int64_t milli = 0;
  bool finer = false;  // is there anything below a thousandth?
  if (suffix->milli > 0) {
    const auto product = times(units, suffix->milli);
    if (!product) return too_large();
    milli = *product;
  } else {
    milli = units / suffix->finer;
    finer = units % suffix->finer > 0;
  }
  // From the last digit on, so that nothing is lost on the way. Ten times the largest suffix fits 64 bits.
  std::uint64_t share = 0;
  for (auto i = fraction_digits.size(); i-- > 0;) {
    const auto digit = static_cast<std::uint64_t>(fraction_digits[i] - '0');
    share += digit * static_cast<std::uint64_t>(suffix->milli);
    finer = finer || share % 10 > 0 || (suffix->milli == 0 && digit > 0);
    share /= 10;
  }
  if (__builtin_add_overflow(milli, static_cast<std::int64_t>(share) + (finer ? 1 : 0), &milli) ||
      milli > kMax) {
    return too_large();
  }
  return Quantity{negative ? -milli : milli, suffix->notation};
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
