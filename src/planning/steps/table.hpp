// The start steps in their order: the one list of them.
#pragma once

#include <algorithm>
#include <array>

#include "planning/steps/start_step.hpp"

namespace berth::planning {

// Of each step, in the file of its name.
Standing judge_device_free(const View& view);
std::vector<manifests::Object> namespace_objects(const manifests::SessionSpec& spec);
Standing judge_namespace(const View& view);
std::vector<manifests::Object> quota_objects(const manifests::SessionSpec& spec);
Standing judge_quota(const View& view);
std::vector<manifests::Object> limit_objects(const manifests::SessionSpec& spec);
std::vector<manifests::Object> network_objects(const manifests::SessionSpec& spec);
std::vector<manifests::Object> access_objects(const manifests::SessionSpec& spec);
std::vector<manifests::Object> storage_objects(const manifests::SessionSpec& spec);
Standing judge_storage(const View& view);
/// Who may open the workspace, for its gate, which watches it. A guard object: sharing goes through Berth,
/// where it is written down. Nothing in it is secret.
manifests::Object access_list_object(const manifests::SessionSpec& spec);
std::vector<manifests::Object> config_objects(const manifests::SessionSpec& spec);
std::vector<manifests::Object> workspace_step_objects(const manifests::SessionSpec& spec);
Standing judge_workspace(const View& view);
std::vector<manifests::Object> endpoint_objects(const manifests::SessionSpec& spec);
Standing judge_endpoint(const View& view);
Standing judge_ready(const View& view);

// clang-format off
inline constexpr std::array kStartSteps{
    StartStep{model::StepName::kDeviceFree, no_objects,             judge_device_free, JudgedBy::kApply,             Overtaking::kNo,  TriedBy::kBerth},
    StartStep{model::StepName::kNamespace,  namespace_objects,      judge_namespace,   JudgedBy::kStatusOnOpenshift, Overtaking::kNo,  TriedBy::kBerth},
    StartStep{model::StepName::kQuota,      quota_objects,          judge_quota,       JudgedBy::kStatus,            Overtaking::kNo,  TriedBy::kBerth},
    StartStep{model::StepName::kLimits,     limit_objects,          done_when_applied, JudgedBy::kApply,             Overtaking::kNo,  TriedBy::kBerth},
    StartStep{model::StepName::kNetwork,    network_objects,        done_when_applied, JudgedBy::kApply,             Overtaking::kNo,  TriedBy::kBerth},
    StartStep{model::StepName::kAccess,     access_objects,         done_when_applied, JudgedBy::kApply,             Overtaking::kNo,  TriedBy::kBerth},
    StartStep{model::StepName::kStorage,    storage_objects,        judge_storage,     JudgedBy::kApply,             Overtaking::kNo,  TriedBy::kBerth},
    StartStep{model::StepName::kConfig,     config_objects,         done_when_applied, JudgedBy::kApply,             Overtaking::kNo,  TriedBy::kBerth},
    StartStep{model::StepName::kWorkspace,  workspace_step_objects, judge_workspace,   JudgedBy::kStatus,            Overtaking::kMay, TriedBy::kCluster},
    StartStep{model::StepName::kEndpoint,   endpoint_objects,       judge_endpoint,    JudgedBy::kStatusOnOpenshift, Overtaking::kNo,  TriedBy::kBerth},
    StartStep{model::StepName::kReady,      no_objects,             judge_ready,       JudgedBy::kStatus,            Overtaking::kNo,  TriedBy::kBerth},
};
// clang-format on

static_assert(std::ranges::equal(kStartSteps, model::kSteps, {}, &StartStep::name),
              "every step has its row, in the order of its names");

/// The objects of one step, in the order in which they are applied.
inline std::vector<manifests::Object> objects_of(model::StepName step, const manifests::SessionSpec& spec) {
  return kStartSteps.at(static_cast<std::size_t>(step)).objects(spec);
}

/// Every object of the session that is put back when it drifts: of all steps.
std::vector<manifests::Object> all_objects(const manifests::SessionSpec& spec);

}  // namespace berth::planning
