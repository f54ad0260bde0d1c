// The web page that this program carries: none when it was built without.
#pragma once

#include <span>

#include "base/embedded.hpp"

namespace berth::embedded {
std::span<const base::EmbeddedFile> page();
}
