// Answers that are asked for again and again: calendars, lists, sums. They are compressed for who takes that,
// and have a tag by their content, so that who has the same already is told so in a few bytes.
#pragma once

#include <string>
#include <string_view>

#include "http/http.hpp"

namespace berth::portal {

/// Shorter ones are sent as they are: compressed they would hardly be smaller.
inline constexpr std::size_t kCompressFromBytes = 1024;

/// Whether one of a header's comma-separated entries is `wanted`, parameters aside; "gzip;q=0" is a refusal.
bool lists(std::string_view header, std::string_view wanted);

/// Whether Accept-Encoding takes gzip: in any case, under its old name, or as anything at all.
bool takes_gzip(std::string_view accepted);

/// Of bytes, by what they are; without quotes.
std::string tag_of(std::string_view bytes);

/// Whether the asker has what has this tag (quoted): If-None-Match, compared weakly.
bool has_already(const http::Request& request, std::string_view tag);

/// A whole answer, 200, as its asker wants it: 304 without a body where they have it, gzip where they take
/// it. Whoever keeps it has to ask again each time: it is of one account, and may be another one a moment
/// later. Must hold no secret: its length tells something of what is in it.
http::Response repeated(http::Response whole, const http::Request& request);

}  // namespace berth::portal
