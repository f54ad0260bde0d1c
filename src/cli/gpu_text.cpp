#include "cli/gpu_text.hpp"

#include <fmt/format.h>

#include <string_view>

#include "layout/cuts.hpp"
#include "layout/picture.hpp"
#include "layout/render.hpp"

namespace berth::cli {
namespace {

std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n') + 1, text.size());
    out += "      " + std::string(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

std::string card_text(const layout::CardCuts& cuts, std::size_t index) {
  const auto& device = *cuts.device;
  auto text = fmt::format("  {} (GPU {}): {}\n", device.name, index,
                          cuts.card != nullptr ? std::string(cuts.card->name)
                                               : fmt::format("{}, which is not cut",
                                                             device.model.empty() ? "a card" : device.model));
  if (cuts.card != nullptr && cuts.card->geometry == layout::Geometry::kExpected)
    text += "    where its slices may lie is expected, not seen: look with nvidia-smi mig -lgipp\n";
  for (const auto& fault : cuts.faults)
    text +=
        fmt::format("    ! {}: {} ({}; allowed: {})\n", fault.field, fault.message, fault.value, fault.limit);
  for (std::size_t i = 0; i < cuts.cuts.size(); ++i) {
    const auto& cut = cuts.cuts[i];
    if (cuts.cuts.size() > 1) text += fmt::format("    {}. way of {}\n", i + 1, cuts.cuts.size());
    if (cuts.card == nullptr) {
      text += fmt::format("      whole: {}\n", cut.parts.front().unit->name);
    } else {
      text += indented(layout::picture_of(*cuts.card, cut));
    }
  }
  return text;
}

}  // namespace

GpuPlan gpu_plan(const model::Pool& pool) {
  GpuPlan plan{.text = fmt::format("Pool {}\n", pool.name)};
  for (const auto& node : pool.nodes) {
    if (node.retired) continue;
    plan.text += fmt::format("{}\n", node.name);
    const auto cards = layout::cuts_of(pool, node);
    for (std::size_t index = 0; index < cards.size(); ++index) {
      plan.text += card_text(cards[index], index);
      plan.sound = plan.sound && cards[index].faults.empty();
    }
    const auto layouts = layout::layouts_of(pool, node);
    if (layouts && layouts->size() > 1) {
      plan.text +=
          fmt::format("  {} layouts of this node in all: a card changes its own only while nobody is on it\n",
                      layouts->size());
    }
  }
  return plan;
}

}  // namespace berth::cli
