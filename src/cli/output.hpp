// Answers as people and programs read them.
#pragma once

#include <optional>
#include <string>

#include "cli/api_client.hpp"
#include "cli/words.hpp"

namespace berth::cli {

// Exit codes. 0, 1 and 2 are those of every command of `berth`.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kConflict = 3;    // taken, or changed meanwhile: the answer says what would work
inline constexpr int kNotAllowed = 4;  // not signed in, or not allowed
inline constexpr int kNotFound = 5;
inline constexpr int kUnreachable = 6;  // no server, or one that is not ready

int exit_code_of(long status);
int exit_code_of(const Error& error);

/// A problem in words: its detail, a line for each field, and what could be booked instead.
std::string problem_text(const json::value& problem, Instant now);

std::string pools_text(const json::value& pools);
std::string free_text(const json::value& availability, Instant now);
std::string list_text(const json::value& page, Instant now);
std::string reservation_text(const json::value& reservation, Instant now);
/// What a booking or a change would come to.
std::string forecast_text(const json::value& forecast, Instant now, std::optional<minutes> asked = {});
/// The same, of one that fits, in short: what, from when to when, and for how much.
std::string plan_text(const json::value& forecast, Instant now, std::optional<minutes> asked = {});

/// That it is longer than `asked`, and what it costs; empty where it is not.
std::optional<std::string> longer_than_asked(const json::value& reservation, minutes asked);
/// What is wrong with a booking that was repeated with its key and is no more; empty where it is.
std::optional<std::string> lost_repeat(const json::value& reservation);
/// The steps, one line each: name, state, how long, tries, detail.
std::string session_text(const json::value& session, Instant now);

}  // namespace berth::cli
