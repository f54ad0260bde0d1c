#include "cli/guess.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

std::string other_programs_word(std::string_view typed) {
  struct Word {
    std::string_view theirs;
    std::string_view ours;
  };
  // What a program wrote is the cluster's to tell: the portal does not speak to it (decisions 46 and 48).
  constexpr std::array kWords{
      Word{"logs",
           "; what programs of a workspace wrote: berth kubeconfig NAME --output FILE, then kubectl "
           "--kubeconfig FILE logs "
           "deployment/workspace; a terminal in it: berth shell NAME"},
      Word{"find",
           "; did you mean free? And berth book CLASS --for 2h --dry-run names what would fit instead"},
      Word{"ssh", "; did you mean shell?"},
      Word{"exec", "; did you mean shell? As in berth shell NAME -- COMMAND"},
      Word{"ls", "; did you mean list?"},
      Word{"ps", "; did you mean list?"},
      Word{"describe", "; did you mean show?"},
      Word{"create", "; did you mean book?"},
      Word{"reserve", "; did you mean book?"},
      Word{"stop", "; did you mean end?"},
      Word{"delete", "; did you mean cancel, or end once it runs?"},
      Word{"rm", "; did you mean cancel, or end once it runs?"},
      Word{"code", "; did you mean open?"},
  };
  const auto* found = std::ranges::find(kWords, typed, &Word::theirs);
  return found == kWords.end() ? "" : std::string(found->ours);
}

}  // namespace berth::cli
