// Putting a layout into force on a node, as a decision on values: what to do next, or in which known way it
// is stuck and what helps. Nothing is done here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/instant.hpp"

namespace berth::layout {

inline constexpr std::string_view kMigConfigLabel = "nvidia.com/mig.config";
inline constexpr std::string_view kMigStateLabel = "nvidia.com/mig.config.state";
inline constexpr std::string_view kMigManagerLabel = "nvidia.com/gpu.deploy.mig-manager";
/// What the operator's programs carry while it waits for them to leave.
/// By which an admin of the cluster says that the layout of a node may be changed:
/// deploy/rbac/confinement.yaml.
inline constexpr std::string_view kLayoutsLabel = "berth.dev/layouts";
inline constexpr std::string_view kPausedForChange = "paused-for-mig-change";

/// A node as it is seen.
struct ObservedNode {
  std::string name;
  std::map<std::string, std::string> labels;
  /// What it has to give, by resource name: allocatable, not capacity, which stays for minutes after the
  /// device plugin has gone.
  std::map<std::string, std::int64_t> advertised;
  std::string boot;                // its boot id
  int sessions = 0;                // with a device of any of its cards, or about to have one
  bool validator_failing = false;  // the operator's CUDA validator on it
};

struct WantedLayout {
  std::string name;                           // value of the label
  std::map<std::string, std::int64_t> units;  // what the node then advertises, slots counted
};

/// What was seen of this layout before.
struct LayoutHistory {
  std::optional<Instant> labelled;  // when the label was given; empty: it was not, or by somebody else
  std::string given{};              // which value that was
  std::optional<Instant> state;     // since when the state has been what it is
  bool had_others = false;          // when the label was given, the node had more of something than is wanted
  std::string boot{};               // of the node when the layout was last in force; empty: it never was
  std::optional<Instant> back{};    // since when it was found not to be there any more: by a boot, or by hand
  int tries = 1;
};

struct LayoutPatience {
  Duration settles = seconds(30);    // so long a "success" may be the one of the layout before
  Duration begins = minutes(2);      // until the manager does something
  Duration clients = minutes(30);    // until the operator's programs have left: 5 minutes for each
  Duration applies = minutes(15);    // "pending" without anybody to wait for
  Duration reboots = minutes(30);    // "rebooting", and until the layout is there after a boot
  Duration advertises = minutes(5);  // from "success" to the units
  int tries = 2;
};

/// The ways in which it is known to be stuck.
enum class Stuck {
  kClientsPaused,           // its programs were asked to leave, and nobody asks them back
  kPending,                 // "pending" for ever
  kFailed,                  // "failed", each time
  kRebooting,               // "rebooting" for ever
  kSuccessWithoutCapacity,  // "success", and the units are not there
  kEnabledButEmpty,         // a layout without any unit: the operator's validator never passes
  kGoneAfterReboot,         // the label says it, and a boot has undone it
  kNoManager,               // nobody reads the label
  kLabelNotKept,            // it is refused, or somebody else gives another value
  kNotPrepared,             // nothing was begun: it may not be changed, or nobody is there who would
};
std::string_view to_string(Stuck state);  // "clients_paused"

struct LabelChange {
  std::string label;
  std::string value;
  bool operator==(const LabelChange&) const = default;
};

/// No session starts before this is the answer, whatever the label says.
struct LayoutInForce {
  bool operator==(const LayoutInForce&) const = default;
};
/// Keep new sessions off, and wait for those that are there.
struct DrainNode {
  int sessions = 0;
  bool operator==(const DrainNode&) const = default;
};
/// Give the node these labels, one after the other, each once the one before was seen to be taken up.
struct Relabel {
  std::vector<LabelChange> labels;
  bool operator==(const Relabel&) const = default;
};
struct AwaitNode {
  std::string what;
  Instant until;  // then it is stuck
  bool operator==(const AwaitNode&) const = default;
};
/// What an admin can do; labels are for a Relabel on their word.
struct LayoutStuck {
  Stuck state = Stuck::kPending;
  std::string sentence;
  std::string repair;
  std::vector<LabelChange> labels{};
  bool operator==(const LayoutStuck&) const = default;
};
using LayoutStep = std::variant<LayoutInForce, DrainNode, Relabel, AwaitNode, LayoutStuck>;

/// It offers more of some resource of its cards than `wanted` has: what it offers is of another layout. Two
/// layouts may offer the same numbers, each on other cards.
bool offers_others(const ObservedNode& node, const WantedLayout& wanted);

/// `now` is at or after everything in `history`. No card is touched while a session is on the node: all
/// steps that change something drain it first.
LayoutStep decide_layout_step(const ObservedNode& node, const WantedLayout& wanted,
                              const LayoutHistory& history, const LayoutPatience& patience, Instant now);

}  // namespace berth::layout
