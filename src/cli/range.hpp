// A range of time as people type it: --from and --to.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "cli/times.hpp"

namespace berth::cli {

struct Range {
  std::optional<Instant> from{};
  std::optional<Instant> to{};
};

/// Each as parse_time reads it, or `now`; empty where it was not typed. Where one looks back, the name of a
/// day is the last one, and as the end of a range the first one after its beginning. kInvalid (field "from"
/// or "to") for what is no time, and for a range that ends before it begins: it holds nothing.
Result<Range> parse_range(const std::string& from, const std::string& to, Reference reference);

}  // namespace berth::cli
