// Which cards a node has and how they are cut and shared, from what it offers and what its labels say.
// Internal to survey.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "layout/arrange.hpp"

namespace berth::survey {

/// One thing that can be booked.
struct FoundUnit {
  std::string resource_name;
  int replicas = 1;
  std::string profile;  // empty: a whole card
  int first = 0;        // placement slots of its card
  int end = 0;
  double gpu_share = 1.0;
  std::int64_t memory_gib = 0;
  std::int64_t called_gb = 0;  // as cards and slices are called, which is more than programs get of them
  /// The device plugin does not tie its replicas to a tenant, and other units of the node have its name.
  bool shares_its_name = false;
};

struct FoundCard {
  std::int64_t memory_gib = 0;
  int slots = 1;
  std::vector<FoundUnit> units;
};

struct Inventory {
  std::string model;  // empty: the node does not say
  std::vector<FoundCard> cards;
  std::vector<std::string> notes;  // what was guessed and what does not add up
};

/// A label's or resource's amount; nothing for what is no small whole number.
std::optional<std::int64_t> small_number(std::string_view text);
std::string label(const json::value& node, std::string_view key);

/// Whether it is a node with GPUs, be they all away just now.
bool has_gpus(const json::value& node);
Inventory inventory(const json::value& node);

}  // namespace berth::survey
