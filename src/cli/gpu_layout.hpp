// berth gpu layout: what a pool's bookings ask of its cards, from the portal's calendar; ordered where that
// is asked for.
#pragma once

#include <string>
#include <tuple>
#include <vector>

namespace berth::cli {

struct LayoutOptions {
  std::string file;  // of the pool; empty: as the portal has it
  std::string pool;
  std::vector<std::tuple<std::string, std::string, std::string>> wishes;  // class, from, to
  std::vector<std::string> present;                                       // "node/device=way"
  std::string length = "14d";
  std::string change = "10m";
  std::string tail = "5m";
  std::string late;  // empty: the pool's start deadline
  bool apply = false;
  std::string output = "table";
};

/// Asks, plans and tells; how to exit.
int propose_layout(const LayoutOptions& options);

}  // namespace berth::cli
