#include "manifests/amounts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace berth::manifests {
namespace {

constexpr std::int64_t kMibInGib = 1024;

// Wide enough for the largest quantity (2^63 - 1 with the suffix "") in billionths, the finest part
// Kubernetes keeps.
__extension__ typedef __int128 Wide;

struct Suffix {
  std::string_view text;
  int ten;  // power of ten
  int two;  // power of two
};

constexpr std::array<Suffix, 15> kSuffixes{{{"n", -9, 0},
                                            {"u", -6, 0},
                                            {"m", -3, 0},
                                            {"", 0, 0},
                                            {"k", 3, 0},
                                            {"M", 6, 0},
                                            {"G", 9, 0},
                                            {"T", 12, 0},
                                            {"P", 15, 0},
                                            {"Ki", 0, 10},
                                            {"Mi", 0, 20},
                                            {"Gi", 0, 30},
                                            {"Ti", 0, 40},
                                            {"Pi", 0, 50},
                                            {"Ei", 0, 60}}};
constexpr int kMaxExponent = 18;

/// The scale that a suffix or an exponent ("e3", "E-3", and "E" alone for 10^18) stands for.
std::optional<Suffix> scale_of(std::string_view text) {
  for (const auto& suffix : kSuffixes) {
    if (suffix.text == text) return suffix;
  }
  if (text == "E") return Suffix{text, kMaxExponent, 0};
  if (text.empty() || (text.front() != 'e' && text.front() != 'E')) return std::nullopt;
  text.remove_prefix(1);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (exponent < -kMaxExponent || exponent > kMaxExponent) return std::nullopt;
  return Suffix{text, exponent, 0};
}

/// In billionths; empty when it is not a quantity, is finer than a billionth, or does not fit.
std::optional<Wide> parse_quantity(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);

  Wide amount = 0;
  int ten = 9;
  bool digits = false;
  bool fraction = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    digits = true;
    if (fraction) --ten;
    if (__builtin_mul_overflow(amount, Wide{10}, &amount)) return std::nullopt;
    if (__builtin_add_overflow(amount, Wide{c - '0'}, &amount)) return std::nullopt;
  }
  const auto scale = scale_of(text.substr(at));
  if (!digits || !scale) return std::nullopt;
  for (int i = 0; i < scale->two; ++i) {
    if (__builtin_mul_overflow(amount, Wide{2}, &amount)) return std::nullopt;
  }
  for (ten += scale->ten; ten > 0; --ten) {
    if (__builtin_mul_overflow(amount, Wide{10}, &amount)) return std::nullopt;
  }
  for (; ten < 0; ++ten) {
    if (amount % 10 != 0) return std::nullopt;
    amount /= 10;
  }
  return negative ? -amount : amount;
}

}  // namespace

Mib to_mib(Gib amount) {
  return {amount.value * kMibInGib};
}

std::string kube_mib(Mib amount) {
  if (amount.value % kMibInGib == 0) return kube_gib(Gib{amount.value / kMibInGib});
  return std::to_string(amount.value) + "Mi";
}

Means means_of(const model::Reservation& reservation, Gib ephemeral) {
  return {reservation.load.cpu, to_mib(reservation.load.memory), to_mib(ephemeral)};
}

Means one_part_of(const Means& means, std::int64_t parts) {
  const auto part = [parts](std::int64_t whole) { return std::max<std::int64_t>(whole / parts, 1); };
  return {{part(means.cpu.value)}, {part(means.memory.value)}, {part(means.ephemeral.value)}};
}

Means at_most(const Means& means, const Means& limit) {
  return {std::min(means.cpu, limit.cpu), std::min(means.memory, limit.memory),
          std::min(means.ephemeral, limit.ephemeral)};
}

std::optional<bool> same_quantity(std::string_view left, std::string_view right) {
  const auto a = parse_quantity(left);
  const auto b = parse_quantity(right);
  if (!a || !b) return std::nullopt;
  return *a == *b;
}

}  // namespace berth::manifests
