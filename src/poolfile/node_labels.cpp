#include "poolfile/node_labels.hpp"

#include <algorithm>
#include <set>

#include "poolfile/parts.hpp"
#include "poolfile/rules.hpp"

namespace berth::poolfile {
namespace {

const json::array& nodes_of(const json::value& document) {
  static const json::array kNone;
  const auto* nodes = find(document, {"nodes"});
  return nodes == nullptr || !nodes->is_array() ? kNone : nodes->get_array();
}

}  // namespace

void check_node_labels(Fields& fields) {
  std::vector<std::string> labels;
  fields.texts("labels", kMaxRanges, kLabelIs, labels);
  std::set<std::string> names;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (names.insert(labels[i].substr(0, labels[i].find('='))).second) continue;
    fields.faults().add(fields.path_of("labels"), labels[i], "each label once", "This label is told twice.");
  }
}

NodeLabels node_labels(const json::value& document) {
  NodeLabels out;
  for (const auto& node : nodes_of(document)) {
    const auto* labels = find(node, {"labels"});
    if (labels == nullptr || !labels->is_array()) continue;
    auto& of = out[string_at(node, {"name"})];
    for (const auto& label : labels->get_array()) {
      if (label.is_string()) of.emplace_back(label.get_string());
    }
    std::ranges::sort(of);
  }
  std::erase_if(out, [](const auto& one) { return one.second.empty(); });
  return out;
}

void put_node_labels(json::object& document, const NodeLabels& labels) {
  auto* nodes = document.if_contains("nodes");
  if (nodes == nullptr || !nodes->is_array()) return;
  for (auto& node : nodes->get_array()) {
    const auto found = labels.find(string_at(node, {"name"}));
    if (found == labels.end() || !node.is_object()) continue;
    node.get_object()["labels"] = json::array(found->second.begin(), found->second.end());
  }
}

}  // namespace berth::poolfile
