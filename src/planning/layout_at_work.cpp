#include "planning/layout_at_work.hpp"

#include "layout/apply_step.hpp"

namespace berth::planning {
namespace {

std::string label_of(const json::value& node) {
  return string_at(node, {"metadata", "labels", layout::kMigConfigLabel});
}

/// Somebody gave the node's cards another layout by hand, or is about to: the manager cuts by this label.
bool has_other_label(const LayoutOrder& order, const Observed& observed) {
  const auto* node = see_node(order.node, observed);
  return node != nullptr && label_of(*node) != order.layout;
}

}  // namespace

AtWork at_work(const std::string& node, const Desired& desired) {
  AtWork found;
  const LayoutOrder* in_force = nullptr;
  for (const auto& order : desired.layouts) {
    if (order.node != node || order.over_at) continue;
    if (order.in_force) {
      in_force = &order;
    } else if (order.not_before <= desired.now) {  // by when they begin, so the last is the latest
      if (found.order != nullptr) found.replaced.push_back(found.order->id);
      found.order = &order;
    }
  }
  if (found.order == nullptr) found.order = in_force;
  return found;
}

std::string boot_of(const json::value& node) {
  return string_at(node, {"status", "nodeInfo", "bootID"});
}

const json::value* see_node(const std::string& name, const Observed& observed) {
  const auto found = observed.node_objects.find(name);
  return found == observed.node_objects.end() ? nullptr : found->second.get();
}

bool has_rebooted(const LayoutOrder& order, const Observed& observed) {
  const auto* node = see_node(order.node, observed);
  return node != nullptr && boot_of(*node) != order.progress.boot;
}

bool is_there(const LayoutOrder& order, const Observed& observed) {
  return order.in_force && !order.progress.back && !has_rebooted(order, observed) &&
         !has_other_label(order, observed);
}

}  // namespace berth::planning
