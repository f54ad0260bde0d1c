// What a session was started with, it keeps while it is up. Objects are derived anew in each cycle from
// today's pool, cluster and version of Berth; two of their parts cannot follow without harm:
//   - another pod template makes the Deployment replace the pod, and with it the work that runs there;
//   - the spec of a claim cannot be changed at all: each try would be refused, for as long as the session is
//     there. That holds for a session on its way up too.
#include <string_view>
#include <utility>

#include "planning/apps.hpp"
#include "planning/session_plan.hpp"

namespace berth::planning {
namespace {

constexpr std::string_view kDeployments = "deployments";
constexpr std::string_view kVolumeClaims = "persistentvolumeclaims";

/// Where in an object what it keeps lies; empty: all of it follows.
std::vector<std::string_view> kept_path(const manifests::Object& object, const Observed& observed) {
  if (object.kind.plural != kDeployments) return {};
  // Where no pod lives, nothing is lost, and today's template may be what lets one in again: a pod that does
  // not name its node is refused once there are several.
  const auto app = find_string(object.body, {"spec", "template", "metadata", "labels", manifests::kNameLabel})
                       .value_or("");
  return may_live(app, object.namespace_name, observed) ? std::vector<std::string_view>{"spec", "template"}
                                                        : std::vector<std::string_view>{};
}

json::object* parent_of(json::object& body, const std::vector<std::string_view>& path) {
  auto* here = &body;
  for (std::size_t i = 0; i + 1 < path.size() && here != nullptr; ++i) {
    auto* next = here->if_contains(path[i]);
    here = next == nullptr ? nullptr : next->if_object();
  }
  return here;
}

const json::value* value_at(const json::value& object, const std::vector<std::string_view>& path) {
  const auto* here = &object;
  for (const auto key : path) {
    const auto* fields = here->if_object();
    here = fields == nullptr ? nullptr : fields->if_contains(key);
    if (here == nullptr) return nullptr;
  }
  return here;
}

/// What lies at `path` in the cluster goes into the object. False when nothing else differs, and where there
/// is nothing to keep the object stays as it is.
bool still_differs(manifests::Object& object, const std::vector<std::string_view>& path,
                   const Observed& observed) {
  const auto* actual = observed.find(key_of(object));
  const auto* kept = path.empty() || actual == nullptr ? nullptr : value_at(*actual, path);
  auto* parent = kept == nullptr ? nullptr : parent_of(object.body, path);
  if (parent == nullptr) return true;
  parent->erase(path.back());
  if (manifests::matches(object.body, *actual)) return false;
  // Something else differs. An apply without a part would give it up, so it goes along as it stands.
  parent->insert_or_assign(path.back(), *kept);
  return true;
}

}  // namespace

std::vector<manifests::Object> drifted(const std::vector<manifests::Object>& objects,
                                       const Observed& observed) {
  std::vector<manifests::Object> out;
  for (auto object : objects) {
    const auto* actual = observed.find(key_of(object));
    if (actual != nullptr && (terminating(*actual) || manifests::matches(object.body, *actual))) continue;
    if (object.kind.plural == kVolumeClaims && !still_differs(object, {"spec"}, observed)) continue;
    out.push_back(std::move(object));
  }
  return out;
}

std::vector<manifests::Object> drifted_while_up(const std::vector<manifests::Object>& objects,
                                                const Observed& observed) {
  std::vector<manifests::Object> out;
  for (auto& object : drifted(objects, observed)) {
    if (still_differs(object, kept_path(object, observed), observed)) out.push_back(std::move(object));
  }
  return out;
}

}  // namespace berth::planning
