// What a Lease says, and what follows from it. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "kube/transport.hpp"

namespace berth::kube {

struct LeaseRecord {
  std::string holder{};  // empty: given back
  std::int64_t duration_seconds = 0;
  std::string acquire_time{};
  std::string renew_time{};
  std::int64_t transitions = 0;
  bool operator==(const LeaseRecord&) const = default;
};

LeaseRecord read_lease(const json::value& lease);

/// `lease` (a whole object, or one without spec) with the record in it; what else it holds stays.
void write_lease(json::value& lease, const LeaseRecord& record);

/// A record and when it was first seen so, by our own clock: the times inside it are another machine's and
/// are never compared with ours.
struct Sighting {
  LeaseRecord record{};
  SteadyTime at{};
};

/// `known` while the record is still the same, else a new sighting at `now`.
Sighting look(const std::optional<Sighting>& known, const LeaseRecord& record, SteadyTime now);

enum class Claim {
  kWait,   // another holds it
  kRenew,  // it is ours
  kTake,   // nobody holds it, or the holder has not renewed it for as long as it promised to
};
Claim decide(const Sighting& seen, std::string_view identity, SteadyTime now);

/// The record to write for kRenew and kTake. `wall` is only shown to people.
LeaseRecord claimed(const LeaseRecord& current, Claim claim, std::string_view identity,
                    std::int64_t duration_seconds, Instant wall);
/// The record that gives a lease back.
LeaseRecord given_back(const LeaseRecord& current, Instant wall);

/// Kubernetes' MicroTime: always six digits of fraction.
std::string format_micro_time(Instant at);

}  // namespace berth::kube
