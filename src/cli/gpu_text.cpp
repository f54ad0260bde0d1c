#include "cli/gpu_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "base/yaml.hpp"
#include "layout/cuts.hpp"
#include "layout/judge.hpp"
#include "layout/picture.hpp"
#include "layout/render.hpp"

namespace berth::cli {
namespace {

std::vector<int> starts_of(const layout::Profile& profile) {
  std::vector<int> starts;
  for (int position = 0; position < 16; ++position) {
    if (profile.may_start_at(position)) starts.push_back(position);
  }
  return starts;
}

std::string indented_picture(std::string_view text) {
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
      text += indented_picture(layout::picture_of(*cuts.card, cut));
    }
  }
  return text;
}

GpuPlan check_of(const std::string& what, const json::value& config) {
  const auto* object = config.if_object();
  if (object == nullptr || !(object->contains("mig-configs") || object->contains("version")))
    return {.text = what + ": this is no configuration of mig-parted or of the device plugin\n",
            .sound = false};
  const bool is_mig = object->contains("mig-configs");
  const auto faults = is_mig ? layout::judge_mig_config(config) : layout::judge_plugin_config(config);
  if (faults.empty())
    return {.text = fmt::format("{}: sound ({})\n", what, is_mig ? "mig-parted" : "device plugin"),
            .sound = true};
  GpuPlan check{.text = {}, .sound = false};
  for (const auto& one : faults) {
    check.text += fmt::format("{}: {}{}{} ({}; allowed: {})\n", what, one.field,
                              one.field.empty() ? "" : ": ", one.message, one.value, one.limit);
  }
  return check;
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

std::string gpu_cards_text() {
  std::string text;
  for (const auto& card : layout::cards()) {
    text += fmt::format("{}: {} positions, {} compute slices{}\n", card.name, card.positions, card.compute,
                        card.geometry == layout::Geometry::kSeen ? "" : " (places expected, not seen)");
    for (const auto& profile : card.profiles) {
      text += fmt::format("  {:<15} at most {}, {} of the compute, {} positions from {}\n", profile.name,
                          profile.most, profile.compute, profile.size, fmt::join(starts_of(profile), ", "));
    }
  }
  return text;
}

json::value gpu_cards_json() {
  json::array cards;
  for (const auto& card : layout::cards()) {
    json::array profiles;
    for (const auto& profile : card.profiles) {
      const auto starts = starts_of(profile);
      profiles.emplace_back(json::object{{"name", profile.name},
                                         {"resource_name", layout::resource_name(profile.name)},
                                         {"compute", profile.compute},
                                         {"size", profile.size},
                                         {"starts", json::array(starts.begin(), starts.end())},
                                         {"most", profile.most}});
    }
    json::array ids;
    for (const auto id : card.pci_ids) ids.emplace_back(fmt::format("0x{:04X}10DE", id));
    cards.emplace_back(json::object{{"name", card.name},
                                    {"memory_gb", card.memory_gb},
                                    {"pci_ids", std::move(ids)},
                                    {"positions", card.positions},
                                    {"compute", card.compute},
                                    {"places_seen", card.geometry == layout::Geometry::kSeen},
                                    {"profiles", std::move(profiles)}});
  }
  return cards;
}

std::vector<GpuPlan> gpu_checks(const std::vector<json::value>& documents) {
  std::vector<GpuPlan> checks;
  for (const auto& document : documents) {
    const auto kind = string_at(document, {"kind"});
    if (kind != "ConfigMap") {
      if (kind.empty()) checks.push_back(check_of("configuration", document));
      continue;
    }
    const auto name = string_at(document, {"metadata", "name"});
    const auto* data = find(document, {"data"});
    const auto* texts = data == nullptr ? nullptr : data->if_object();
    if (texts == nullptr) continue;
    for (const auto& [key, text] : *texts) {
      const auto what = fmt::format("ConfigMap {}, {}", name, std::string_view(key));
      const auto inner = text.is_string() ? yaml_documents(text.get_string())
                                          : Result<std::vector<json::value>>(fail(Code::kInvalid, "no text"));
      if (!inner) {
        checks.push_back({.text = fmt::format("{}: {}\n", what, inner.error().message), .sound = false});
      } else if (inner->size() == 1) {
        checks.push_back(check_of(what, inner->front()));
      } else {
        checks.push_back({.text = what + ": one document is wanted\n", .sound = false});
      }
    }
  }
  if (checks.empty())
    checks.push_back(
        {.text = "there is no configuration of mig-parted or of the device plugin\n", .sound = false});
  return checks;
}

}  // namespace berth::cli
