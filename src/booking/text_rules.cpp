#include <fmt/format.h>

#include "base/text.hpp"
#include "booking/rules.hpp"

namespace berth::booking {

std::string in_words(seconds length) {
  using days = std::chrono::days;
  if (length >= hours(48) && length % days(1) == seconds(0)) return fmt::format("{} days", length / days(1));
  std::string out;
  const auto part = [&](auto count, const char* unit) {
    if (count != 0) out += fmt::format("{}{} {}", out.empty() ? "" : " ", count, unit);
  };
  part(length / hours(1), "h");
  part(length % hours(1) / minutes(1), "min");
  part(length % minutes(1) / seconds(1), "s");
  return out.empty() ? "0 min" : out;
}

void check_name(std::string_view name, Faults& faults) {
  if (name.size() > kMaxNameBytes) {
    faults.add("name", shown(name), std::to_string(kMaxNameBytes),
               fmt::format("Name is {} bytes long. Longest: {}.", name.size(), kMaxNameBytes));
    return;
  }
  for (std::string_view rest = name; !rest.empty();) {
    const Character next = first_character(rest);
    if (next.bytes == 0) {
      faults.add("name", shown(name), "UTF-8", "Name is not valid UTF-8.");
      return;
    }
    if (is_control(next.code)) {
      faults.add("name", shown(name), "no control characters",
                 "Name holds a control character, such as a line break or a tab. Leave it out.");
      return;
    }
    rest.remove_prefix(next.bytes);
  }
}

}  // namespace berth::booking
