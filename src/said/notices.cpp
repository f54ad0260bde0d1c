#include "said/notices.hpp"

#include <fmt/format.h>

namespace berth::said {

std::optional<Notice> due_notice(Instant now, Instant end, const std::optional<Notice>& told) {
  if (now >= end) return std::nullopt;
  std::optional<Notice> due;
  for (const auto before : kNoticeBefore) {
    if (end - now <= before) due = Notice{end, before};
  }
  const bool known = due && told && told->end == end && told->before <= due->before;
  return known ? std::nullopt : due;
}

std::string notice_text(std::string_view clock, Duration left) {
  const auto rounded = std::chrono::ceil<minutes>(left).count();
  return fmt::format("Your workspace ends at {} (in {} {}). Extend it with: berth extend 1h", clock, rounded,
                     rounded == 1 ? "minute" : "minutes");
}

}  // namespace berth::said
