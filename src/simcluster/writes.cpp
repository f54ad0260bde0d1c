#include "simcluster/writes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "simcluster/admission.hpp"
#include "simcluster/defaults.hpp"
#include "simcluster/validate.hpp"

namespace berth::simcluster {
namespace {

constexpr std::size_t kMaxManagerBytes = 128;

/// What only the server writes in metadata, kept from the object that was.
constexpr std::array<std::string_view, 9> kServerMetadata{"name",
                                                          "namespace",
                                                          "uid",
                                                          "creationTimestamp",
                                                          "deletionTimestamp",
                                                          "deletionGracePeriodSeconds",
                                                          "generation",
                                                          "selfLink",
                                                          "generateName"};

Outcome<void> check_manager(const WriteOptions& options) {
  if (options.manager.size() <= kMaxManagerBytes) return {};
  return refuse(bad_request("fieldManager: Too long: may not be more than 128 bytes"));
}

Writer writer_of(const World& world, const ResourceType& type, const WriteOptions& options) {
  return {options.manager, type.api_version(), options.subresource, world.timestamp()};
}

Outcome<void> prepare(json::object& object, const ResourceType& type) {
  if (auto ok = check_shape(object, type); !ok) return ok;
  if (auto ok = normalize_quantities(object, type.kind); !ok) return ok;
  set_defaults(object, type.kind);
  if (type.has_status && !type.custom) child(object, {"status"});
  return {};
}

bool waits_for_nothing(const json::object& object) {
  if (!deleting(object) || !finalizers_of(object).empty()) return false;
  if (number(object, {"metadata", "deletionGracePeriodSeconds"}, 0) > 0) return false;
  return text(object, {"kind"}) != "Namespace" || items(object, {"spec", "finalizers"}).empty();
}

Outcome<std::string> choose_name(World& world, const ResourceType& type, const json::object& object) {
  auto name = name_of(object);
  if (!name.empty()) return name;
  const auto base = text(object, {"metadata", "generateName"});
  if (base.empty()) {
    return refuse(
        invalid(type.subject(""), {required_value("metadata.name", "name or generateName is required")}));
  }
  return base + world.name_suffix();
}

/// Everything from a complete new object to the store. `managed` is set for applies.
Outcome<Written> insert(World& world, const ResourceType& type, const Key& key, json::object object,
                        const std::vector<Managed>* managed, const WriteOptions& options) {
  const auto subject = type.subject(key.name);
  if (!key.ns.empty()) {
    if (auto ok = admit_namespace(world, type, key.ns, key.name); !ok) return refuse(std::move(ok.error()));
  }
  if (world.store().contains(key)) return refuse(already_exists(subject));
  if (world.store().size() >= world.settings().bounds.objects) {
    return refuse(too_large(
        fmt::format("the simulated cluster holds {} objects and takes no more", world.store().size())));
  }
  if (auto ok = check_shape(object, type); !ok) return refuse(std::move(ok.error()));

  object["apiVersion"] = type.api_version();
  object["kind"] = type.kind;
  auto& metadata = child(object, {"metadata"});
  metadata["name"] = key.name;
  if (!key.ns.empty()) metadata["namespace"] = key.ns;
  for (const auto* field : {"resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds",
                            "managedFields", "selfLink", "generation"}) {
    metadata.erase(field);
  }
  metadata["uid"] = world.new_uid();
  metadata["creationTimestamp"] = world.timestamp();
  if (type.counts_spec) metadata["generation"] = 1;
  if (type.has_status && type.kind != "Node") object.erase("status");

  if (auto ok = prepare(object, type); !ok) return refuse(std::move(ok.error()));
  write_managed(object, managed != nullptr
                            ? *managed
                            : after_update({}, object, *type.schema, writer_of(world, type, options)));
  if (auto ok = fill_in(world, object, type); !ok) return refuse(std::move(ok.error()));
  if (auto causes = problems_of(object, type); !causes.empty())
    return refuse(invalid(subject, std::move(causes)));
  if (auto ok = admit(world, nullptr, object, type, options.dry_run); !ok)
    return refuse(std::move(ok.error()));
  if (options.dry_run) return Written{std::make_shared<const json::object>(std::move(object)), true};
  return Written{world.put(key, std::move(object)), true};
}

/// Keeps of `before` what a write to this part of the object may not touch.
void keep_other_parts(const json::object& before, json::object& object, const ResourceType& type,
                      const WriteOptions& options) {
  if (options.subresource.empty()) {
    // A namespace's finalizers are no part of what is written to it.
    if (type.kind == "Namespace") object["spec"] = before.at("spec");
    if (!type.has_status) return;
    if (const auto* status = before.if_contains("status")) {
      object["status"] = *status;
    } else {
      object.erase("status");
    }
    return;
  }
  auto fresh = before;
  if (const auto* status = object.if_contains("status")) fresh["status"] = *status;
  object = std::move(fresh);
}

void keep_server_metadata(const json::object& before, json::object& object) {
  auto& metadata = child(object, {"metadata"});
  const auto& old = before.at("metadata").get_object();
  for (const auto field : kServerMetadata) {
    if (const auto* value = old.if_contains(field)) {
      metadata[field] = *value;
    } else {
      metadata.erase(field);
    }
  }
  metadata.erase("resourceVersion");
}

/// A uid that is not the object's: a PUT meant another object, a patch tries to change what cannot change.
Outcome<void> check_uid(const json::object& before, const json::object& object, const Subject& subject,
                        bool replaces) {
  const auto uid = uid_of(object);
  if (uid.empty() || uid == uid_of(before)) return {};
  if (!replaces) return refuse(invalid(subject, {invalid_value("metadata.uid", uid, "field is immutable")}));
  return refuse(
      conflict(subject, fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}",
                                    uid, uid_of(before))));
}

Outcome<void> check_version(const json::object& before, const json::object& object, const Subject& subject) {
  const auto version = text(object, {"metadata", "resourceVersion"});
  if (!version.empty() && version != "0" && version != text(before, {"metadata", "resourceVersion"})) {
    return refuse(
        conflict(subject,
                 "the object has been modified; please apply your changes to the latest version and "
                 "try again"));
  }
  return {};
}

Outcome<Written> update(World& world, const ResourceType& type, const Key& key, const ObjectPtr& before,
                        json::object object, const std::vector<Managed>* managed,
                        const WriteOptions& options) {
  const auto subject = type.subject(key.name);
  if (auto ok = check_shape(object, type); !ok) return refuse(std::move(ok.error()));
  if (auto ok = check_uid(*before, object, subject, options.replaces); !ok)
    return refuse(std::move(ok.error()));
  if (auto ok = check_version(*before, object, subject); !ok) return refuse(std::move(ok.error()));
  keep_other_parts(*before, object, type, options);
  keep_server_metadata(*before, object);
  object["apiVersion"] = before->at("apiVersion");
  object["kind"] = type.kind;
  if (type.kind == "Service" && text(object, {"spec", "clusterIP"}).empty()) {
    if (const auto address = text(*before, {"spec", "clusterIP"}); !address.empty())
      child(object, {"spec"})["clusterIP"] = address;
  }
  if (auto ok = prepare(object, type); !ok) return refuse(std::move(ok.error()));
  if (type.kind == "Service") {
    if (auto ok = fill_in(world, object, type); !ok) return refuse(std::move(ok.error()));
  }

  auto causes = problems_of(object, type);
  for (auto& cause : forbidden_changes(*before, object, type)) causes.push_back(std::move(cause));
  if (deleting(*before)) {
    const auto old = finalizers_of(*before);
    for (const auto& finalizer : finalizers_of(object)) {
      if (std::ranges::find(old, finalizer) != old.end()) continue;
      causes.push_back(
          forbidden_value("metadata.finalizers",
                          fmt::format("no new finalizers can be added if the object is being deleted, found "
                                      "new finalizers []string{{\"{}\"}}",
                                      finalizer)));
    }
  }
  if (!causes.empty()) return refuse(invalid(subject, std::move(causes)));

  const auto* old_spec = before->if_contains("spec");
  const auto* new_spec = object.if_contains("spec");
  const bool spec_changed =
      (old_spec == nullptr) != (new_spec == nullptr) || (old_spec != nullptr && *old_spec != *new_spec);
  if (type.counts_spec && spec_changed) {
    child(object, {"metadata"})["generation"] = number(*before, {"metadata", "generation"}, 0) + 1;
  }
  child(object, {"metadata"}).erase("managedFields");
  if (managed != nullptr) {
    write_managed(object, *managed);
  } else {
    write_managed(object, after_update(*before, object, *type.schema, writer_of(world, type, options)));
  }
  if (World::same_content(*before, object)) return Written{before, false};
  if (auto ok = admit(world, before.get(), object, type, options.dry_run); !ok)
    return refuse(std::move(ok.error()));
  if (options.dry_run) return Written{std::make_shared<const json::object>(std::move(object)), false};
  // The change that takes the last finalizer away is seen as the deletion, not as a change before it.
  if (waits_for_nothing(object)) return Written{world.erase(key, std::move(object)), false};
  return Written{world.put(key, std::move(object)), false};
}

}  // namespace

Outcome<Written> create_object(World& world, const ResourceType& type, const std::string& ns,
                               json::object object, const WriteOptions& options) {
  if (auto ok = check_manager(options); !ok) return refuse(std::move(ok.error()));
  if (auto ok = check_shape(object, type); !ok) return refuse(std::move(ok.error()));
  if (!text(object, {"metadata", "resourceVersion"}).empty()) {
    return refuse(bad_request("resourceVersion should not be set on objects to be created"));
  }
  auto name = choose_name(world, type, object);
  if (!name) return refuse(std::move(name.error()));
  return insert(world, type, {type.storage, ns, *name}, std::move(object), nullptr, options);
}

Outcome<Written> replace_object(World& world, const ResourceType& type, const Key& key, json::object object,
                                const WriteOptions& options) {
  if (auto ok = check_manager(options); !ok) return refuse(std::move(ok.error()));
  const auto before = world.store().get(key);
  if (before == nullptr) return refuse(not_found(type.subject(key.name)));
  return update(world, type, key, before, std::move(object), nullptr, options);
}

Outcome<Written> apply_object(World& world, const ResourceType& type, const Key& key, json::object wanted,
                              const WriteOptions& options) {
  if (auto ok = check_manager(options); !ok) return refuse(std::move(ok.error()));
  if (auto ok = check_shape(wanted, type); !ok) return refuse(std::move(ok.error()));
  const auto subject = type.subject(key.name);
  const auto before = world.store().get(key);
  auto& metadata = child(wanted, {"metadata"});
  if (before == nullptr) {
    if (!options.subresource.empty()) return refuse(not_found(subject));
    if (const auto uid = uid_of(wanted); !uid.empty()) {
      return refuse(
          conflict(subject, fmt::format("uid mismatch: the provided object specified uid {}, and no existing "
                                        "object was found",
                                        uid)));
    }
  } else if (auto same = check_uid(*before, wanted, subject, false); !same) {
    return refuse(std::move(same.error()));
  } else if (auto ok = check_version(*before, wanted, subject); !ok) {
    return refuse(std::move(ok.error()));
  }
  metadata.erase("uid");
  metadata.erase("resourceVersion");
  // What the request may not write is not owned by it either.
  if (options.subresource.empty() && type.has_status) wanted.erase("status");
  if (options.subresource == "status") wanted.erase("spec");

  static const json::object nothing{{"metadata", json::object{}}};
  auto applied = apply_merge(before == nullptr ? nothing : *before, wanted, *type.schema,
                             writer_of(world, type, options));
  if (!applied.conflicts.empty() && !options.force)
    return refuse(conflict_refusal(subject, applied.conflicts));
  if (before == nullptr)
    return insert(world, type, key, std::move(applied.object), &applied.managed, options);
  return update(world, type, key, before, std::move(applied.object), &applied.managed, options);
}

void store_change(World& world, const Key& key, json::object object) {
  if (waits_for_nothing(object)) {
    world.erase(key, std::move(object));
  } else {
    world.put(key, std::move(object));
  }
}

}  // namespace berth::simcluster
