#include "kube/lease.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace berth::kube {

namespace {

// A broken record must not lock everyone out for good.
constexpr std::int64_t kMaxDurationSeconds = 24L * 3600;

}  // namespace

LeaseRecord read_lease(const json::value& lease) {
  return {.holder = string_at(lease, {"spec", "holderIdentity"}),
          .duration_seconds = find_int(lease, {"spec", "leaseDurationSeconds"}).value_or(0),
          .acquire_time = string_at(lease, {"spec", "acquireTime"}),
          .renew_time = string_at(lease, {"spec", "renewTime"}),
          .transitions = find_int(lease, {"spec", "leaseTransitions"}).value_or(0)};
}

void write_lease(json::value& lease, const LeaseRecord& record) {
  if (!lease.is_object()) lease.emplace_object();
  auto& spec_value = lease.get_object()["spec"];
  auto& spec = spec_value.is_object() ? spec_value.get_object() : spec_value.emplace_object();
  spec["holderIdentity"] = record.holder;
  spec["leaseDurationSeconds"] = record.duration_seconds;
  spec["acquireTime"] = record.acquire_time;
  spec["renewTime"] = record.renew_time;
  spec["leaseTransitions"] = record.transitions;
}

Sighting look(const std::optional<Sighting>& known, const LeaseRecord& record, SteadyTime now) {
  if (known && known->record == record) return *known;
  return {.record = record, .at = now};
}

Claim decide(const Sighting& seen, std::string_view identity, SteadyTime now) {
  if (seen.record.holder == identity) return Claim::kRenew;
  if (seen.record.holder.empty()) return Claim::kTake;
  const std::chrono::seconds promised(
      std::clamp<std::int64_t>(seen.record.duration_seconds, 0, kMaxDurationSeconds));
  return now < seen.at + promised ? Claim::kWait : Claim::kTake;
}

LeaseRecord claimed(const LeaseRecord& current, Claim claim, std::string_view identity,
                    std::int64_t duration_seconds, Instant wall) {
  LeaseRecord next{.holder = std::string(identity),
                   .duration_seconds = duration_seconds,
                   .acquire_time = current.acquire_time,
                   .renew_time = format_micro_time(wall),
                   .transitions = current.transitions};
  if (claim == Claim::kTake || next.acquire_time.empty()) next.acquire_time = next.renew_time;
  if (claim == Claim::kTake) ++next.transitions;
  return next;
}

LeaseRecord given_back(const LeaseRecord& current, Instant wall) {
  auto next = current;
  next.holder.clear();
  next.duration_seconds = 1;  // the API refuses 0
  next.renew_time = format_micro_time(wall);
  next.acquire_time = next.renew_time;
  return next;
}

std::string format_micro_time(Instant at) {
  auto text = format_rfc3339(at);
  if (text.find('.') == std::string::npos) text.insert(text.size() - 1, ".000000");
  return text;
}

}  // namespace berth::kube
