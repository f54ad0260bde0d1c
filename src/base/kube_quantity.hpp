// Kubernetes quantities ("500m", "92Gi", "1e3") as the API server reads them, for whoever compares them or
// calculates with them.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace berth {

__extension__ typedef __int128 Int128;

/// An amount in billionths, the finest part that Kubernetes keeps, and how it was written.
struct KubeQuantity {
  enum class Notation {
    kDecimal,   // "1", "500m", "2k", "1E"
    kBinary,    // "92Gi"
    kExponent,  // "1e3", "1E-3"
  };

  Int128 nano = 0;
  Notation notation = Notation::kDecimal;
};

/// A sign, digits with a point or without, and nothing, a suffix (n u m k M G T P E, Ki Mi Gi Ti Pi Ei) or an
/// exponent. What is finer than a billionth is rounded up, away from zero; a binary amount stops at 2^63 - 1.
/// Both as Kubernetes does. kInvalid for anything else, and for a text without any digit, which Kubernetes
/// takes for 0; kTooLarge for amounts of 10^29 and more, which it takes and no resource has.
Result<KubeQuantity> parse_kube_quantity(std::string_view text);

}  // namespace berth
