#include "cli/booking_title.hpp"

#include <fmt/format.h>

#include "base/instant.hpp"
#include "cli/words.hpp"

namespace berth::cli {

std::string real_end(const json::value& booking) {
  for (const auto* field : {"until", "ended_at"}) {
    if (const auto at = string_at(booking, {field}); !at.empty()) return at;
  }
  return string_at(booking, {"end"});
}

std::string title_of(const json::value& booking) {
  if (const auto name = string_at(booking, {"name"}); !name.empty()) return name;
  const auto start = parse_rfc3339(string_at(booking, {"start"}));
  const auto end = parse_rfc3339(real_end(booking));
  if (!start || !end) return "";
  const auto units = find_int(booking, {"units"}).value_or(1);
  return fmt::format("{}{}, {} to {}", units == 1 ? "" : fmt::format("{} x ", units),
                     string_at(booking, {"device_class"}), show_clock(*start), show_clock(*end));
}

}  // namespace berth::cli
