// Where `berth kubeconfig` writes, and what it says of it.
#pragma once

#include <filesystem>
#include <string>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::cli {

/// kConflict where there is something of that name that `force` does not replace, or that is no plain file.
Status check_kubeconfig_file(const std::filesystem::path& file, bool force);
/// The same, and it is there then, for its owner alone to read.
Status write_kubeconfig(const std::filesystem::path& file, std::string_view text, bool force);

/// "valid until Tue 24 Nov 18:00 CET, this workspace only", and that it ends before its reservation where it
/// does.
std::string validity_text(const json::value& given, const json::value& reservation, Instant now);

}  // namespace berth::cli
