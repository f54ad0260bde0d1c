// What a server's refusal means to who has to act on it, and how long to wait before asking again.
#pragma once

#include <chrono>
#include <string_view>

#include "base/result.hpp"
#include "modelcache/source.hpp"

namespace berth::modelcache {

struct Refusal {
  long status = 0;
  std::string_view error_code{};  // X-Error-Code
  int retry_after_seconds = 0;
  bool had_token = false;
};

/// In words, with a code by which it is known whether to ask again (kTooMany, kUnavailable).
Error refusal(const Source& source, std::string_view asked_for, const Refusal& refused);

/// Faults that pass by themselves, so that it is worth asking again.
bool may_pass(Code code);

inline constexpr std::chrono::seconds kLongestPause{30};
inline constexpr std::chrono::seconds kLongestAskedPause{300};

/// Before the try after `failed` ones in a row: doubles, and never less than the server asked for, within
/// limits.
std::chrono::milliseconds pause_after(int failed, std::chrono::milliseconds first, int asked_seconds);

/// Seconds of a Retry-After header; 0 for a date or anything else.
int retry_after(std::string_view header);

}  // namespace berth::modelcache
