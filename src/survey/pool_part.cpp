#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/kube_quantity.hpp"
#include "base/number_text.hpp"
#include "base/quantity.hpp"
#include "kube/resource.hpp"
#include "survey/inventory.hpp"
#include "survey/parts.hpp"

namespace berth::survey {
namespace {

constexpr Int128 kNanoPerMilli = 1'000'000;
constexpr Int128 kNanoPerGib = Int128{1'000'000'000} * 1024 * 1024 * 1024;
constexpr std::int64_t kMostGib = 10'000'000;
constexpr std::int64_t kMostMilli = 100'000'000;
constexpr std::int64_t kHome = 20;
constexpr std::int64_t kModelCache = 300;
constexpr std::size_t kMostNodes = 1'024;

enum class Round { kDown, kUp };

std::int64_t in_units(const std::string& text, Int128 nano_per_unit, std::int64_t most, Round round) {
  const auto amount = parse_kube_quantity(text);
  if (!amount || amount->nano < 0) return 0;
  const auto whole = (amount->nano + (round == Round::kUp ? nano_per_unit - 1 : 0)) / nano_per_unit;
  return static_cast<std::int64_t>(std::min<Int128>(whole, most));
}

struct NodeFound {
  std::string name;
  std::string kubernetes_name;
  Inventory cards;
  Load capacity;
  std::int64_t ephemeral_gib = 0;
  bool storage_is_known = false;
  Load aside;
  int pods = 0;                     // that ask for what is set aside
  std::vector<std::string> labels;  // that it has as long as it is what was found
  double shares() const {
    double sum = 0;
    for (const auto& card : cards.cards) {
      for (const auto& unit : card.units) sum += unit.gpu_share;
    }
    return sum > 0 ? sum : 1;
  }
};

/// What the storage class has left there: the largest, where several drivers or pools speak of one node.
std::int64_t storage_of(const Seen& seen, const json::value& node) {
  const auto storage_class = default_storage_class(seen);
  std::int64_t most = 0;
  for (const auto& one : seen.storage_capacities) {
    if (storage_class.empty() || string_at(one, {"storageClassName"}) != storage_class) continue;
    const auto* labels = find(one, {"nodeTopology", "matchLabels"});
    const bool here = labels == nullptr || !labels->is_object() ||
                      std::ranges::all_of(labels->get_object(), [&](const auto& wanted) {
                        return wanted.value().is_string() &&
                               label(node, wanted.key()) == std::string_view(wanted.value().get_string());
                      });
    if (here)
      most = std::max(most, in_units(string_at(one, {"capacity"}), kNanoPerGib, kMostGib, Round::kDown));
  }
  return most;
}

/// What pods there ask for that are no session's.
void read_aside(const Seen& seen, NodeFound& node) {
  for (const auto& pod : seen.pods) {
    const auto phase = string_at(pod, {"status", "phase"});
    if (string_at(pod, {"spec", "nodeName"}) != node.kubernetes_name || phase == "Succeeded" ||
        phase == "Failed" || kube::label_of(pod, "berth.dev/session"))
      continue;
    const auto* containers = find(pod, {"spec", "containers"});
    if (containers == nullptr || !containers->is_array()) continue;
    ++node.pods;
    for (const auto& container : containers->get_array()) {
      node.aside.cpu.value += in_units(string_at(container, {"resources", "requests", "cpu"}), kNanoPerMilli,
                                       kMostMilli, Round::kUp);
      // In MiB, so that a hundred small pods are no hundred GiB.
      node.aside.memory.value += in_units(string_at(container, {"resources", "requests", "memory"}),
                                          kNanoPerGib / 1024, kMostGib * 1024, Round::kUp);
    }
  }
  constexpr std::int64_t kMilliInCore = 1'000;
  node.aside.cpu.value = (node.aside.cpu.value + kMilliInCore - 1) / kMilliInCore * kMilliInCore;
  node.aside.memory.value = (node.aside.memory.value + 1023) / 1024;
  node.aside.cpu = std::min(node.aside.cpu, node.capacity.cpu);
  node.aside.memory = std::min(node.aside.memory, node.capacity.memory);
}

/// Short where that is nobody else's name already.
std::string short_name(const std::string& kubernetes_name, std::set<std::string>& taken) {
  constexpr std::size_t kLongestLabel = 63;
  auto name = kubernetes_name.substr(0, std::min(kubernetes_name.find('.'), kLongestLabel - 5));
  while (name.ends_with('-')) name.pop_back();
  auto one = name;
  for (int i = 2; !taken.insert(one).second; ++i) one = fmt::format("{}-{}", name, i);
  return one;
}

/// Those that say what the node is and that change only when it becomes another: by the first sessions are
/// held to it, the others tell of its cards.
std::vector<std::string> telling_labels(const json::value& node) {
  std::vector<std::string> out;
  for (const auto* key : {"kubernetes.io/hostname", "nvidia.com/gpu.product", "nvidia.com/mig.config"}) {
    const auto value = label(node, key);
    const bool plain = std::ranges::all_of(value, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
             c == '_' || c == '.';
    });
    if (!value.empty() && plain && value.size() <= 63) out.push_back(fmt::format("{}={}", key, value));
  }
  return out;
}

NodeFound read_node(const Seen& seen, const json::value& node, std::set<std::string>& taken) {
  NodeFound out;
  out.kubernetes_name = kube::name_of(node);
  out.name = short_name(out.kubernetes_name, taken);
  out.cards = inventory(node);
  out.labels = telling_labels(node);
  const auto allocatable = [&](std::string_view what) {
    return string_at(node, {"status", "allocatable", what});
  };
  out.capacity.cpu.value =
      std::max<std::int64_t>(in_units(allocatable("cpu"), kNanoPerMilli, kMostMilli, Round::kDown), 1);
  out.capacity.memory.value =
      std::max<std::int64_t>(in_units(allocatable("memory"), kNanoPerGib, kMostGib, Round::kDown), 1);
  out.ephemeral_gib = in_units(allocatable("ephemeral-storage"), kNanoPerGib, kMostGib, Round::kDown);
  out.capacity.storage.value = storage_of(seen, node);
  out.storage_is_known = out.capacity.storage.value > 0;
  if (!out.storage_is_known) {
    std::size_t units = 0;
    for (const auto& card : out.cards.cards) units += card.units.size();
    out.capacity.storage.value = std::min((kHome + kModelCache) * static_cast<std::int64_t>(units), kMostGib);
  }
  read_aside(seen, out);
  return out;
}

struct Class {
  std::string name;
  std::string title;
  double gpu_share = 1;
  std::int64_t memory_gib = 0;
  Load defaults{{kMostMilli}, {kMostGib}, {kMostGib}};
  std::int64_t ephemeral = kMostGib;
};

/// Units of the same share and memory are of one class, whatever node has them.
class Classes {
 public:
  Class& of(const FoundUnit& unit) {
    const auto key = std::pair(std::llround(unit.gpu_share * 1'000'000), unit.memory_gib);
    if (const auto found = places_.find(key); found != places_.end()) return all_[found->second];
    Class made;
    made.gpu_share = unit.gpu_share;
    made.memory_gib = unit.memory_gib;
    const auto gb = unit.called_gb > 0 ? unit.called_gb : unit.memory_gib;
    made.name = unique(fmt::format("{}-{}gb", unit.profile.empty() ? "whole" : "slice", gb));
    made.title = unit.profile.empty() ? fmt::format("Whole GPU, {} GB", gb) : fmt::format("Slice, {} GB", gb);
    places_.emplace(key, all_.size());
    all_.push_back(std::move(made));
    return all_.back();
  }
  const std::vector<Class>& all() const { return all_; }

 private:
  std::string unique(const std::string& name) {
    auto one = name;
    for (int i = 2; std::ranges::any_of(all_, [&](const Class& other) { return other.name == one; }); ++i)
      one = fmt::format("{}-{}", name, i);
    return one;
  }
  std::map<std::pair<long long, std::int64_t>, std::size_t> places_;
  std::vector<Class> all_;
};

std::int64_t part_of(std::int64_t amount, double part) {
  return static_cast<std::int64_t>(std::floor(static_cast<double>(amount) * part + 1e-9));
}

/// Its part of the poorest node that has it, so that all units of a node can be booked at once.
void shrink_to(Class& one, const NodeFound& node) {
  const auto part = one.gpu_share / node.shares();
  const auto has = node.capacity - node.aside;
  constexpr std::int64_t kMilliInCore = 1'000;
  auto cpu = part_of(has.cpu.value, part);
  if (cpu > kMilliInCore) cpu -= cpu % kMilliInCore;
  one.defaults.cpu.value = std::clamp<std::int64_t>(cpu, 1, one.defaults.cpu.value);
  one.defaults.memory.value =
      std::clamp<std::int64_t>(part_of(has.memory.value, part), 1, one.defaults.memory.value);
  // At least a home and a cache, of a GiB each.
  one.defaults.storage.value =
      std::clamp<std::int64_t>(part_of(has.storage.value, part), 2, one.defaults.storage.value);
  constexpr std::int64_t kPartOfEphemeral = 2;  // the rest is images' and the node's own
  one.ephemeral =
      std::clamp<std::int64_t>(part_of(node.ephemeral_gib, part / kPartOfEphemeral), 1, one.ephemeral);
}

void write_class(const Class& one, Lines& lines) {
  lines.add("  - name: " + scalar(one.name));
  lines.add("    title: " + scalar(one.title));
  lines.add(fmt::format("    device_memory_gib: {}", one.memory_gib));
  lines.add("    gpu_share: " + number_text(std::round(one.gpu_share * 1'000'000) / 1'000'000));
  lines.add("    rate: 0", "NOT KNOWN: what an hour of one costs");
  lines.add(
      fmt::format("    defaults: {{ cpu: {}, memory_gib: {}, storage_gib: {} }}",
                  format_cores(one.defaults.cpu), one.defaults.memory.value, one.defaults.storage.value),
      "its part of the poorest node that has it");
  lines.add(fmt::format("    ephemeral_gib: {}", one.ephemeral), "half of its part of the node's disk");
  const auto home = std::clamp<std::int64_t>(one.defaults.storage.value / 2, 1, kHome);
  lines.add(fmt::format("    home_gib: {}", home));
  lines.add(fmt::format("    model_cache_gib: {}",
                        std::clamp<std::int64_t>(one.defaults.storage.value - home, 1, kModelCache)));
}

void write_unit(const FoundUnit& unit, const std::string& name, const std::string& device_class,
                Lines& lines) {
  lines.add(fmt::format(
      "          - {{ name: {}, device_class: {}, resource_name: {}, replicas: {}, placement: [{}, {}]{} }}",
      name, scalar(device_class), scalar(unit.resource_name), unit.shares_its_name ? 1 : unit.replicas,
      unit.first, unit.end, unit.shares_its_name ? ", out_of_service: true" : ""));
}

void write_device(const FoundCard& card, std::size_t index, const Inventory& of, Classes& classes,
                  Lines& lines) {
  lines.add(fmt::format("      - name: gpu{}", index));
  if (!of.model.empty()) lines.add("        model: " + scalar(of.model));
  lines.add(fmt::format("        memory_gib: {}", card.memory_gib));
  lines.add(fmt::format("        slots: {}", card.slots));
  const auto shared = std::ranges::find_if(card.units, &FoundUnit::shares_its_name);
  if (shared != card.units.end()) {
    lines.comment(
        8, fmt::format(
               "Out of service until you choose: {} has {} replicas and several units of this node, so two "
               "tenants could land on one device.",
               shared->resource_name, shared->replicas));
    lines.comment(
        8,
        "Give each a resource name of its own (`berth gpu layout` writes the operator's files), or take the "
        "replicas away, or say policy.allow_cross_tenant_sharing.");
  }
  lines.add("        units:");
  for (std::size_t i = 0; i < card.units.size(); ++i) {
    const auto& unit = card.units[i];
    write_unit(unit,
               unit.profile.empty() ? fmt::format("gpu{}", index) : fmt::format("gpu{}-slice{}", index, i),
               classes.of(unit).name, lines);
  }
}

void write_node(const NodeFound& node, Classes& classes, Lines& lines) {
  lines.add("  - name: " + scalar(node.name));
  lines.add("    kubernetes_name: " + scalar(node.kubernetes_name));
  lines.add(
      fmt::format("    capacity: {{ cpu: {}, memory_gib: {}, storage_gib: {} }}",
                  format_cores(node.capacity.cpu), node.capacity.memory.value, node.capacity.storage.value),
      node.storage_is_known ? "what the node can give; storage as the storage class's driver tells it"
                            : "NOT KNOWN: how much the storage class has on this node; storage_gib is what "
                              "its sessions need at least");
  lines.add(
      fmt::format("    set_aside: {{ cpu: {}, memory_gib: {}, storage_gib: 0 }}",
                  format_cores(node.aside.cpu), node.aside.memory.value),
      fmt::format("what {} pods there ask for that are no session's; NOT KNOWN: what they store", node.pods));
  if (!node.labels.empty())
    lines.add("    labels: " + flow_list(node.labels), "without one of them its units are out of service");
  for (const auto& note : node.cards.notes) lines.comment(4, note);
  lines.add("    devices:");
  for (std::size_t i = 0; i < node.cards.cards.size(); ++i)
    write_device(node.cards.cards[i], i, node.cards, classes, lines);
}

}  // namespace

void write_pool(const Seen& seen, const Names& names, Lines& lines) {
  std::vector<NodeFound> nodes;
  std::vector<std::string> without;
  std::set<std::string> taken;
  for (const auto& node : seen.nodes) {
    if (!has_gpus(node) || nodes.size() == kMostNodes) continue;
    auto found = read_node(seen, node, taken);
    if (found.cards.cards.empty()) {
      without.push_back(found.kubernetes_name);
    } else {
      nodes.push_back(std::move(found));
    }
  }
  for (const auto& name : without)
    lines.comment(
        0, fmt::format(
               "Node {} says that it has GPUs and offers none: its device plugin is away. It is left out.",
               name));
  if (nodes.empty()) return lines.comment(0, "No node offers a GPU, so there is nothing to make a pool of.");

  Classes classes;
  for (const auto& node : nodes) {
    for (const auto& card : node.cards.cards) {
      for (const auto& unit : card.units) shrink_to(classes.of(unit), node);
    }
  }
  lines.add("---");
  lines.add("apiVersion: berth.dev/v1");
  lines.add("kind: Pool");
  lines.add("name: " + scalar(names.pool));
  lines.add("cluster: " + scalar(names.cluster));
  lines.add("time_zone: " + scalar(names.time_zone),
            names.time_zone_given ? "" : "GUESSED: in which bookings are read (--time-zone)");
  lines.add("currency: " + scalar(names.currency),
            names.currency_given ? "" : "GUESSED: of rates (--currency)");
  lines.add("");
  lines.add("device_classes:");
  for (const auto& one : classes.all()) write_class(one, lines);
  lines.add("");
  lines.add("nodes:");
  for (const auto& node : nodes) write_node(node, classes, lines);
}

std::string pool_file(const Seen& seen, const Names& names) {
  Lines lines;
  lines.comment(0,
                "What the cluster says of itself. Go over what is marked NOT KNOWN and GUESSED, then: berth "
                "apply -f FILE");
  for (const auto& one : seen.unread) lines.comment(0, "NOT KNOWN: " + one);
  write_cluster(seen, names, lines);
  write_pool(seen, names, lines);
  return lines.text();
}

}  // namespace berth::survey
