// From when to when a certificate holds, and what there is to say about it.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"

namespace berth::http {

struct CertificateDates {
  Instant from;
  Instant until;
};

/// One that has so little left should be new by now: who renews them has had two weeks and more.
inline constexpr std::chrono::hours kRunsOutSoon{14 * 24};

struct CertificateTrouble {
  std::string what;
  bool refused = false;  // by every client; else it is only soon
};

/// Of the first certificate of a PEM file, which is the one that clients are shown; none when it cannot be
/// read.
std::optional<CertificateDates> dates_in(const std::string& file);

/// Nothing while all is well.
std::optional<CertificateTrouble> trouble_of(const CertificateDates& dates, Instant now);

}  // namespace berth::http
