// Where a browser that was let in goes on to.
#pragma once

#include <string>
#include <string_view>

namespace berth::entry {

/// `asked` where it is a path of the host it is on, else the root: what leads elsewhere is not followed.
std::string safe_path(std::string_view asked);

}  // namespace berth::entry
