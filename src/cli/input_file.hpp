// Files that a command was given to read.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::cli {

/// All of a file, or of standard input where `path` is "-". kInvalid when it cannot be opened, is no file, or
/// is longer than kMaxYamlBytes.
Result<std::string> read_input(const std::string& path);

/// The YAML or JSON documents of such a file. kInvalid, naming the file and the place in it, for what is no
/// YAML: the user's to mend, as any other fault of the file is.
Result<std::vector<json::value>> read_documents(const std::string& path);
/// The same of what was read already, by `read_input`.
Result<std::vector<json::value>> documents_of(const std::string& text, const std::string& path);

}  // namespace berth::cli
