#include "simcluster/fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace berth::simcluster {
namespace {

using enum FaultKind;

struct NamedKind {
  FaultKind kind;
  std::string_view name;
};
constexpr std::array kKindNames{
    NamedKind{kStatus, "status"},
    NamedKind{kLatency, "latency"},
    NamedKind{kCutBefore, "cut_before"},
    NamedKind{kCutAfter, "cut_after"},
    NamedKind{kWatchGone, "watch_gone"},
    NamedKind{kQuotaStalled, "quota_stalled"},
    NamedKind{kNamespaceStuck, "namespace_stuck"},
    NamedKind{kPodNeverReady, "pod_never_ready"},
    NamedKind{kPodCrash, "pod_crash"},
    NamedKind{kImagePullError, "image_pull_error"},
    NamedKind{kPodStuck, "pod_stuck"},
    NamedKind{kNodeNotReady, "node_not_ready"},
};

bool on_requests(FaultKind kind) {
  return kind <= kWatchGone;
}

bool fits(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return true;
  if (pattern.ends_with('*')) return text.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == text;
}

Status check(const Fault& fault) {
  if (fault.times == 0 || fault.times < -1) {
    return fail(invalid_field("times", std::to_string(fault.times), ">= 1 or -1",
                              "times must be 1 or more, or -1 for all."));
  }
  if (fault.kind == kStatus && (fault.code < 400 || fault.code > 599)) {
    return fail(
        invalid_field("code", std::to_string(fault.code), "400 to 599", "code must be an HTTP error."));
  }
  if (fault.latency.count() < 0 || fault.latency > Faults::kMaxLatency) {
    return fail(invalid_field("latency_ms", std::to_string(fault.latency.count()),
                              fmt::format("0 to {}", Faults::kMaxLatency.count()),
                              "latency_ms is out of range."));
  }
  return {};
}

}  // namespace

Result<std::uint64_t> Faults::add(Fault fault) {
  if (auto ok = check(fault); !ok) return fail(ok.error());
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kMaxFaults)
    return fail(Code::kTooMany, fmt::format("more than {} faults", kMaxFaults));
  entries_.push_back({next_id_, std::move(fault)});
  return next_id_++;
}

bool Faults::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(entries_, [&](const Entry& entry) { return entry.id == id; }) > 0;
}

void Faults::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

std::vector<Faults::Entry> Faults::all() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

std::vector<Fault> Faults::take(std::string_view verb, std::string_view resource, std::string_view ns,
                                std::string_view name) {
  const std::lock_guard lock(mutex_);
  std::vector<Fault> out;
  for (auto& [id, fault] : entries_) {
    if (!on_requests(fault.kind) || !fits(fault.verb, verb) || !fits(fault.resource, resource) ||
        !fits(fault.ns, ns) || !fits(fault.name, name)) {
      continue;
    }
    if (fault.kind == kWatchGone && verb != "watch") continue;
    out.push_back(fault);
    if (fault.times > 0) --fault.times;
  }
  std::erase_if(entries_, [](const Entry& entry) { return entry.fault.times == 0; });
  return out;
}

std::optional<Fault> Faults::lasting(FaultKind kind, std::string_view ns, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, fault] : entries_) {
    if (fault.kind == kind && fits(fault.ns, ns) && fits(fault.name, name)) return fault;
  }
  return std::nullopt;
}

Result<Fault> fault_from_json(const json::value& text) {
  if (!text.is_object()) return fail(Code::kMalformed, "a fault is a JSON object");
  Fault fault;
  const auto kind = string_at(text, {"kind"});
  const auto named = std::ranges::find(kKindNames, kind, &NamedKind::name);
  if (named == kKindNames.end()) {
    std::string known;
    for (const auto& one : kKindNames) known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
    return fail(invalid_field("kind", kind, known, "There is no such kind of fault."));
  }
  fault.kind = named->kind;
  fault.verb = string_at(text, {"verb"});
  fault.resource = string_at(text, {"resource"});
  fault.ns = string_at(text, {"namespace"});
  fault.name = string_at(text, {"name"});
  const auto int_of = [&](std::string_view field, int fallback) {
    return static_cast<int>(
        std::clamp<std::int64_t>(find_int(text, {field}).value_or(fallback), -1'000'000, 1'000'000));
  };
  fault.times = int_of("times", 1);
  fault.code = int_of("code", 500);
  fault.retry_after_seconds = int_of("retry_after_seconds", 0);
  fault.latency = std::chrono::milliseconds(int_of("latency_ms", 0));
  if (auto reason = berth::find_string(text, {"reason"})) fault.reason = *reason;
  if (auto message = berth::find_string(text, {"message"})) fault.message = *message;
  constexpr std::array<std::string_view, 11> kKnown{
      "kind", "verb",   "resource", "namespace",           "name",      "times",
      "code", "reason", "message",  "retry_after_seconds", "latency_ms"};
  for (const auto& [field, value] : text.get_object()) {
    if (std::ranges::find(kKnown, std::string_view(field)) == kKnown.end()) {
      return fail(invalid_field(field, "", "", "There is no such field of a fault."));
    }
  }
  if (auto ok = check(fault); !ok) return fail(ok.error());
  return fault;
}

json::object fault_to_json(std::uint64_t id, const Fault& fault) {
  const auto* named = std::ranges::find(kKindNames, fault.kind, &NamedKind::kind);
  return {{"id", id},
          {"kind", named->name},
          {"verb", fault.verb},
          {"resource", fault.resource},
          {"namespace", fault.ns},
          {"name", fault.name},
          {"times", fault.times},
          {"code", fault.code},
          {"reason", fault.reason},
          {"message", fault.message},
          {"retry_after_seconds", fault.retry_after_seconds},
          {"latency_ms", fault.latency.count()}};
}

}  // namespace berth::simcluster
