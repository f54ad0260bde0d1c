#include "simcluster/removal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "simcluster/writes.hpp"

namespace berth::simcluster {
namespace {

constexpr std::int64_t kMaxGraceSeconds = 100LL * 365 * 86'400;  // keeps the timestamp a date

Outcome<void> check(const json::object& object, const Subject& subject, const RemovalOptions& options) {
  const auto failed = [&](std::string_view what, const std::string& wanted, const std::string& is) {
    return refuse(
        conflict(subject, fmt::format("Precondition failed: {} in precondition: {}, {} in object meta: {}",
                                      what, wanted, what, is)));
  };
  if (!options.uid.empty() && options.uid != uid_of(object))
    return failed("UID", options.uid, uid_of(object));
  const auto version = text(object, {"metadata", "resourceVersion"});
  if (!options.resource_version.empty() && options.resource_version != version) {
    return failed("ResourceVersion", options.resource_version, version);
  }
  return {};
}

std::int64_t grace_of(const json::object& pod, const RemovalOptions& options) {
  const auto phase = text(pod, {"status", "phase"});
  // Nobody runs it: nothing to wait for.
  if (text(pod, {"spec", "nodeName"}).empty() || phase == "Succeeded" || phase == "Failed") return 0;
  const auto asked =
      options.grace_seconds.value_or(number(pod, {"spec", "terminationGracePeriodSeconds"}, 30));
  return std::clamp<std::int64_t>(asked, 0, kMaxGraceSeconds);
}

Outcome<Removal> remove_pod(World& world, const Key& key, const ObjectPtr& pod,
                            const RemovalOptions& options) {
  auto grace = grace_of(*pod, options);
  if (deleting(*pod)) grace = std::min(grace, number(*pod, {"metadata", "deletionGracePeriodSeconds"}, 0));
  if (grace == 0 && finalizers_of(*pod).empty()) {
    if (options.dry_run) return Removal{pod, true};
    return Removal{world.erase(key), true};
  }
  auto fresh = *pod;
  auto& metadata = child(fresh, {"metadata"});
  metadata["deletionTimestamp"] = world.timestamp(world.now() + seconds(grace));
  metadata["deletionGracePeriodSeconds"] = grace;
  if (options.dry_run) return Removal{std::make_shared<const json::object>(std::move(fresh)), false};
  return Removal{world.put(key, std::move(fresh)), false};
}

Outcome<Removal> remove_namespace(World& world, const Key& key, const ObjectPtr& ns,
                                  const RemovalOptions& options) {
  for (const auto* kept : {"default", "kube-system", "kube-public"}) {
    if (key.name == kept) {
      return refuse(
          forbidden({"", "namespaces", "Namespace", key.name}, "this namespace may not be deleted"));
    }
  }
  if (deleting(*ns) || options.dry_run) return Removal{ns, false};
  auto fresh = *ns;
  child(fresh, {"metadata"})["deletionTimestamp"] = world.timestamp();
  child(fresh, {"status"})["phase"] = "Terminating";
  return Removal{world.put(key, std::move(fresh)), false};
}

std::vector<std::string> finalizers_after(const json::object& object, Propagation propagation) {
  auto finalizers = finalizers_of(object);
  const auto add = [&](const char* name) {
    if (std::ranges::find(finalizers, name) == finalizers.end()) finalizers.emplace_back(name);
  };
  if (propagation == Propagation::kForeground) add("foregroundDeletion");
  if (propagation == Propagation::kOrphan) add("orphan");
  return finalizers;
}

}  // namespace

Outcome<RemovalOptions> removal_options(const json::value& body) {
  RemovalOptions out;
  if (body.is_null()) return out;
  if (!body.is_object()) return refuse(bad_request("the body of a delete must be a DeleteOptions object"));
  if (const auto kind = string_at(body, {"kind"}); !kind.empty() && kind != "DeleteOptions") {
    return refuse(
        bad_request(fmt::format("the body of a delete must be a DeleteOptions object, not {}", kind)));
  }
  out.uid = string_at(body, {"preconditions", "uid"});
  out.resource_version = string_at(body, {"preconditions", "resourceVersion"});
  out.grace_seconds = find_int(body, {"gracePeriodSeconds"});
  const auto propagation = string_at(body, {"propagationPolicy"});
  if (propagation == "Foreground") {
    out.propagation = Propagation::kForeground;
  } else if (propagation == "Background") {
    out.propagation = Propagation::kBackground;
  } else if (propagation == "Orphan") {
    out.propagation = Propagation::kOrphan;
  } else if (!propagation.empty()) {
    return refuse(invalid(
        {"", "deleteoptions", "DeleteOptions", ""},
        {invalid_value("propagationPolicy", propagation, "must be Foreground, Background or Orphan")}));
  }
  if (const auto* dry_run = berth::find(body, {"dryRun"})) {
    if (*dry_run != json::value(json::array{"All"})) {
      return refuse(
          invalid({"", "deleteoptions", "DeleteOptions", ""},
                  {{"FieldValueNotSupported", "Unsupported value: supported values: \"All\"", "dryRun"}}));
    }
    out.dry_run = true;
  }
  return out;
}

Outcome<Removal> remove_object(World& world, const ResourceType& type, const Key& key,
                               const RemovalOptions& options) {
  const auto object = world.store().get(key);
  const auto subject = type.subject(key.name);
  if (object == nullptr) return refuse(not_found(subject));
  if (auto ok = check(*object, subject, options); !ok) return refuse(std::move(ok.error()));
  if (type.kind == "Pod") return remove_pod(world, key, object, options);
  if (type.kind == "Namespace") return remove_namespace(world, key, object, options);

  const auto finalizers = finalizers_after(*object, options.propagation);
  if (finalizers.empty()) {
    if (options.dry_run) return Removal{object, true};
    return Removal{world.erase(key), true};
  }
  auto fresh = *object;
  auto& metadata = child(fresh, {"metadata"});
  if (!deleting(fresh)) {
    metadata["deletionTimestamp"] = world.timestamp();
    metadata["deletionGracePeriodSeconds"] = 0;
  }
  set_finalizers(fresh, finalizers);
  if (options.dry_run) return Removal{std::make_shared<const json::object>(std::move(fresh)), false};
  return Removal{world.put(key, std::move(fresh)), false};
}

}  // namespace berth::simcluster
