// When people in a workspace are told that it ends soon, and in which words. Pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace berth::said {

/// So long before the end, the earliest first.
inline constexpr std::array kNoticeBefore{minutes(30), minutes(10)};

/// One notice: of which end, and which of kNoticeBefore.
struct Notice {
  Instant end;
  minutes before{0};
  bool operator==(const Notice&) const = default;
};

/// What is to be told now; `told` is what was told last. Each notice of an end is told once, and of two that
/// are due only the later one; with another end both are to be told anew. Nothing once it is over.
std::optional<Notice> due_notice(Instant now, Instant end, const std::optional<Notice>& told);

/// "Your workspace ends at 18:00 (in 30 minutes), and its files are deleted. Extend it with: berth extend
/// 1h". `clock` is the end by the clocks that are shown to people; `kept_days` how long the files are kept
/// then, 0 for not at all, nothing where that is not known.
std::string notice_text(std::string_view clock, Duration left, const std::optional<int>& kept_days);

}  // namespace berth::said
