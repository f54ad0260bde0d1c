// Streams in memory, for tests.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "backup/sealed_stream.hpp"

namespace berth::backup {

inline Sink into(std::string& out) {
  return [&out](std::string_view bytes) -> Status {
    out.append(bytes);
    return {};
  };
}

/// At most `step` bytes at a time, as a pipe gives them.
inline Source out_of(std::string bytes, std::size_t step = 1000) {
  const auto left = std::make_shared<std::pair<std::string, std::size_t>>(std::move(bytes), 0);
  return [left, step](std::span<char> room) -> Result<std::size_t> {
    const auto count = std::min({room.size(), step, left->first.size() - left->second});
    std::memcpy(room.data(), left->first.data() + left->second, count);
    left->second += count;
    return count;
  };
}

inline Result<std::string> all_of(Result<Opener> opener) {
  if (!opener) return fail(opener.error());
  std::string all;
  while (true) {
    const auto piece = opener->next();
    if (!piece) return fail(piece.error());
    if (piece->empty()) return all;
    all.append(*piece);
  }
}

}  // namespace berth::backup
