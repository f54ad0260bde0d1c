// berth extend and berth open: a session that goes on, and the way into it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "cli/times.hpp"

namespace berth::cli {

/// By how much, or until when; at most one of them, as typed. Neither: only the question how far it could go.
struct TypedExtension {
  std::string by;
  std::string until;
  bool most = false;
};

/// What `extend` of the API takes for "--by" or "--until", with the version that was read. `step` is the
/// pool's; for the question and for --max it is asked for one step more: the answer tells how far it could
/// go.
Result<json::object> extension_of(const TypedExtension& typed, const json::value& reservation,
                                  const Reference& now, minutes step);

/// What `body` asks for is less than the extension to `end` is, for a booking ends on a step of the calendar:
/// a sentence about it. Empty where it is what was asked for.
std::optional<std::string> longer_extension(const json::object& body, const json::value& reservation,
                                            std::string_view end);

/// The latest end that a forecast says, where it is later than the end that there is.
std::optional<Instant> furthest_end(const json::value& forecast, const json::value& reservation);

/// How far it could go, in words.
std::string furthest_text(const json::value& forecast, const json::value& reservation, Instant now);

/// The address of the workspace, or in words why there is none yet or any more. `session` is null before the
/// start.
Result<std::string> workspace_address(const json::value& reservation, const json::value& session,
                                      Instant now);

}  // namespace berth::cli
