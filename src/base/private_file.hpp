// Files that only their owner may read.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.hpp"

namespace berth {

/// The file holds `bytes` and nothing else, or is as it was: they are written beside it, flushed to the disk
/// and renamed. Private from its first byte on: made with its mode, not changed to it afterwards.
/// kUnavailable, naming the file and the reason.
Status write_private_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace berth
