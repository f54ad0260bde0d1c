// Which of the words that there are may have been meant by one that is none.
#pragma once

#include <string>
#include <vector>

namespace berth::cli {

/// "; did you mean book?" after the nearest of `words`; empty when none is near.
std::string did_you_mean(const std::string& typed, const std::vector<std::string>& words);

}  // namespace berth::cli
