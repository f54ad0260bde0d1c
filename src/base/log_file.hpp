// A log in a file that may not be writable.
#pragma once

#include <string>

#include "base/log.hpp"
#include "base/result.hpp"

namespace berth {

/// Log::to_file; kUnavailable, with path and reason, where the file cannot be opened. Lines that cannot be
/// written later, on a full disk for instance, are lost: standard error is told so, once a minute.
Result<Log> open_log(std::string component, LogLevel level, const std::string& path);

}  // namespace berth
