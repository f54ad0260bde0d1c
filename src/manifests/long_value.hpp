// Long texts of observed objects, as what stands for them in memory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace berth::manifests {

/// Texts up to this many bytes are kept as they are.
inline constexpr std::size_t kMostKept = 256;

/// The text itself, or for a longer one its length and a hash, by which `matches` still tells whether it is
/// the wanted one. The hash is no secret's keeper: whoever could choose a text for it may write the object.
std::string kept_value(std::string_view text);

}  // namespace berth::manifests
