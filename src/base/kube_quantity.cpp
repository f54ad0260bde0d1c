#include "base/kube_quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string>

#include "base/text.hpp"

namespace berth {
namespace {

using enum KubeQuantity::Notation;

constexpr int kNanoDigits = 9;
constexpr int kMostDigits = 38;  // of an amount in billionths: 10^38 fits 127 bits
constexpr Int128 kNano = 1'000'000'000;
constexpr Int128 kMostBinary = std::numeric_limits<std::int64_t>::max();

/// How much one of a suffix is: a power of ten, or of two.
struct Suffix {
  std::string_view text;
  std::int64_t power = 0;
  KubeQuantity::Notation notation = kDecimal;
};

constexpr std::array kSuffixes{Suffix{"n", -9},
                               Suffix{"u", -6},
                               Suffix{"m", -3},
                               Suffix{""},
                               Suffix{"k", 3},
                               Suffix{"M", 6},
                               Suffix{"G", 9},
                               Suffix{"T", 12},
                               Suffix{"P", 15},
                               Suffix{"E", 18},
                               Suffix{"Ki", 10, kBinary},
                               Suffix{"Mi", 20, kBinary},
                               Suffix{"Gi", 30, kBinary},
                               Suffix{"Ti", 40, kBinary},
                               Suffix{"Pi", 50, kBinary},
                               Suffix{"Ei", 60, kBinary}};

std::optional<Suffix> suffix_of(std::string_view text) {
  const auto* found = std::ranges::find(kSuffixes, text, &Suffix::text);
  if (found != kSuffixes.end()) return *found;
  if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
  auto digits = text.substr(1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty() || (digits.front() == '-' && text[1] == '+')) return std::nullopt;
  std::int32_t power = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), power);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return Suffix{text, power, kExponent};
}

/// Digits without the point, and how many of them lie before it.
struct Decimal {
  std::string digits;
  std::int64_t whole = 0;
};

/// The amount with its point moved by `power`, cut to a whole number and rounded up; empty when it does not
/// fit.
std::optional<Int128> scaled_by_ten(const Decimal& decimal, std::int64_t power) {
  const auto& digits = decimal.digits;
  const auto first = digits.find_first_not_of('0');
  if (first == std::string::npos) return 0;
  const std::int64_t wanted = decimal.whole + power;  // digits of the answer, leading zeros with them
  if (wanted - static_cast<std::int64_t>(first) > kMostDigits) return std::nullopt;
  Int128 amount = 0;
  for (std::int64_t i = static_cast<std::int64_t>(first); i < wanted; ++i) {
    const auto at = static_cast<std::size_t>(i);
    amount = amount * 10 + (at < digits.size() ? digits[at] - '0' : 0);
  }
  const auto rest = static_cast<std::size_t>(std::max<std::int64_t>(wanted, 0));
  const bool finer = rest < digits.size() && digits.find_first_not_of('0', rest) != std::string::npos;
  return amount + (finer ? 1 : 0);
}

/// The amount times 2^power in billionths, rounded up, at most kMostBinary.
Int128 scaled_by_two(const Decimal& decimal, std::int64_t power) {
  const Int128 factor = Int128{1} << power;
  const auto whole = static_cast<std::size_t>(decimal.whole);
  Int128 amount = 0;
  for (std::size_t i = 0; i < whole; ++i) {
    amount = amount * 10 + (decimal.digits[i] - '0') * factor;
    if (amount > kMostBinary) return kMostBinary * kNano;
  }
  // From the last digit on, so that nothing is lost on the way: ten times 2^60 billion has 94 bits.
  Int128 part = 0;
  bool finer = false;
  for (std::size_t i = decimal.digits.size(); i-- > whole;) {
    part += (decimal.digits[i] - '0') * factor * kNano;
    finer = finer || part % 10 != 0;
    part /= 10;
  }
  return std::min(amount * kNano + part + (finer ? 1 : 0), kMostBinary * kNano);
}

}  // namespace

Result<KubeQuantity> parse_kube_quantity(std::string_view text) {
  const auto malformed = [&] {
    return fail(Code::kInvalid,
                fmt::format("\"{}\" is no Kubernetes quantity such as 500m or 92Gi", shown(text)));
  };
  auto rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto digits_of = [&](std::string_view from) {
    return from.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(from, is_digit) - from.begin()));
  };

  const auto whole = digits_of(rest);
  rest.remove_prefix(whole.size());
  std::string_view fraction;
  if (rest.starts_with('.')) {
    fraction = digits_of(rest.substr(1));
    rest.remove_prefix(1 + fraction.size());
  }
  const auto suffix = suffix_of(rest);
  if (!suffix || (whole.empty() && fraction.empty())) return malformed();

  const Decimal decimal{std::string(whole) + std::string(fraction), static_cast<std::int64_t>(whole.size())};
  const auto nano = suffix->notation == kBinary ? scaled_by_two(decimal, suffix->power)
                                                : scaled_by_ten(decimal, suffix->power + kNanoDigits);
  if (!nano) return fail(Code::kTooLarge, fmt::format("the quantity \"{}\" is 10^29 or more", shown(text)));
  return KubeQuantity{negative ? -*nano : *nano, suffix->notation};
}

}  // namespace berth
