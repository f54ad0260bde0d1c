// A question at a socket of this machine. Internal to this module.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace berth::gate {

/// Whether somebody answers GET `path` there in HTTP, whatever they say.
bool answers(const std::filesystem::path& socket, const std::string& path, std::chrono::milliseconds within);

}  // namespace berth::gate
