// A time zone as far as a command line needs it: how far its clocks are from UTC at an instant.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace berth::cli {

/// The machine's zone (TZ), one of the system's by its name, or a fixed offset. Reading a named one sets TZ
/// for a moment: for the command line, which has one thread, and no other.
class Zone {
 public:
  static Zone here();
  /// "Asia/Tokyo", "UTC"; kInvalid when the system has none of that name.
  static Result<Zone> named(std::string_view name);
  static Zone fixed(minutes offset);

  seconds offset(Instant at) const;
  /// "CEST"; an offset where it has no letters.
  std::string abbreviation(Instant at) const;
  /// "here", or as it was named.
  std::string where() const;

 private:
  Zone() = default;

  std::string name_{};               // empty: the machine's
  std::optional<minutes> offset_{};  // of a fixed one
};

}  // namespace berth::cli
