#include "layout/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

#include "base/yaml_text.hpp"

namespace berth::layout {
namespace {

constexpr int kFewestReplicas = 2;  // the device plugin refuses 1

Error all_faults(std::string message, std::vector<FieldError> faults) {
  return {
      .code = Code::kInvalid, .message = std::move(message), .slug = "layout", .fields = std::move(faults)};
}

/// How often each profile is wanted on a card: that is all that the operator is told; it finds the places.
std::map<std::string, int> counts_of(const Cut& cut) {
  std::map<std::string, int> counts;
  if (cut.is_whole()) return counts;
  for (const auto& part : cut.parts) ++counts[std::string(part.instance.profile->name)];
  return counts;
}

json::array mig_entries(const std::vector<Cut>& cuts) {
  json::array entries;
  for (std::size_t index = 0; index < cuts.size(); ++index) {
    json::object entry{{"devices", json::array{index}}, {"mig-enabled", !cuts[index].is_whole()}};
    if (!cuts[index].is_whole()) {
      json::object devices;
      for (const auto& [profile, count] : counts_of(cuts[index])) devices.emplace(profile, count);
      entry.emplace("mig-devices", std::move(devices));
    }
    entries.emplace_back(std::move(entry));
  }
  return entries;
}

/// A label's value, and another one for other cuts: a name that stayed while its meaning changed would cut
/// cards anew that sessions are on.
std::string name_of(const std::vector<Cut>& cuts) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : json::serialize(mig_entries(cuts))) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211U;
  }
  return fmt::format("berth-{:016x}", hash);
}

/// Replicas by resource name, and what the device plugin cannot do: it shares by name, on the whole node.
std::map<std::string, int> replicas_of(const model::Pool& pool, const model::Node& node,
                                       std::vector<FieldError>& faults) {
  std::map<std::string, int> replicas;
  for (const auto& unit : pool.units) {
    if (unit.node != node.id || unit.retired) continue;
    const auto [found, is_new] = replicas.emplace(unit.resource_name, unit.replicas);
    if (is_new || found->second == unit.replicas) continue;
    faults.push_back({fmt::format("nodes.{}.units.{}.replicas", node.name, unit.name),
                      std::to_string(unit.replicas), std::to_string(found->second),
                      fmt::format("All units of {} on a node have as many replicas as each other: the device "
                                  "plugin shares by name.",
                                  unit.resource_name)});
  }
  std::erase_if(replicas, [](const auto& entry) { return entry.second < kFewestReplicas; });
  return replicas;
}

std::string yaml_of(json::value value) {
  return yaml_text(std::vector<json::value>{std::move(value)});
}

std::string plugin_config(const std::map<std::string, int>& replicas) {
  json::object config{{"version", "v1"}, {"flags", {{"migStrategy", "mixed"}}}};
  if (!replicas.empty()) {
    json::array resources;
    for (const auto& [name, count] : replicas) {
      resources.emplace_back(json::object{{"name", name}, {"replicas", count}});
    }
    config["sharing"] = {{"timeSlicing",
                          {{"renameByDefault", false},
                           {"failRequestsGreaterThanOne", true},
                           {"resources", std::move(resources)}}}};
  }
  return yaml_of(std::move(config));
}

json::object config_map(std::string_view name, std::string_view ns, json::object data) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata",
           {{"name", name}, {"namespace", ns}, {"labels", {{"app.kubernetes.io/managed-by", "berth"}}}}},
          {"data", std::move(data)}};
}

json::object cluster_policy(model::Flavour flavour) {
  const bool openshift = flavour == model::Flavour::kOpenshift;
  return {{"apiVersion", "nvidia.com/v1"},
          {"kind", "ClusterPolicy"},
          {"metadata", {{"name", openshift ? "gpu-cluster-policy" : "cluster-policy"}}},
          {"spec",
           {{"mig", {{"strategy", "mixed"}}},
            {"migManager",
             {{"enabled", true}, {"config", {{"name", kMigConfigMap}, {"default", "all-disabled"}}}}},
            {"devicePlugin", {{"config", {{"name", kPluginConfigMap}, {"default", ""}}}}}}}};
}

/// A label's value, and a ConfigMap's key: of two nodes of one name in two pools another.
std::string plugin_key(const model::Node& node) {
  constexpr std::size_t kMostInALabel = 63;
  return node.kubernetes_name.size() <= kMostInALabel ? node.kubernetes_name : node.name;
}

json::object node_labels(const model::Node& node, const NodeLayout& layout) {
  return {
      {"apiVersion", "v1"},
      {"kind", "Node"},
      {"metadata",
       {{"name", node.kubernetes_name},
        {"labels",
         {{"nvidia.com/mig.config", layout.name}, {"nvidia.com/device-plugin.config", plugin_key(node)}}}}}};
}

void note_expected(const CardCuts& card, const model::Node& node, std::set<std::string>& notes) {
  if (card.card == nullptr || card.card->geometry == Geometry::kSeen) return;
  notes.insert(fmt::format(
      "Where slices of a {} may lie is expected, not seen (node {}): look with nvidia-smi mig -lgipp.",
      card.card->name, node.name));
}

/// What the nodes that were looked at come to.
struct Gathered {
  json::object mig_configs{
      {"all-disabled", json::array{json::object{{"devices", "all"}, {"mig-enabled", false}}}}};
  json::object plugin_configs;
  std::vector<json::value> labels;
  std::set<std::string> notes;
  std::set<std::string> nodes;
  std::vector<FieldError> faults;
};

void gather(const model::Pool& pool, const model::Node& node, Gathered& into) {
  if (!into.nodes.insert(node.kubernetes_name).second) {
    into.faults.push_back({fmt::format("nodes.{}.kubernetes_name", node.name), node.kubernetes_name,
                           "one pool for a node",
                           "A node's cards are cut and shared in one way, so one pool declares them all."});
    return;
  }
  const auto layouts = layouts_of(pool, node);
  if (!layouts) {
    std::ranges::copy(layouts.error().fields, std::back_inserter(into.faults));
    return;
  }
  for (const auto& layout : *layouts)
    into.mig_configs.insert_or_assign(layout.name, mig_entries(layout.cuts));
  into.plugin_configs.insert_or_assign(plugin_key(node), plugin_config(replicas_of(pool, node, into.faults)));
  into.labels.emplace_back(node_labels(node, layouts->front()));
  for (const auto& card : cuts_of(pool, node)) note_expected(card, node, into.notes);
  if (layouts->size() > 1) {
    into.notes.insert(fmt::format("Node {} has {} layouts; its label puts the first into force.", node.name,
                                  layouts->size()));
  }
}

}  // namespace

Result<std::vector<NodeLayout>> layouts_of(const model::Pool& pool, const model::Node& node) {
  std::vector<FieldError> faults;
  std::vector<NodeLayout> layouts{{}};
  for (auto& card : cuts_of(pool, node)) {
    std::ranges::move(card.faults, std::back_inserter(faults));
    std::vector<NodeLayout> longer;
    for (const auto& before : layouts) {
      for (const auto& cut : card.cuts) {
        if (longer.size() > kMostLayouts) break;
        longer.push_back(before);
        longer.back().cuts.push_back(cut);
      }
    }
    if (!card.cuts.empty()) layouts = std::move(longer);
  }
  if (layouts.size() > kMostLayouts) {
    faults.push_back({fmt::format("nodes.{}.devices", node.name),
                      fmt::format("more than {} layouts", kMostLayouts), std::to_string(kMostLayouts),
                      "Its cards can be cut in more ways together than can be told apart."});
  }
  if (!faults.empty())
    return fail(all_faults(fmt::format("node {} cannot be as it is declared", node.name), std::move(faults)));
  for (auto& layout : layouts) layout.name = name_of(layout.cuts);
  return layouts;
}

Result<Rendered> render(std::span<const model::Pool> pools, model::Flavour flavour,
                        std::string_view operator_namespace) {
  Gathered gathered;
  for (const auto& pool : pools) {
    for (const auto& node : pool.nodes) {
      if (!node.retired) gather(pool, node, gathered);
    }
  }
  if (!gathered.faults.empty()) {
    auto message = "the cards cannot be cut as it is declared: " + gathered.faults.front().message;
    return fail(all_faults(std::move(message), std::move(gathered.faults)));
  }
  Rendered out;
  json::object mig{{"version", "v1"}, {"mig-configs", std::move(gathered.mig_configs)}};
  out.documents.emplace_back(
      config_map(kMigConfigMap, operator_namespace, {{"config.yaml", yaml_of(std::move(mig))}}));
  out.documents.emplace_back(
      config_map(kPluginConfigMap, operator_namespace, std::move(gathered.plugin_configs)));
  out.documents.emplace_back(cluster_policy(flavour));
  std::ranges::move(gathered.labels, std::back_inserter(out.documents));
  out.notes.assign(gathered.notes.begin(), gathered.notes.end());
  return out;
}

}  // namespace berth::layout
