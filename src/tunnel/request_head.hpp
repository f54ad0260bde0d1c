// The head of a request as nginx sends it on. Internal to this module.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::tunnel {

struct RequestHead {
  std::string holder;   // what kHolderHeader said
  std::string without;  // all bytes but that line
};

/// Of bytes that hold a whole head, and maybe what follows; nothing where that header is not there once.
std::optional<RequestHead> take_holder(std::string_view bytes);

}  // namespace berth::tunnel
