// The state of a simulated cluster as a file: one JSON document with all objects.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "simcluster/store.hpp"

namespace berth::simcluster {

/// The document, as text.
std::string dump_state(const Store& store);

/// Reads it back into an empty store. kMalformed, with what is wrong and where, when it is not whole.
Status restore_state(std::string_view document, Store& store);

/// "simcluster.json" in the state directory.
std::filesystem::path state_file(const std::filesystem::path& state_dir);

/// Nothing is restored when there is no file.
Status load_state_file(const std::filesystem::path& file, Store& store);

}  // namespace berth::simcluster
