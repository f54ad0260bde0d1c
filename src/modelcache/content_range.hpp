// "bytes 0-99/1000".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace berth::modelcache {

struct ContentRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::optional<std::int64_t> total;  // none for "*"
  bool operator==(const ContentRange&) const = default;
};
std::optional<ContentRange> parse_content_range(std::string_view text);

}  // namespace berth::modelcache
