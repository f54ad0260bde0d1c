// Which fields hold what nobody may repeat.
#pragma once

#include <string_view>

namespace berth {

/// True for a field, or a path like "users[0].new_password", whose value is not to be shown: one of its names
/// speaks of a password, a secret, a key or a token. Plurals such as "output_tokens" are numbers of them.
bool names_secret(std::string_view path);

}  // namespace berth
