// Sums, differences and products that stop at the ends of their type. In plain arithmetic they would be
// undefined there, and in practice come out on the other side: what is far too much would look like nothing.
#pragma once

#include <cstdint>
#include <limits>

namespace berth {

inline constexpr std::int64_t kMostInt = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kLeastInt = std::numeric_limits<std::int64_t>::min();

constexpr std::int64_t saturating_add(std::int64_t left, std::int64_t right) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(left, right, &sum)) return right > 0 ? kMostInt : kLeastInt;
  return sum;
}

constexpr std::int64_t saturating_subtract(std::int64_t left, std::int64_t right) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(left, right, &difference)) return right < 0 ? kMostInt : kLeastInt;
  return difference;
}

constexpr std::int64_t saturating_multiply(std::int64_t left, std::int64_t right) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(left, right, &product)) return (left < 0) == (right < 0) ? kMostInt : kLeastInt;
  return product;
}

}  // namespace berth
