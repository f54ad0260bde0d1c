#include "store/codecs.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace berth::store {

Error newer_version(std::string_view what, std::string_view word) {
  constexpr std::size_t kShownBytes = 63;
  return {.code = Code::kUnavailable,
          .message = fmt::format("made by a newer version: {} \"{}\"", what, first_bytes(word, kShownBytes)),
          .slug = std::string(kNewerVersion),
          .fields = {},
          .retry_after_seconds = 0};
}

}  // namespace berth::store
