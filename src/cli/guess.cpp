#include "cli/guess.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/slips.hpp"
#include "cli/words.hpp"

namespace berth::cli {

std::string did_you_mean(const std::string& typed, const std::vector<std::string>& words) {
  constexpr std::size_t kLettersASlip = 2;
  constexpr std::size_t kMostSlips = 3;
  std::string best;
  auto fewest = std::clamp<std::size_t>(typed.size() / kLettersASlip, 1, kMostSlips) + 1;
  for (const auto& word : words) {
    const auto distance = slips(typed, word);
    if (distance >= fewest) continue;
    fewest = distance;
    best = word;
  }
  return best.empty() ? "" : fmt::format("; did you mean {}?", plain(best));
}

}  // namespace berth::cli
