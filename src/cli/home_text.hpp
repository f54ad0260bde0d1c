// What becomes of a person's files, and those that outlived their session, as a terminal shows them. Pure.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::cli {

/// A HomeForecast in one line: what is there of one's files when it begins, where `begins` (it has not yet),
/// and what becomes of them at its end. Empty where nothing is known.
std::string files_text(const json::value& home, bool begins, Instant now);

/// The answer of GET /homes as a table; a sentence where there are none.
std::string homes_text(const json::value& list, Instant now);

/// The home that `ref` means: its id, its first characters, or the name of the reservation that had it last.
/// kInvalid when several are meant, kNotFound when none is.
Result<json::value> choose_home(const std::string& ref, const json::array& homes);

}  // namespace berth::cli
