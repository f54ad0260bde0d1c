// Files that the program carries in itself; tools/embed.py writes the definitions.
#pragma once

#include <span>
#include <string_view>

namespace berth::base {

struct EmbeddedFile {
  std::string_view path;  // relative to the folder that was embedded
  std::string_view bytes;
};

}  // namespace berth::base
