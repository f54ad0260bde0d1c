#include "planning/shared_objects.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace berth::planning {
namespace {

using SharedStanding = SharedObject::Standing;

constexpr std::string_view kMissing = "shared_object_missing";
constexpr std::string_view kDiffers = "shared_object_differs";

std::string shared_key_of(const SharedObject& shared) {
  return fmt::format("{}/{}", shared.object.kind.plural, shared.object.name);
}

std::string_view kind_of(SharedStanding standing) {
  switch (standing) {
    case SharedStanding::kMissing:
      return kMissing;
    case SharedStanding::kDiffers:
    case SharedStanding::kKept:
      return kDiffers;
    case SharedStanding::kWritten:
    case SharedStanding::kFailed:
      break;
  }
  return {};
}

std::string planned(const SharedObject& shared) {
  const auto apply = std::string("Install it from this version's deploy/, or let the reconciler write it.");
  if (!holds_up_starts(shared)) return apply;
  return (shared.standing == SharedStanding::kMissing ? "No session starts until it is there. "
                                                      : "No session starts until it is put right. ") +
         apply;
}

}  // namespace

bool holds_up_starts(const SharedObject& shared) {
  switch (shared.standing) {
    case SharedStanding::kWritten:
      return false;
    case SharedStanding::kDiffers:
    case SharedStanding::kKept:
      return shared.open;
    case SharedStanding::kMissing:
      return manifests::fences(shared.object);
    case SharedStanding::kFailed:
      return true;
  }
  return true;
}

std::string describe(const SharedObject& shared) {
  const auto name = fmt::format("{} {}", shared.object.kind.kind, shared.object.name);
  const auto how = shared.open ? "does not fence sessions as this version of Berth has it"
                               : "is not as this version of Berth has it";
  switch (shared.standing) {
    case SharedStanding::kWritten:
      return name + " is as it should be.";
    case SharedStanding::kDiffers:
      return fmt::format("{} {}, and the reconciler may not write it: {}.", name, how, shared.detail);
    case SharedStanding::kKept:
      return fmt::format("{} {}, and the cluster keeps it so whatever the reconciler writes: {}.", name, how,
                         shared.detail);
    case SharedStanding::kMissing:
      return fmt::format("{} is missing, and the reconciler may not write it.", name);
    case SharedStanding::kFailed:
      break;
  }
  return fmt::format("{}: {}", name, shared.detail);
}

std::vector<SweepAction> plan_shared_findings(const std::vector<SharedObject>& all,
                                              const std::vector<OpenFinding>& open,
                                              const std::map<std::string, std::string>& told) {
  std::vector<SweepAction> actions;
  const auto is_open = [&](std::string_view kind, const std::string& object) {
    return std::any_of(open.begin(), open.end(),
                       [&](const OpenFinding& one) { return one.kind == kind && one.object == object; });
  };
  for (const auto& one : open) {
    if (one.kind != kMissing && one.kind != kDiffers) continue;
    const auto now =
        std::find_if(all.begin(), all.end(), [&](const auto& it) { return shared_key_of(it) == one.object; });
    const bool unknown = now != all.end() && now->standing == SharedStanding::kFailed;
    if (unknown || (now != all.end() && kind_of(now->standing) == one.kind)) continue;
    actions.emplace_back(ResolveFinding{one.kind, one.object});
  }
  for (const auto& shared : all) {
    const auto kind = kind_of(shared.standing);
    if (kind.empty()) continue;
    const auto object = shared_key_of(shared);
    if (is_open(kind, object)) {
      const auto last = told.find(object);
      if (last == told.end() || last->second == describe(shared)) continue;
      actions.emplace_back(ResolveFinding{std::string(kind), object});  // it differs elsewhere by now
    }
    actions.emplace_back(ReportFinding{std::string(kind), object, describe(shared), planned(shared)});
  }
  return actions;
}

}  // namespace berth::planning
