#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace berth::kube {

/// The whole of a file. kNotFound when there is none, kTooLarge beyond the limit. The path is in the error,
/// the content never.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes);

}  // namespace berth::kube
