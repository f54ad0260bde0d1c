// The files by which NVIDIA's GPU operator cuts and shares cards as a pool file says. Nothing is applied
// here.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "layout/cuts.hpp"
#include "model/cluster.hpp"

namespace berth::layout {

inline constexpr std::string_view kMigConfigMap = "custom-mig-config";
inline constexpr std::string_view kPluginConfigMap = "device-plugin-config";

/// How each card of a node is cut at one time.
struct NodeLayout {
  std::string name;       // of the layout: the same cuts have the same name, on whatever node
  std::vector<Cut> cuts;  // by the index of the card
};

/// More layouts of one node than that are refused.
inline constexpr std::size_t kMostLayouts = 64;

/// Every way to cut all cards of a node, the first ways first. kInvalid with the faults of its cards.
Result<std::vector<NodeLayout>> layouts_of(const model::Pool& pool, const model::Node& node);

struct Rendered {
  std::vector<json::value> documents;  // for `kubectl apply --server-side`
  std::vector<std::string> notes;      // what a reader should know of them
};

/// For all nodes of a cluster's pools, in the operator's namespace: the layouts (mig-parted), how slots are
/// shared (the device plugin), the operator's settings, and for each node its labels, which put its first
/// layout into force. kInvalid, with every fault of the pools: what no card can be, or the device plugin
/// cannot do.
Result<Rendered> render(std::span<const model::Pool> pools, model::Flavour flavour,
                        std::string_view operator_namespace);

}  // namespace berth::layout
