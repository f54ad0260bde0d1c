// The step that starts the session's apps, the workspace first of all.
#include <fmt/format.h>

#include <iterator>

#include "planning/apps.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {

std::vector<manifests::Object> workspace_step_objects(const manifests::SessionSpec& spec) {
  std::vector<manifests::Object> all;
  for (const auto& app : spec.apps) {
    auto objects = app.kind->objects(spec, app);
    all.insert(all.end(), std::make_move_iterator(objects.begin()), std::make_move_iterator(objects.end()));
  }
  return all;
}

/// What runs the apps has begun to; whether they answer is asked by `ready`.
Standing judge_workspace(const View& view) {
  for (const auto& app : view.spec.apps) {
    const auto seen = see(app, view.wanted.session.namespace_name, view.observed);
    const auto* told = seen.pod;
    // One that has yet to be given its node says nothing of why the last one was refused there.
    if (told == nullptr || (told->trouble.empty() && told->node.empty())) {
      if (const auto* before = refused(app, view.wanted.session.namespace_name, view.observed)) told = before;
    }
    if (told == nullptr) return waiting(fmt::format("Waiting for the {}'s pod.", app.name));
    const auto& pod = *told;
    if (!pod.trouble.empty()) {
      auto standing = trouble(pod.raw_trouble.empty() ? pod.trouble : pod.trouble + "\n" + pod.raw_trouble);
      standing.retried = pod.retried;
      standing.between_tries = pod.between_tries;
      return standing;
    }
    if (!pod.running) return waiting(fmt::format("Getting the {} image and starting it.", app.name));
  }
  return done();
}

}  // namespace berth::planning
