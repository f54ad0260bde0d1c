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

std::string notice_text(std::string_view clock, Duration left, const std::optional<int>& kept_days) {
  const auto rounded = std::chrono::ceil<minutes>(left).count();
  std::string files;
  if (kept_days == 0) files = ", and its files are deleted";
  if (kept_days > 0)
    files = fmt::format("; its files are kept for {} {}", *kept_days, *kept_days == 1 ? "day" : "days");
  return fmt::format("Your workspace ends at {} (in {} {}){}. Extend it with: berth extend 1h", clock,
                     rounded, rounded == 1 ? "minute" : "minutes", files);
}

}  // namespace berth::said
