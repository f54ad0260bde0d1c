// Who waits for the layout of their node, and for how long.
#include <fmt/format.h>

#include <algorithm>

#include "planning/layout_at_work.hpp"
#include "planning/layouts.hpp"

namespace berth::planning {
namespace {

bool lies_in(const model::Unit& unit, const LayoutOrder& order) {
  return std::ranges::find(order.units, unit.name) != order.units.end();
}

bool has_all(const Booked& booked, const LayoutOrder& order) {
  return std::ranges::all_of(booked.units, [&](const model::Unit& unit) { return lies_in(unit, order); });
}

}  // namespace

std::optional<std::string> layout_change(const std::string& node, const Desired& desired,
                                         const Observed& observed) {
  const auto work = at_work(node, desired);
  if (work.order == nullptr || is_there(*work.order, observed)) return std::nullopt;
  if (work.order->in_force && has_rebooted(*work.order, observed)) {
    return fmt::format(
        "Node {} was booted, and the layout of its cards is looked at before a session starts.", node);
  }
  if (work.order->in_force) {
    return fmt::format(
        "The cards of node {} were given another layout by hand, and have theirs again before a session "
        "starts.",
        node);
  }
  return fmt::format("Node {} is under maintenance: the layout of its cards is being changed.", node);
}

std::optional<LayoutWait> layout_wait(const Booked& booked, const Desired& desired,
                                      const Observed& observed) {
  const auto& node = booked.node.kubernetes_name;
  if (auto why = layout_change(node, desired, observed)) {
    const auto& order = *at_work(node, desired).order;
    if (has_all(booked, order)) return LayoutWait{std::move(*why), order.progress.until, true};
  }
  const auto work = at_work(node, desired);
  const bool changing = work.order != nullptr && !is_there(*work.order, observed);
  if (!changing && (work.order == nullptr || has_all(booked, *work.order))) return std::nullopt;
  for (const auto& order : desired.layouts) {
    if (order.node != node || order.over_at || order.in_force || order.not_before <= desired.now ||
        order.not_before >= booked.reservation.window.end || !has_all(booked, order))
      continue;
    return LayoutWait{fmt::format("The cards of node {} have another layout until {}.", node,
                                  format_rfc3339(std::chrono::floor<seconds>(order.not_before))),
                      order.not_before, true};
  }
  return LayoutWait{fmt::format("The cards of node {} have another layout, and none with these units is "
                                "ordered.",
                                node),
                    std::nullopt, false};
}

std::optional<std::vector<std::string>> units_laid_out(const std::string& node, const Desired& desired,
                                                       const Observed& observed) {
  const auto work = at_work(node, desired);
  if (work.order == nullptr) return std::nullopt;
  return is_there(*work.order, observed) ? work.order->units : std::vector<std::string>();
}

bool may_move_for_layout(const Booked& booked, const Desired& desired, const Observed& observed) {
  const auto& node = booked.node.kubernetes_name;
  const auto laid_out = units_laid_out(node, desired, observed);
  if (!laid_out) return false;
  const auto is_laid_out = [&](const std::string& name) {
    return std::ranges::find(*laid_out, name) != laid_out->end();
  };
  return std::ranges::all_of(booked.units, [&](const model::Unit& unit) {
    return is_laid_out(unit.name) || std::ranges::any_of(desired.units, [&](const DeclaredUnit& other) {
             return other.node == node && other.resource_name == unit.resource_name && other.in_service &&
                    !other.out && is_laid_out(other.name) &&
                    std::ranges::find(booked.units, other.unit, &model::Unit::id) == booked.units.end();
           });
  });
}

std::optional<Instant> next_layout(const Desired& desired) {
  std::optional<Instant> next;
  for (const auto& order : desired.layouts) {
    if (order.over_at) continue;
    for (const auto at :
         {order.in_force ? std::nullopt : std::optional(order.not_before), order.progress.until}) {
      if (at && *at > desired.now) next = std::min(next.value_or(*at), *at);
    }
  }
  return next;
}

Instant may_start_from(const Booked& booked, const Desired& desired) {
  auto from = booked.reservation.window.start;
  for (const auto& order : desired.layouts) {
    if (order.node != booked.node.kubernetes_name) continue;
    if (order.over_at) {
      from = std::max(from, *order.over_at);
    } else if (order.in_force && order.in_force_since) {
      from = std::max(from, *order.in_force_since);
    }
  }
  return std::min(from, booked.reservation.window.end);
}

}  // namespace berth::planning
