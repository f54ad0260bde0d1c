#include "planning/apps.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace berth::planning {
namespace {

std::vector<const PodSeen*> pods_of(const std::string& app, const std::string& namespace_name,
                                    const Observed& observed) {
  std::vector<const PodSeen*> pods;
  for (const auto& pod : observed.pods) {
    if (pod.namespace_name == namespace_name && pod.app == app && !pod.finished && !pod.deleting)
      pods.push_back(&pod);
  }
  return pods;
}

}  // namespace

AppSeen see(const manifests::App& app, const std::string& namespace_name, const Observed& observed) {
  const auto pods = pods_of(app.name, namespace_name, observed);
  if (pods.empty()) return {};
  const bool all = app.kind->readiness == manifests::Readiness::kEveryPod;
  // The one that decides: the first that is Ready where one is enough, else the first that is not.
  const auto deciding = std::ranges::find(pods, !all, &PodSeen::ready);
  return {.pod = deciding == pods.end() ? pods.front() : *deciding,
          .answers = (deciding == pods.end()) == all};
}

const PodSeen* refused(const manifests::App& app, const std::string& namespace_name,
                       const Observed& observed) {
  const auto found = std::ranges::find_if(observed.pods, [&](const PodSeen& pod) {
    return pod.namespace_name == namespace_name && pod.app == app.name && pod.finished &&
           !pod.trouble.empty();
  });
  return found == observed.pods.end() ? nullptr : &*found;
}

std::string why_silent(const manifests::App& app, const AppSeen& seen) {
  if (seen.answers) return {};
  if (seen.pod == nullptr) return fmt::format("The {} has no pod.", app.name);
  if (!seen.pod->trouble.empty()) return seen.pod->trouble;
  return fmt::format("The {} does not answer.", app.name);
}

bool may_live(const std::string& app, const std::string& namespace_name, const Observed& observed) {
  return !observed.watch_trouble.empty() || !pods_of(app, namespace_name, observed).empty();
}

std::vector<model::Endpoint> endpoints_of(const manifests::SessionSpec& spec) {
  std::vector<model::Endpoint> endpoints;
  for (const auto& app : spec.apps) endpoints.push_back({app.name, app.kind->url(spec, app)});
  return endpoints;
}

}  // namespace berth::planning
