// What a connection string says, read as libpq reads it.
#pragma once

#include <string>

namespace berth::pg {

/// True for a connection string or URL with a password in it. False for what libpq cannot read: connecting
/// says why.
bool carries_password(const std::string& conninfo);

}  // namespace berth::pg
