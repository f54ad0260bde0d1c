// What people type and read: lengths, times as they are shown, tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "cli/zone.hpp"

namespace berth::cli {

/// Of an id, so many characters are shown: enough to tell those of one list apart, and to name one by.
inline constexpr std::size_t kShownIdBytes = 8;

/// "2h", "90m", "1h30m", "3d", at least a minute.
Result<minutes> parse_length(std::string_view text);

/// "Tue 24 Nov 14:00 CET" in the machine's own zone, with the year when it is not `now`'s.
std::string show_time(Instant at, Instant now);
std::string show_time(std::string_view rfc3339, Instant now);
/// "14:00", beside a time that says day and zone.
std::string show_clock(Instant at);
/// As show_time, by the clocks of another zone.
std::string show_time(Instant at, Instant now, const Zone& zone);
/// "2 h 10 min", "45 s".
std::string show_length(Duration length);

/// Columns as wide as their widest cell, two blanks between.
std::string table(const std::vector<std::vector<std::string>>& rows);

/// One word of a command as a shell takes it, in quotes where it needs them.
std::string shell_word(std::string_view text);

/// A text in at most `most` characters, cut with "..." where it is longer.
std::string cut(std::string_view text, std::size_t most);

/// The same text with every RFC 3339 time in it as show_time shows it.
std::string with_local_times(std::string_view text, Instant now);

/// Cluster text and names as a terminal may show them: control characters become '?'.
std::string plain(std::string_view text);
/// "a, b", of those that are texts, made plain.
std::string comma_joined(const json::array& words);

}  // namespace berth::cli
