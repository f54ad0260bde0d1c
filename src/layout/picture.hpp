// A card and how it is cut, as lines of text.
#pragma once

#include <string>

#include "layout/cuts.hpp"

namespace berth::layout {

/// Three lines: where parts begin, what they are, and what they are called. What nothing covers is dots.
std::string picture_of(const Card& card, const Cut& cut);

}  // namespace berth::layout
