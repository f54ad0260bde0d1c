// The one thing that is written of a node: the label by which the GPU operator cuts its cards.
#include <fmt/format.h>

#include "layout/apply_step.hpp"
#include "manifests/names_and_labels.hpp"
#include "reconciler/cluster_writes.hpp"

namespace berth::reconciler {

Status ClusterWrites::give_layout(const std::string& node, const std::string& layout) {
  const json::value change{{"metadata", {{"labels", {{layout::kMigConfigLabel, layout}}}}}};
  auto written =
      client_.merge_patch({kube::resources::nodes(), "", node}, change,
                          {.field_manager = std::string(manifests::kFieldManager), .dry_run = false});
  if (!written) return fail(within(fmt::format("label node {}", node), written.error()));
  return {};
}

}  // namespace berth::reconciler
