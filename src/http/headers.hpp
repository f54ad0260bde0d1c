// Small rules about header names and values, and the id of a request.
#pragma once

#include <string_view>

namespace berth::http {

bool equal_without_case(std::string_view left, std::string_view right);
/// A token of RFC 9110: what a header name or a method is made of.
bool is_token(std::string_view text);
/// No CR, LF, NUL or other control character save the tab: such a value cannot begin a header of its own.
bool is_header_value(std::string_view text);
/// [A-Za-z0-9._-]{1,64}
bool is_request_id(std::string_view text);

}  // namespace berth::http
