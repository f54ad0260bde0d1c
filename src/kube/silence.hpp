// A stream from which nothing came for longer than its reader was ready to wait.
#pragma once

#include <string_view>

namespace berth::kube {

/// The slug of the error with which such a stream ends.
inline constexpr std::string_view kSilentSlug = "silent";

}  // namespace berth::kube
