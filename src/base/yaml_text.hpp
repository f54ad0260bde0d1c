// JSON as the YAML that a person edits.
#pragma once

#include <span>
#include <string>

#include "base/json.hpp"

namespace berth {

/// A stream of documents, each read again by yaml_documents as the same value.
std::string yaml_text(std::span<const json::value> documents);

}  // namespace berth
