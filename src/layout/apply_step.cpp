#include "layout/apply_step.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "layout/card.hpp"

namespace berth::layout {
namespace {

/// A layout that is always there: the manager takes up a label only when its value is another one.
constexpr std::string_view kNoLayout = "all-disabled";

bool is_of_cards(std::string_view resource) {
  return resource == kWholeResource || resource.starts_with("nvidia.com/mig-");
}

class Deciding {
 public:
  Deciding(const ObservedNode& node, const WantedLayout& wanted, const LayoutHistory& history,
           const LayoutPatience& patience, Instant now)
      : node_(node), wanted_(wanted), history_(history), patience_(patience), now_(now) {
    for (const auto& [label, value] : node.labels) {
      if (value == kPausedForChange) paused_.push_back(label);
    }
  }

  LayoutStep step() const {
    const auto has_units = [](const auto& one) { return one.second > 0; };
    if (std::ranges::none_of(wanted_.units, has_units)) return empty_layout();
    // Whose change it is does not matter: while one goes on, there is none to begin.
    if (state() == "pending") return pending();
    if (state() == "rebooting") return rebooting();
    if (!paused_.empty()) return paused();
    if (label(kMigConfigLabel) != wanted_.name) {
      if (was_given_in_vain()) return not_kept();
      return relabel({{std::string(kMigConfigLabel), wanted_.name}});
    }
    if (state() == "failed") return failed();
    if (state() == "success") return success();
    return unheard();
  }

 private:
  std::string label(std::string_view name) const {
    const auto found = node_.labels.find(std::string(name));
    return found == node_.labels.end() ? std::string() : found->second;
  }
  std::string state() const { return label(kMigStateLabel); }
  Instant state_since() const { return history_.state.value_or(history_.labelled.value_or(now_)); }
  /// Not for how long: a sentence that changes while nothing does is written down each time.
  static std::string at(Instant instant) { return format_rfc3339(std::chrono::floor<seconds>(instant)); }

  /// The value that it has not, then the one that it is to have.
  std::vector<LabelChange> again() const {
    return {{std::string(kMigConfigLabel), std::string(kNoLayout)},
            {std::string(kMigConfigLabel), wanted_.name}};
  }
  LayoutStep relabel(std::vector<LabelChange> labels) const {
    if (auto lacking = lacking_labels(); !lacking.empty()) return not_prepared(std::move(lacking));
    if (node_.sessions > 0) return DrainNode{node_.sessions};
    return Relabel{std::move(labels)};
  }
  std::int64_t advertised(const std::string& resource) const {
    const auto found = node_.advertised.find(resource);
    return found == node_.advertised.end() ? 0 : found->second;
  }
  /// All that is wanted, and nothing of another layout.
  bool advertises() const {
    const auto is_wanted = [&](const auto& one) {
      return one.second == 0 || !is_of_cards(one.first) || wanted_.units.contains(one.first);
    };
    const auto is_there = [&](const auto& one) { return advertised(one.first) == one.second; };
    return std::ranges::all_of(wanted_.units, is_there) && std::ranges::all_of(node_.advertised, is_wanted);
  }
  /// Every card is whole, which the numbers alone tell: a cut card is not among them.
  bool is_whole() const {
    return std::ranges::all_of(
        wanted_.units, [](const auto& one) { return one.second == 0 || one.first == kWholeResource; });
  }
  bool advertises_nothing() const {
    const auto is_nothing = [](const auto& one) { return one.second == 0 || !is_of_cards(one.first); };
    return std::ranges::all_of(node_.advertised, is_nothing);
  }
  bool has_rebooted() const { return !history_.boot.empty() && history_.boot != node_.boot; }

  LayoutStep empty_layout() const {
    return LayoutStuck{
        Stuck::kEnabledButEmpty,
        fmt::format("Layout {} leaves node {} without any unit: the operator's validator never "
                    "passes on it.",
                    wanted_.name, node_.name),
        "Declare a layout with at least one unit, or the cards whole."};
  }

  LayoutStep paused() const {
    if (const auto until = state_since() + patience_.clients; now_ < until)
      return AwaitNode{"the operator's programs to leave the node and to come back", until};
    LayoutStuck stuck{
        Stuck::kClientsPaused,
        fmt::format("On node {} these have been paused since {}, and nobody brings them back: {}.",
                    node_.name, at(state_since()), fmt::join(paused_, ", ")),
        "Give them back their label \"true\", then another layout and this one again."};
    for (const auto& one : paused_) stuck.labels.push_back({one, "true"});
    std::ranges::copy(again(), std::back_inserter(stuck.labels));
    return stuck;
  }

  LayoutStep pending() const {
    if (!paused_.empty()) return paused();
    if (const auto until = state_since() + patience_.applies; now_ < until)
      return AwaitNode{"the cards to be cut", until};
    return LayoutStuck{Stuck::kPending,
                       fmt::format("Node {} has been pending since {}.", node_.name, at(state_since())),
                       "Give it another layout and this one again; where that does not help, delete the "
                       "mig-manager's pod of the node.",
                       again()};
  }

  LayoutStep rebooting() const {
    if (const auto until = state_since() + patience_.reboots; now_ < until)
      return AwaitNode{"the node to come back", until};
    return LayoutStuck{
        Stuck::kRebooting,
        fmt::format("Node {} has been about to reboot since {}.", node_.name, at(state_since())),
        "Look whether the node is up; reboot it by hand."};
  }

  LayoutStep failed() const {
    if (history_.tries < patience_.tries) return relabel(again());
    return LayoutStuck{Stuck::kFailed,
                       fmt::format("Node {} could not be given layout {}, {} times.", node_.name,
                                   wanted_.name, history_.tries),
                       "Read the log of the mig-manager's pod of the node: a process on a card is what most "
                       "often is in the way.",
                       again()};
  }

  LayoutStep success() const {
    // The state of the layout before stays for a moment after the label has changed.
    const bool is_older = history_.labelled && !was_given_before_that() &&
                          (!history_.state || *history_.state <= *history_.labelled);
    if (is_older && now_ < *history_.labelled + patience_.settles)
      return AwaitNode{"the label to be taken up", *history_.labelled + patience_.settles};
    // Two cards that are swapped offer the same numbers before and after: then it is the manager's word that
    // tells. Where all cards are whole already it says nothing new: its "success" is the one of before.
    if (advertises() && (!is_older || history_.had_others || is_whole())) return LayoutInForce{};
    if (is_older) return unheard();
    if (has_rebooted()) return after_boot();
    if (const auto until = state_since() + patience_.advertises; now_ < until)
      return AwaitNode{"the units to be advertised", until};
    if (advertises_nothing() && node_.validator_failing) {
      return LayoutStuck{
          Stuck::kEnabledButEmpty,
          fmt::format("Node {} says success and has no unit, and its validator fails: its cards "
                      "are enabled and empty.",
                      node_.name),
          "Give it another layout and this one again.", again()};
    }
    return LayoutStuck{Stuck::kSuccessWithoutCapacity,
                       fmt::format("Node {} says success, and has not what layout {} should give: {}.",
                                   node_.name, wanted_.name, missing()),
                       "Reboot the node while it is drained; then its units are looked at before a session "
                       "starts."};
  }

  /// Instances do not outlive a boot: somebody has to make them again, and takes his time.
  LayoutStep after_boot() const {
    if (const auto until = history_.back.value_or(now_) + patience_.reboots; now_ < until)
      return AwaitNode{"the layout to be made again after the boot", until};
    return LayoutStuck{Stuck::kGoneAfterReboot,
                       fmt::format("Node {} was booted, and its layout {} was not made again: {}.",
                                   node_.name, wanted_.name, missing()),
                       "Give it another layout and this one again.", again()};
  }

  LayoutStep unheard() const {
    const auto since = history_.labelled.value_or(state_since());
    if (const auto until = since + patience_.begins; now_ < until)
      return AwaitNode{"the manager to take up the label", until};
    LayoutStuck stuck{
        Stuck::kNoManager,
        fmt::format("On node {} nobody has taken up the label since {}.", node_.name, at(since)),
        "Have the operator put its manager onto the node."};
    if (label(kMigManagerLabel) != "true") stuck.labels.push_back({std::string(kMigManagerLabel), "true"});
    return stuck;
  }

  /// What was given before the layout was found to be gone does not count.
  bool was_given_before_that() const {
    return history_.labelled && history_.back && *history_.labelled < *history_.back;
  }
  bool was_given_in_vain() const {
    return history_.given == wanted_.name && history_.labelled && !was_given_before_that() &&
           now_ >= *history_.labelled + patience_.begins;
  }

  LayoutStep not_kept() const {
    const auto has = label(kMigConfigLabel);
    LayoutStuck stuck{
        Stuck::kLabelNotKept,
        fmt::format("Node {} was given {}={} first at {}, and has {}.", node_.name, kMigConfigLabel,
                    wanted_.name, at(*history_.labelled), has.empty() ? "no such label" : has),
        "Read the reconciler's log: where the label is refused, the node lacks its mark or the reconciler a "
        "right; else somebody else writes it, and has to leave it alone."};
    if (!node_.labels.contains(std::string(kLayoutsLabel)))
      stuck.labels.push_back({std::string(kLayoutsLabel), "true"});
    return stuck;
  }

  /// Without which a label would be refused, or be nobody's: sessions would make room for nothing.
  std::vector<LabelChange> lacking_labels() const {
    std::vector<LabelChange> lacking;
    if (!node_.labels.contains(std::string(kLayoutsLabel)))
      lacking.push_back({std::string(kLayoutsLabel), "true"});
    if (label(kMigManagerLabel) != "true") lacking.push_back({std::string(kMigManagerLabel), "true"});
    return lacking;
  }

  LayoutStep not_prepared(std::vector<LabelChange> lacking) const {
    std::vector<std::string> names;
    for (const auto& one : lacking) names.push_back(one.label + "=" + one.value);
    return LayoutStuck{
        Stuck::kNotPrepared,
        fmt::format("Node {} has no {}: its layout is not Berth's to change, or nobody on it would do it. "
                    "Nothing was begun.",
                    node_.name, fmt::join(names, " and no ")),
        "Give it the label, where the operator's manager is to run there and Berth is to change its layout; "
        "else take the order back (berth gpu drop).",
        std::move(lacking)};
  }

  std::string missing() const {
    std::vector<std::string> parts;
    for (const auto& [name, count] : wanted_.units) {
      if (advertised(name) != count)
        parts.push_back(fmt::format("{} of {} {}", advertised(name), count, name));
    }
    for (const auto& [name, count] : node_.advertised) {
      if (count > 0 && is_of_cards(name) && !wanted_.units.contains(name))
        parts.push_back(fmt::format("{} of 0 {}", count, name));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  const ObservedNode& node_;
  const WantedLayout& wanted_;
  const LayoutHistory& history_;
  const LayoutPatience& patience_;
  Instant now_;
  std::vector<std::string> paused_;
};

}  // namespace

bool offers_others(const ObservedNode& node, const WantedLayout& wanted) {
  return std::ranges::any_of(node.advertised, [&](const auto& one) {
    const auto found = wanted.units.find(one.first);
    return is_of_cards(one.first) && one.second > (found == wanted.units.end() ? 0 : found->second);
  });
}

std::string_view to_string(Stuck state) {
  switch (state) {
    case Stuck::kClientsPaused:
      return "clients_paused";
    case Stuck::kPending:
      return "pending";
    case Stuck::kFailed:
      return "failed";
    case Stuck::kRebooting:
      return "rebooting";
    case Stuck::kSuccessWithoutCapacity:
      return "success_without_capacity";
    case Stuck::kEnabledButEmpty:
      return "enabled_but_empty";
    case Stuck::kGoneAfterReboot:
      return "gone_after_reboot";
    case Stuck::kNoManager:
      return "no_manager";
    case Stuck::kLabelNotKept:
      return "label_not_kept";
    case Stuck::kNotPrepared:
      return "not_prepared";
  }
  return "pending";
}

LayoutStep decide_layout_step(const ObservedNode& node, const WantedLayout& wanted,
                              const LayoutHistory& history, const LayoutPatience& patience, Instant now) {
  return Deciding(node, wanted, history, patience, now).step();
}

}  // namespace berth::layout
