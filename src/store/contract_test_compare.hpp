// What two forms of ControlRows answered and what they keep, compared.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "store/control_rows.hpp"
#include "storetwin/rows.hpp"

namespace berth::store {

inline std::string told(const Error& error) {
  return fmt::format("{} {}", to_string(error.code), error.slug);
}
template <typename T>
bool same(const Result<T>& a, const Result<T>& b) {
  return a && b ? *a == *b : !a && !b && told(a.error()) == told(b.error());
}
inline bool same(const Status& a, const Status& b) {
  return a && b ? true : !a && !b && told(a.error()) == told(b.error());
}
inline bool same(const NamespaceRows& a, const NamespaceRows& b) {
  return a.live == b.live && a.gone == b.gone;
}

inline planning::Desired sorted(planning::Desired desired) {
  std::sort(desired.holds.begin(), desired.holds.end());
  std::sort(desired.findings.begin(), desired.findings.end());
  return desired;
}

/// The names of what differs.
inline std::string differences(const storetwin::Rows& a, const storetwin::Rows& b) {
  std::string names;
  const auto look = [&](bool equal, const char* name) { names += equal ? "" : std::string(" ") + name; };
  look(a.tables.reservations == b.tables.reservations, "reservations");
  look(a.tables.claims == b.tables.claims, "claims");
  look(a.tables.sessions == b.tables.sessions, "sessions");
  look(a.tables.holds == b.tables.holds, "holds");
  look(a.tables.homes == b.tables.homes, "homes");
  look(a.tables.findings == b.tables.findings, "findings");
  look(a.leaders == b.leaders, "leaders");
  look(a.beats == b.beats, "heartbeats");
  look(a.events == b.events, "events");
  look(a.audited == b.audited, "audit rows");
  return names;
}

}  // namespace berth::store
