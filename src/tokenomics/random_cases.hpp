// Random inputs for property tests, the same in every run.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>

namespace berth::tokenomics {

inline constexpr int kCases = 10'000;

class RandomCases {
 public:
  explicit RandomCases(std::uint64_t seed) : engine_(seed) {}
  double between(double low, double high) { return low + (high - low) * unit_(engine_); }
  /// Every order of magnitude as often as the others; low > 0.
  double scaled(double low, double high) { return std::exp(between(std::log(low), std::log(high))); }
  /// Both ends among them.
  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  bool coin() { return whole(0, 1) == 1; }
  template <typename Values>
  auto one_of(const Values& values) {
    return values[static_cast<std::size_t>(whole(0, static_cast<std::int64_t>(std::size(values)) - 1))];
  }

 private:
  std::mt19937_64 engine_;
  std::uniform_real_distribution<double> unit_{0, 1};
};

}  // namespace berth::tokenomics
