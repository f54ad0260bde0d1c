#include "planning/layouts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "planning/devices.hpp"
#include "planning/layout_at_work.hpp"
#include "planning/outages.hpp"
#include "planning/session_plan.hpp"

namespace berth::planning {
namespace {

constexpr std::string_view kLayoutStuck = "layout_stuck";
constexpr std::string_view kLayoutDiffers = "layout_differs";
/// A layout that is always there: the manager takes up a label only when its value is another one.
constexpr std::string_view kNoLayout = "all-disabled";
/// So long a label that was given is waited for to be seen.
constexpr seconds kUntilSeen{10};

/// It has its device, or is about to: one that still waits for it does not count, and gets none meanwhile.
bool holds_its_device(const DesiredSession& wanted) {
  const auto* free = find_step(wanted.session, model::StepName::kDeviceFree);
  return wanted.session.phase != model::SessionPhase::kStarting || free == nullptr ||
         free->state == model::StepState::kDone;
}

/// Who has a device of a node's cards.
struct Holders {
  std::set<std::string> namespaces;
  std::optional<Instant> last;  // the latest end of their windows; nothing where pods of others hold one
  bool others = false;          // of which no end is known
};

Holders holders_on(const std::string& node, const Desired& desired, const Observed& observed) {
  Holders holders;
  for (const auto& wanted : desired.sessions) {
    if (wanted.booked.node.kubernetes_name != node) continue;
    // What was made for it may be there before it is written down that its device was free.
    if (!holds_its_device(wanted) && !may_use_device(wanted.session.namespace_name, observed)) continue;
    holders.namespaces.insert(wanted.session.namespace_name);
    const auto end = wanted.booked.reservation.window.end;
    holders.last = std::max(holders.last.value_or(end), end);
  }
  // A session that cannot be read may be on any node, and have its device by turns.
  for (const auto& one : desired.unreadable) {
    if (one.object.starts_with("reservations/")) continue;
    holders.others = holders.namespaces.insert(one.object).second || holders.others;
  }
  for (const auto& pod : observed.pods) {
    const auto holds = [](const auto& one) { return one.second > 0; };
    if (pod.node != node || pod.finished || std::ranges::none_of(pod.gpus, holds)) continue;
    holders.others = holders.namespaces.insert(pod.namespace_name).second || holders.others;
  }
  return holders;
}

/// One node's next step.
class Stepping {
 public:
  Stepping(const AtWork& work, const json::value& node, const Desired& desired, const Observed& observed)
      : order_(*work.order),
        desired_(desired),
        observed_(observed),
        holders_(holders_on(order_.node, desired, observed)),
        progress_(order_.progress) {
    keep_.node = order_.node;
    keep_.order = order_.id;
    keep_.replaced = work.replaced;
    see(node);
  }

  /// Nothing where all of it is written down and nothing is to be done.
  std::optional<KeepLayout> next() {
    if (order_.retry_asked && is_there(order_, observed_)) {
      keep_.retries = true;  // of what is as it should be
    } else if (order_.retry_asked) {
      retry();
    } else {
      decide();
    }
    tell();
    const bool news = progress_ != order_.progress || keep_.takes_force || keep_.retries || keep_.label ||
                      !keep_.replaced.empty() || !keep_.report.empty() || !keep_.resolve.empty();
    if (!news) return std::nullopt;
    keep_.progress = std::move(progress_);
    return std::move(keep_);
  }

 private:
  void see(const json::value& node) {
    if (const auto* labels = find(node, {"metadata", "labels"}); labels != nullptr && labels->is_object()) {
      for (const auto& [name, value] : labels->get_object()) {
        if (value.is_string()) seen_.labels.emplace(name, value.get_string());
      }
    }
    seen_.name = order_.node;
    if (const auto gpus = observed_.node_gpus.find(order_.node); gpus != observed_.node_gpus.end())
      seen_.advertised = gpus->second;
    seen_.boot = boot_of(node);
    seen_.sessions = static_cast<int>(holders_.namespaces.size());
    // It is made anew now and then, and does not fail while it runs: what was found stays.
    seen_.validator_failing =
        (progress_.stuck && progress_.step == to_string(layout::Stuck::kEnabledButEmpty)) ||
        std::ranges::any_of(observed_.pods, [&](const PodSeen& pod) {
          return pod.node == order_.node && pod.name.starts_with(kGpuValidator) && !pod.trouble.empty();
        });
    if (const auto state = label(layout::kMigStateLabel);
        state != progress_.mig_state || !progress_.mig_state_since) {
      progress_.mig_state = state;
      progress_.mig_state_since = desired_.now;
    }
    if (!order_.in_force) {
      progress_.back.reset();
    } else if (!progress_.back && !is_there(order_, observed_)) {
      progress_.back = desired_.now;
    }
  }

  std::string label(std::string_view name) const {
    const auto found = seen_.labels.find(std::string(name));
    return found == seen_.labels.end() ? std::string() : found->second;
  }

  void step(std::string name, std::string sentence, std::optional<Instant> until = {}) {
    progress_.step = std::move(name);
    progress_.stuck = false;
    progress_.sentence = std::move(sentence);
    progress_.repair.clear();
    progress_.until = until;
  }

  void drain() {
    std::string until;
    if (holders_.others) {
      until = ", of which not all say until when";
    } else if (holders_.last) {
      until = fmt::format(", the last until {}", format_rfc3339(std::chrono::floor<seconds>(*holders_.last)));
    }
    const auto count = holders_.namespaces.size();
    step("draining",
         fmt::format("Waits for {} session{} with devices of node {}{}.", count, count == 1 ? "" : "s",
                     order_.node, until),
         holders_.others ? std::nullopt : holders_.last);
  }

  /// It was written down, and may not have been done: who was to do it may have been killed, or not been
  /// heard.
  bool is_first_try() const {
    return progress_.labelled && progress_.until == *progress_.labelled + kUntilSeen;
  }
  bool was_given(const std::string& value) const {
    return !keep_.retries && progress_.labelled && progress_.label_given == value &&
           (!progress_.back || *progress_.labelled >= *progress_.back);
  }

  void give(const std::string& value) {
    const auto sentence = fmt::format("Node {} is given {}={}.", order_.node, layout::kMigConfigLabel, value);
    keep_.label = value;
    const bool is_again = was_given(value);
    const auto begins = observed_.layout_patience.begins;
    // From the second time on nothing changes but that it is tried each cycle.
    if (is_again && !is_first_try()) return step("relabelling", sentence, *progress_.labelled + begins);
    progress_.label_given = value;
    progress_.labelled = desired_.now;
    progress_.had_others = layout::offers_others(seen_, {order_.layout, order_.advertises});
    step("relabelling", sentence, desired_.now + (is_again ? Duration(begins) : Duration(kUntilSeen)));
  }

  void await(const std::string& what, Instant until) {
    step("waiting", fmt::format("Waits for {}.", what), until);
  }

  /// On somebody's word, whatever it is stuck on: from the beginning, by way of another label.
  void retry() {
    if (progress_.step == to_string(layout::Stuck::kNotPrepared)) {
      keep_.retries = true;  // nothing was begun: what was lacking is there now, or is told again
      return decide();
    }
    if (seen_.sessions > 0) return drain();
    keep_.retries = true;
    progress_.tries = 1;
    progress_.mig_state_since = desired_.now;
    give(label(layout::kMigConfigLabel) == order_.layout ? std::string(kNoLayout) : order_.layout);
  }

  bool state_is_older() const {
    return progress_.labelled &&
           (!progress_.mig_state_since || *progress_.mig_state_since <= *progress_.labelled);
  }

  /// Until when the manager may not have taken up a label of the order that this one overtook. What it says
  /// and cuts for that one would count for this one.
  std::optional<Instant> settles_before() const {
    std::optional<Instant> until;
    for (const auto& other : desired_.layouts) {
      const auto& labelled = other.progress.labelled;
      if (other.node != order_.node || other.id == order_.id || !labelled) continue;
      until = std::max(until, std::optional<Instant>(*labelled + observed_.layout_patience.settles));
    }
    return until && desired_.now < *until && !progress_.labelled ? until : std::nullopt;
  }

  void decide() {
    const auto now = desired_.now;
    const auto config = label(layout::kMigConfigLabel);
    const auto state = label(layout::kMigStateLabel);
    if (const auto until = settles_before()) return await("the label before to be taken up", *until);
    if (is_first_try() && progress_.label_given != config && now < *progress_.labelled + kUntilSeen)
      return await("the label to be seen", *progress_.labelled + kUntilSeen);
    // What is said after a label may still be of the one before, and one that follows too soon is not taken
    // up.
    if (progress_.labelled && config == progress_.label_given && state_is_older() && state != "pending" &&
        state != "rebooting" && now < *progress_.labelled + observed_.layout_patience.settles)
      return await("the label to be taken up", *progress_.labelled + observed_.layout_patience.settles);
    const layout::WantedLayout wanted{order_.layout, order_.advertises};
    const layout::LayoutHistory history{.labelled = progress_.labelled,
                                        .given = is_first_try() ? std::string() : progress_.label_given,
                                        .state = progress_.mig_state_since,
                                        .had_others = progress_.had_others,
                                        .boot = progress_.boot,
                                        .back = progress_.back,
                                        .tries = progress_.tries};
    std::visit([&](const auto& it) { take(it); },
               layout::decide_layout_step(seen_, wanted, history, observed_.layout_patience, now));
  }

  void take(const layout::LayoutInForce&) {
    keep_.takes_force = !order_.in_force || progress_.back.has_value();
    progress_.boot = seen_.boot;
    progress_.back.reset();
    step("in_force", {});
  }
  void take(const layout::DrainNode&) { drain(); }
  void take(const layout::AwaitNode& it) { await(it.what, it.until); }
  void take(const layout::Relabel& it) {
    const auto& value = it.labels.front().value;
    progress_.tries = value == kNoLayout ? progress_.tries + 1 : std::max(progress_.tries, 1);
    give(value);
  }
  void take(const layout::LayoutStuck& it) {
    progress_.step = to_string(it.state);
    progress_.stuck = true;
    progress_.sentence = it.sentence;
    progress_.repair = it.repair;
    for (const auto& [name, value] : it.labels) {
      if (name != layout::kMigConfigLabel)
        progress_.repair += fmt::format(" kubectl label node {} {}={} --overwrite", order_.node, name, value);
    }
    if (it.state != layout::Stuck::kNotPrepared)  // that goes on by itself
      progress_.repair += fmt::format(" Then: berth gpu retry {}", order_.node);
    progress_.until.reset();
  }

  /// By hand: this program has given it no label since it was found to be another one.
  bool is_laid_by_hand() const {
    return order_.in_force && progress_.back && label(layout::kMigConfigLabel) != order_.layout &&
           (!progress_.labelled || *progress_.labelled < *progress_.back);
  }

  void tell() {
    const auto mine = fmt::format("nodes/{}/layout/", order_.node);
    std::vector<ReportFinding> told;
    if (progress_.stuck) {
      told.push_back(
          {std::string(kLayoutStuck), mine + progress_.step, progress_.sentence, progress_.repair});
    }
    if (is_laid_by_hand()) {
      const auto config = label(layout::kMigConfigLabel);
      told.push_back({std::string(kLayoutDiffers), mine + "label",
                      fmt::format("Node {} has {}, and {} was ordered and is in force.", order_.node,
                                  config.empty() ? fmt::format("no label {}", layout::kMigConfigLabel)
                                                 : fmt::format("{}={}", layout::kMigConfigLabel, config),
                                  order_.layout),
                      "No session starts on the node. It is given its layout again once none has a device of "
                      "it; for another one: berth gpu apply --in-service"});
    }
    const auto is_of = [](const OpenFinding& open) {
      return [&open](const ReportFinding& one) { return one.kind == open.kind && one.object == open.object; };
    };
    for (const auto& open : desired_.findings) {
      if ((open.kind == kLayoutStuck || open.kind == kLayoutDiffers) && open.object.starts_with(mine) &&
          std::ranges::none_of(told, is_of(open)))
        keep_.resolve.push_back({open.kind, open.object});
    }
    for (auto& one : told) {
      const auto is_open = [&](const OpenFinding& open) { return is_of(open)(one); };
      if (std::ranges::none_of(desired_.findings, is_open)) keep_.report.push_back(std::move(one));
    }
  }

  const LayoutOrder& order_;
  const Desired& desired_;
  const Observed& observed_;
  const Holders holders_;
  LayoutProgress progress_;
  layout::ObservedNode seen_;
  KeepLayout keep_;
};

std::set<std::string> ordered_nodes(const Desired& desired) {
  std::set<std::string> nodes;
  for (const auto& order : desired.layouts) {
    if (!order.over_at) nodes.insert(order.node);
  }
  return nodes;
}

/// Of nodes with nothing that is at work: nobody else tells that it is over.
void forget_findings(const Desired& desired, const std::set<std::string>& settled,
                     std::vector<KeepLayout>& all) {
  const auto nodes = ordered_nodes(desired);
  for (const auto& open : desired.findings) {
    if (open.kind != kLayoutStuck && open.kind != kLayoutDiffers) continue;
    const auto from = open.object.find('/') + 1;
    auto node = open.object.substr(from, open.object.find('/', from) - from);
    if (nodes.contains(node) && !settled.contains(node)) continue;
    KeepLayout keep;
    keep.node = std::move(node);
    keep.resolve.push_back({open.kind, open.object});
    all.push_back(std::move(keep));
  }
}

/// It is left alone, and its node under maintenance: nobody knows what its devices are to be.
std::optional<KeepLayout> tell_unreadable(const LayoutOrder& order, const Desired& desired) {
  const OpenFinding now{std::string(kLayoutStuck), fmt::format("nodes/{}/layout/unreadable", order.node)};
  if (std::ranges::find(desired.findings, now) != desired.findings.end()) return std::nullopt;
  KeepLayout keep;
  keep.node = order.node;
  keep.report.push_back(
      {now.kind, now.object,
       fmt::format("What node {} is to offer by layout order {} cannot be read.", order.node, order.id),
       "Order the layout again: berth gpu apply --in-service"});
  return keep;
}

}  // namespace

std::vector<KeepLayout> plan_layouts(const Desired& desired, const Observed& observed) {
  std::vector<KeepLayout> all;
  if (!observed.watch_trouble.empty()) return all;
  std::set<std::string> settled;
  for (const auto& name : ordered_nodes(desired)) {
    const auto work = at_work(name, desired);
    if (work.order == nullptr || (is_there(*work.order, observed) && !work.order->retry_asked)) {
      settled.insert(name);
      continue;
    }
    if (work.order->advertises.empty()) {  // which none has that can be read
      if (auto told = tell_unreadable(*work.order, desired)) all.push_back(std::move(*told));
      continue;
    }
    const auto* node = see_node(name, observed);
    if (node == nullptr) continue;  // its own finding tells it
    if (auto next = Stepping(work, *node, desired, observed).next()) all.push_back(std::move(*next));
  }
  forget_findings(desired, settled, all);
  return all;
}

}  // namespace berth::planning
