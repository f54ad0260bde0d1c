// What the commands about model servers read and print, as values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "modelmemory/modelmemory.hpp"

namespace berth::cli {

/// "24Gi", "24GiB", "96G", "96GB": bytes, from 1 GiB to 16 TiB. kInvalid.
Result<std::int64_t> parse_memory(std::string_view text);

json::value to_json(const modelmemory::Model& model, const modelmemory::Question& question,
                    const modelmemory::Fit& fit);
/// A table, what fits, and, where what was asked for does not, what would.
std::string fit_text(const std::string& name, const modelmemory::Model& model,
                     const modelmemory::Question& question, const modelmemory::Fit& fit);

}  // namespace berth::cli
