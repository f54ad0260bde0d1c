#include "layout/picture.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace berth::layout {
namespace {

struct Box {
  int start = 0;
  int end = 0;
  std::string upper;  // empty: nothing lies here
  std::string lower;
};

std::vector<Box> boxes_of(const Card& card, const Cut& cut) {
  std::vector<Box> boxes;
  int position = 0;
  for (const auto& part : cut.parts) {
    const auto* profile = part.instance.profile;
    const int start = part.instance.start;
    const int end = profile == nullptr ? card.positions : part.instance.end();
    if (start > position) boxes.push_back({position, start, "", ""});
    auto what = profile == nullptr ? std::string("whole") : std::string(profile->name);
    if (part.unit->replicas > 1) what += fmt::format(" x{}", part.unit->replicas);
    boxes.push_back({start, end, std::move(what), part.unit->name});
    position = end;
  }
  if (position < card.positions) boxes.push_back({position, card.positions, "", ""});
  return boxes;
}

/// Characters for a position, so that every box holds its words.
int scale_of(const std::vector<Box>& boxes) {
  int scale = 1;
  for (const auto& box : boxes) {
    const auto words = static_cast<int>(std::max(box.upper.size(), box.lower.size())) +
                       3;  // the edge, and a blank at both sides
    const int positions = box.end - box.start;
    scale = std::max(scale, (words + positions - 1) / positions);
  }
  return scale;
}

std::string row(const std::vector<Box>& boxes, int scale, std::string Box::* words) {
  std::string line;
  for (const auto& box : boxes) {
    const auto width = static_cast<std::size_t>((box.end - box.start) * scale - 1);
    const bool empty = box.upper.empty();
    line += "|" + (empty ? std::string(width, '.') : fmt::format(" {:<{}}", box.*words, width - 1));
  }
  return line + "|\n";
}

}  // namespace

std::string picture_of(const Card& card, const Cut& cut) {
  const auto boxes = boxes_of(card, cut);
  const int scale = scale_of(boxes);
  std::string marks;
  for (const auto& box : boxes) {
    marks += fmt::format("{:<{}}", box.start, (box.end - box.start) * scale);
  }
  marks += std::to_string(card.positions) + "\n";
  return marks + row(boxes, scale, &Box::upper) + row(boxes, scale, &Box::lower);
}

}  // namespace berth::layout
