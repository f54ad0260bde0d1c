// Which of the words that there are may have been meant by one that is none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::cli {

/// "; did you mean book?" after the nearest of `words`; empty when none is near.
std::string did_you_mean(const std::string& typed, const std::vector<std::string>& words);

/// The same of a command that other programs have and this one calls otherwise, or leaves to another: "; did
/// you mean list?",
/// "; what its programs wrote: ...". Empty where it is none of these.
std::string other_programs_word(std::string_view typed);

}  // namespace berth::cli
