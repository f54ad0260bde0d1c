// Kubernetes quantities ("500m", "92Gi", "1e3"): read, added, compared and written back as the API server
// writes them.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/kube_quantity.hpp"
#include "base/result.hpp"

namespace berth::simcluster {

/// An amount in thousandths; finer ones ("u", "n") are rounded up. The notation is part of the value, because
/// sums are written in the notation of their first operand that is not zero.
struct Quantity {
  using Notation = KubeQuantity::Notation;

  std::int64_t milli = 0;
  Notation notation = Notation::kDecimal;

  bool operator==(const Quantity& other) const { return milli == other.milli; }
  std::strong_ordering operator<=>(const Quantity& other) const { return milli <=> other.milli; }
  Quantity operator+(const Quantity& other) const;
  Quantity operator-(const Quantity& other) const;
};

Quantity whole(std::int64_t count);

/// kInvalid when the text is no quantity or is beyond 9.2e15 (8 Pi).
Result<Quantity> parse_quantity(std::string_view text);
/// A quantity as JSON may hold it: a string, or a plain number.
Result<Quantity> read_quantity(const json::value& value);

/// The canonical form: "0.5" is "500m", "1024Mi" is "1Gi", "15000" is "15k".
std::string format_quantity(Quantity amount);

}  // namespace berth::simcluster
