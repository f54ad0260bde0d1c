#include "usage/split.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <numeric>

namespace berth::usage {
namespace {

// Money times time times parts times units is beyond 128 bits.
using Wide = boost::multiprecision::int256_t;

Wide size_of(const Weight& weight) {
  return Wide(weight.time.count()) * weight.parts;
}

}  // namespace

std::int64_t gpu_parts(double gpu_share) {
  return std::max<std::int64_t>(1, std::llround(gpu_share * static_cast<double>(kPartsPerGpu)));
}

std::vector<MoneyMicros> split(MoneyMicros total, std::span<const Weight> weights) {
  std::vector<MoneyMicros> parts(weights.size());
  if (weights.empty()) return parts;
  const auto whole =
      std::accumulate(weights.begin(), weights.end(), Wide(0),
                      [](const Wide& sum, const Weight& weight) { return sum + size_of(weight); });
  if (whole == 0) {
    parts.front() = total;
    return parts;
  }
  std::vector<Wide> remainders(weights.size());
  auto left = total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Wide product = size_of(weights[i]) * total.value;
    parts[i].value = static_cast<std::int64_t>(product / whole);
    remainders[i] = product % whole;
    left -= parts[i];
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return remainders[a] == remainders[b] ? a < b : remainders[a] > remainders[b];
  });
  // Fewer are left than there are parts with a remainder: the remainders add up to that many times `whole`.
  for (std::size_t i = 0; left.value > 0; ++i, left.value -= 1) parts[order[i]].value += 1;
  return parts;
}

}  // namespace berth::usage
