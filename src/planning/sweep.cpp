#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/cidr.hpp"
#include "planning/planning.hpp"

namespace berth::planning {
namespace {

constexpr std::string_view kForeignNamespace = "foreign_namespace";
constexpr std::string_view kNewerThanDatabase = "newer_than_database";
constexpr std::string_view kLeftOverGrant = "left_over_grant";
constexpr std::string_view kStuckNamespace = "stuck_namespace";
constexpr std::string_view kHomeWithoutRow = "home_without_row";
/// What is over when it is told stays to be read for so long.
constexpr Duration kNewsStays = std::chrono::hours(24);

/// Whoever reports a kind resolves it: others' findings are none of the sweep's.
bool is_of_the_sweep(const OpenFinding& open) {
  return open.kind == kForeignNamespace || open.kind == kNewerThanDatabase || open.kind == kLeftOverGrant ||
         open.kind == kStuckNamespace || open.kind == kNewerVersion || open.kind == kUnreadableRow ||
         open.kind == kNodeOutsideRanges || open.kind == kHomeWithoutRow;
}

/// Once said it stays so: new sessions soon make the database look newer than what it has lost.
bool is_newer_than_database(const NamespaceSeen& space, const SweepInput& input) {
  if (!space.begun || input.gone_namespaces.contains(space.name)) return false;
  if (!input.newest_session || *space.begun > *input.newest_session) return true;
  return std::any_of(input.open_findings.begin(), input.open_findings.end(), [&](const OpenFinding& open) {
    return open.kind == kNewerThanDatabase && open.object == space.name;
  });
}

/// Those that no range holds, joined.
std::string outside(const std::vector<std::string>& addresses, const std::vector<std::string>& ranges) {
  std::string out;
  for (const auto& text : addresses) {
    const auto address = Cidr::parse(text);
    const bool held = address && std::any_of(ranges.begin(), ranges.end(), [&](const std::string& one) {
                        const auto range = Cidr::parse(one);
                        return range && range->contains(*address);
                      });
    if (!held) out += (out.empty() ? "" : ", ") + text;
  }
  return out;
}

/// Empty when the fence knows all of the node's addresses.
std::string outside_of_ranges(const NodeSeen& node, const model::Cluster& cluster) {
  std::string out;
  const auto tell = [&](std::string_view what, const std::string& where, std::string_view field) {
    if (where.empty()) return;
    out += fmt::format("{}{} {}, which no range of {} holds.", out.empty() ? "" : " ", what, where, field);
  };
  tell("Its pods are in", outside(node.pod_ranges, cluster.pod_ranges), "pod_ranges");
  tell("Its address is", outside(node.addresses, cluster.node_ranges), "node_ranges");
  return out;
}

/// The namespace's own words; where it has none (while its pods are there, all its conditions say that
/// nothing is amiss), after a while what is left in it. Empty: nothing to tell.
std::string why_stuck(const NamespaceSeen& space, Instant now) {
  if (!space.held_up.empty()) return space.held_up;
  if (!space.terminating || !space.ending_since || now - *space.ending_since < kLongEnding) return {};
  return fmt::format("Its end takes longer than {} minutes. {}",
                     std::chrono::duration_cast<minutes>(kLongEnding).count(),
                     space.holders.empty() ? std::string("The cluster does not say why.")
                                           : fmt::format("Held by {}.", fmt::join(space.holders, ", ")));
}

}  // namespace

std::vector<SweepAction> plan_sweep(const SweepInput& input) {
  std::vector<SweepAction> actions;
  std::set<std::pair<std::string, std::string>> seen;
  const auto report = [&](std::string kind, const std::string& object, std::string detail,
                          std::string planned) {
    seen.insert({kind, object});
    for (const auto& open : input.open_findings) {
      if (open.kind == kind && open.object == object) return;  // said already
    }
    actions.emplace_back(ReportFinding{std::move(kind), object, std::move(detail), std::move(planned)});
  };

  for (const auto& space : input.namespaces) {
    if (space.installation != input.installation) {
      report(std::string(kForeignNamespace), space.name,
             space.installation.empty() ? std::string("Labelled as Berth's, but by no installation.")
                                        : fmt::format("Belongs to installation {}.", space.installation),
             "None: only what is ours is changed.");
      continue;
    }
    if (auto why = why_stuck(space, input.now); !why.empty()) {
      report(std::string(kStuckNamespace), space.name, std::move(why),
             "None: Berth takes no finalizer off. Its session is over as soon as nothing runs in it.");
    }
    if (input.live_namespaces.contains(space.name) || space.terminating) continue;
    // Rows are written before namespaces and never removed. One that is newer than all rows was made by a
    // database that knew more than this one, which is a restored backup or a copy; what it does not know is
    // not its to end.
    if (is_newer_than_database(space, input)) {
      report(std::string(kNewerThanDatabase), space.name,
             fmt::format("Its session began at {}, and this database has no session as new as that: it may "
                         "be a restored "
                         "backup.",
                         format_rfc3339(*space.begun)),
             "None: remove it by hand when nobody needs it.");
      continue;
    }
    actions.emplace_back(RemoveNamespace{space.name, space.uid, "no session has it"});
  }
  for (const auto& grant : input.grants) {
    if (!input.gone_namespaces.contains(grant.namespace_name)) continue;
    // Told as well as done: not every installation lets its reconciler write what is shared by the whole
    // cluster.
    const auto why =
        fmt::format("it names {}/{}, whose session is gone", grant.namespace_name, grant.account);
    report(std::string(kLeftOverGrant), fmt::format("{}/{}", grant.kind.plural, grant.name),
           fmt::format("{} {} outlived a session: {}.", grant.kind.kind, grant.name, why),
           "Removed by the sweep, where the reconciler may.");
    actions.emplace_back(RemoveGrant{grant, why});
  }
  for (const auto& one : input.unreadable) {
    report(one.kind, one.object, one.detail,
           "None: it is left alone until a version that can read it leads.");
  }
  for (const auto& node : input.nodes) {
    if (!input.cluster) break;
    const auto why = outside_of_ranges(node, *input.cluster);
    if (why.empty()) continue;
    report(std::string(kNodeOutsideRanges), fmt::format("nodes/{}", node.name),
           fmt::format("{} Sessions can reach it.", why),
           fmt::format("None: add the range to cluster {} and apply it; running sessions follow.",
                       input.cluster->name));
  }
  for (const auto& volume : input.volumes) {
    if (input.homes.contains(volume.home)) continue;
    report(std::string(kHomeWithoutRow), fmt::format("persistentvolumes/{}", volume.name),
           fmt::format(
               "It is marked as home {}, which this database does not have: it may be a restored backup.",
               volume.home),
           "None: remove it by hand when nobody needs it.");
  }
  for (const auto& open : input.open_findings) {
    if (open.kind == kNodeOutsideRanges && !input.cluster) continue;  // not looked at
    if (open.kind == kHomeLost && input.now - open.since >= kNewsStays)
      actions.emplace_back(ResolveFinding{open.kind, open.object});
    if (is_of_the_sweep(open) && !seen.contains({open.kind, open.object}))
      actions.emplace_back(ResolveFinding{open.kind, open.object});
  }
  return actions;
}

bool tells_news_of_rows(const Desired& desired) {
  std::set<std::pair<std::string, std::string>> told;
  for (const auto& open : desired.findings) {
    if (open.kind == kNewerVersion || open.kind == kUnreadableRow) told.insert({open.kind, open.object});
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& one : desired.unreadable) seen.insert({one.kind, one.object});
  return told != seen;
}

}  // namespace berth::planning
