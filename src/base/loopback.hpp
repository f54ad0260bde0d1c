// Addresses that only this machine reaches.
#pragma once

#include <string>

namespace berth {

/// "localhost", 127.0.0.0/8, ::1, also in brackets. No other name: what it means is for others to say.
bool is_loopback(std::string host);

}  // namespace berth
