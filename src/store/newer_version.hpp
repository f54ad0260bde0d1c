// What one version does with the rows of a newer one: it leaves alone what it cannot read, says so, and goes
// on with everything else. What a newer version may write beside an older one is in docs/migrations.md.
#pragma once

#include <string>
#include <string_view>

namespace berth::store {

/// The slug (of kUnavailable) of what cannot be read because it says more than this version knows. Its
/// message is for people: `made by a newer version: state "PENDING"`.
inline constexpr std::string_view kNewerVersion = "newer_version";

/// A member of a list that is there and cannot be shown.
struct Unreadable {
  std::string what;    // a reservation's id, a pool's name
  std::string detail;  // why not
  bool operator==(const Unreadable&) const = default;
};

}  // namespace berth::store
