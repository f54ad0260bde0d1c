#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "simcluster/api_handlers.hpp"
#include "simcluster/merge_patch.hpp"
#include "simcluster/removal.hpp"
#include "simcluster/writes.hpp"

namespace berth::simcluster {
namespace {

constexpr std::string_view kMergePatch = "application/merge-patch+json";

/// Headers, unlike bodies and targets, may hold any bytes; in an answer or an object they would make it no
/// JSON.
std::string visible(std::string_view header) {
  std::string out(header);
  std::replace_if(out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

/// The media type alone, without parameters.
std::string_view media_type(std::string_view content_type) {
  const auto end = content_type.find(';');
  content_type = content_type.substr(0, end);
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  return content_type;
}

Outcome<json::value> body_json(const ApiRequest& request) {
  auto body = parse_json(request.body);
  if (!body) {
    return refuse(bad_request(
        fmt::format("the object provided is unrecognized (must be of type JSON): {}", body.error().message)));
  }
  return std::move(*body);
}

Outcome<WriteOptions> write_options(const ApiRequest& request, const Route& route) {
  auto dry_run = is_dry_run(request);
  if (!dry_run) return refuse(std::move(dry_run.error()));
  return WriteOptions{.manager = manager_of(request),
                      .dry_run = *dry_run,
                      .force = request.value("force").value_or("") == "true",
                      .subresource = route.subresource};
}

Outcome<RemovalOptions> removal_of(const ApiRequest& request) {
  json::value body;
  if (!request.body.empty()) {
    auto parsed = body_json(request);
    if (!parsed) return refuse(std::move(parsed.error()));
    body = std::move(*parsed);
  } else {
    json::object options;
    if (const auto policy = request.value("propagationPolicy")) options["propagationPolicy"] = *policy;
    if (const auto grace = request.value("gracePeriodSeconds")) {
      const auto number = parse_json(*grace);
      if (number) options["gracePeriodSeconds"] = *number;
    }
    body = std::move(options);
  }
  auto options = removal_options(body);
  if (!options) return options;
  const auto dry_run = is_dry_run(request);
  if (!dry_run) return refuse(dry_run.error());
  options->dry_run = options->dry_run || *dry_run;
  return options;
}

/// These answer a delete with the object even when it is gone.
bool returns_deleted(std::string_view kind) {
  return kind == "Pod" || kind == "Service" || kind == "ServiceAccount" || kind == "PersistentVolume" ||
         kind == "PersistentVolumeClaim" || kind == "ResourceQuota";
}

Outcome<ApiAnswer> written_answer(Outcome<Written> written, const Route& route, const ApiRequest& request) {
  if (!written) return refuse(std::move(written.error()));
  return object_answer(written->created ? 201 : 200, *written->object, route, request);
}

}  // namespace

bool wants_metadata_only(const ApiRequest& request) {
  return request.accept.find("as=PartialObjectMetadata") != std::string::npos;
}

Key key_of(const Route& route) {
  return {route.type->storage, route.ns, route.name};
}

ApiAnswer object_answer(int status, const json::object& object, const Route& route,
                        const ApiRequest& request) {
  ApiAnswer out;
  out.status = status;
  out.body = json::serialize(shown(object, *route.type, wants_metadata_only(request)));
  return out;
}

std::string manager_of(const ApiRequest& request) {
  if (const auto manager = request.value("fieldManager"); manager && !manager->empty())
    return std::string(*manager);
  const auto name = std::string_view(request.user_agent).substr(0, request.user_agent.find('/'));
  return name.empty() ? "unknown" : visible(name);
}

Outcome<bool> is_dry_run(const ApiRequest& request) {
  const auto value = request.value("dryRun");
  if (!value || value->empty()) return false;
  if (*value == "All") return true;
  return refuse(
      invalid({"meta.k8s.io", "options", "Options", ""},
              {{"FieldValueNotSupported",
                fmt::format("Unsupported value: \"{}\": supported values: \"All\"", *value), "dryRun"}}));
}

Outcome<Selectors> selectors_of(const ApiRequest& request, const Route& route) {
  auto labels = LabelSelector::parse(request.value("labelSelector").value_or(""));
  if (!labels) return refuse(std::move(labels.error()));
  auto fields = FieldSelector::parse(request.value("fieldSelector").value_or(""), route.type->fields);
  if (!fields) return refuse(std::move(fields.error()));
  return Selectors{std::move(*labels), std::move(*fields)};
}

Outcome<json::object> body_object(const ApiRequest& request, const Route& route) {
  auto body = body_json(request);
  if (!body) return refuse(std::move(body.error()));
  if (!body->is_object()) {
    return refuse(bad_request(
        fmt::format("the body of the request must be a JSON object, not {}", to_string(body->kind()))));
  }
  const auto api_version = string_at(*body, {"apiVersion"});
  const auto kind = string_at(*body, {"kind"});
  const auto& type = *route.type;
  if (kind.empty())
    return refuse(
        bad_request(fmt::format("Object 'Kind' is missing in '{}'", first_bytes(request.body, 200))));
  if (api_version.empty())
    return refuse(
        bad_request(fmt::format("Object 'apiVersion' is missing in '{}'", first_bytes(request.body, 200))));
  if (kind != type.kind || api_version != type.api_version()) {
    return refuse(bad_request(
        fmt::format("{} in version \"{}\" cannot be handled as a {}: the API version in the data ({}) "
                    "does not match the expected API version ({})",
                    kind, api_version, type.kind, api_version, type.api_version())));
  }
  const auto ns = string_at(*body, {"metadata", "namespace"});
  if (!ns.empty() && ns != route.ns) {
    return refuse(bad_request(
        fmt::format("the namespace of the provided object does not match the namespace sent on the "
                    "request")));
  }
  const auto name = string_at(*body, {"metadata", "name"});
  if (!route.name.empty() && name != route.name) {
    return refuse(bad_request(
        name.empty() ? std::string("name must be provided")
                     : fmt::format("the name of the object ({}) does not match the name on the URL ({})",
                                   name, route.name)));
  }
  return without_nulls(*body).get_object();
}

Outcome<ApiAnswer> handle_create(World& world, const ApiRequest& request, const Route& route) {
  if (!route.name.empty()) return refuse(method_not_allowed());
  auto options = write_options(request, route);
  if (!options) return refuse(std::move(options.error()));
  auto object = body_object(request, route);
  if (!object) return refuse(std::move(object.error()));
  return written_answer(create_object(world, *route.type, route.ns, std::move(*object), *options), route,
                        request);
}

Outcome<ApiAnswer> handle_replace(World& world, const ApiRequest& request, const Route& route) {
  auto options = write_options(request, route);
  if (!options) return refuse(std::move(options.error()));
  options->replaces = true;
  auto object = body_object(request, route);
  if (!object) return refuse(std::move(object.error()));
  if (route.type->must_match_version &&
      string_at(json::value(*object), {"metadata", "resourceVersion"}).empty()) {
    return refuse(
        invalid(route.type->subject(route.name),
                {invalid_value("metadata.resourceVersion", "0x0", "must be specified for an update")}));
  }
  return written_answer(replace_object(world, *route.type, key_of(route), std::move(*object), *options),
                        route, request);
}

Outcome<ApiAnswer> handle_patch(World& world, const ApiRequest& request, const Route& route) {
  auto options = write_options(request, route);
  if (!options) return refuse(std::move(options.error()));
  if (options->force) {
    return refuse(invalid({"meta.k8s.io", "patchoptions", "PatchOptions", ""},
                          {forbidden_value("force", "may not be specified for non-apply patch")}));
  }
  const auto media = media_type(request.content_type);
  if (media != kMergePatch) {
    return refuse(
        unsupported_media_type(visible(media), "application/merge-patch+json, application/apply-patch+yaml"));
  }
  const auto before = world.store().get(key_of(route));
  if (before == nullptr) return refuse(not_found(route.type->subject(route.name)));
  auto patch = body_json(request);
  if (!patch) return refuse(std::move(patch.error()));
  json::value object(shown(*before, *route.type, false));
  if (!patch->is_object()) return refuse(bad_request("a merge patch must be a JSON object"));
  // A version in the patch is a condition, none is no condition.
  object.get_object()["metadata"].get_object().erase("resourceVersion");
  merge_patch(object, *patch);
  object = without_nulls(object);
  if (!object.is_object() || string_at(object, {"metadata", "name"}) != route.name) {
    return refuse(invalid(
        route.type->subject(route.name),
        {invalid_value("metadata.name", string_at(object, {"metadata", "name"}), "field is immutable")}));
  }
  return written_answer(
      replace_object(world, *route.type, key_of(route), std::move(object.get_object()), *options), route,
      request);
}

Outcome<ApiAnswer> handle_apply(World& world, const ApiRequest& request, const Route& route) {
  auto options = write_options(request, route);
  if (!options) return refuse(std::move(options.error()));
  const auto media = media_type(request.content_type);
  if (media != "application/apply-patch+yaml") {
    return refuse(unsupported_media_type(visible(media), "application/apply-patch+yaml"));
  }
  if (request.value("fieldManager").value_or("").empty()) {
    return refuse(invalid({"meta.k8s.io", "patchoptions", "PatchOptions", ""},
                          {required_value("fieldManager", "is required for apply patch")}));
  }
  auto object = body_object(request, route);
  if (!object) return refuse(std::move(object.error()));
  if (berth::find(json::value(*object), {"metadata", "managedFields"}) != nullptr) {
    return refuse(bad_request("metadata.managedFields must be nil"));
  }
  return written_answer(apply_object(world, *route.type, key_of(route), std::move(*object), *options), route,
                        request);
}

Outcome<ApiAnswer> handle_delete(World& world, const ApiRequest& request, const Route& route) {
  auto options = removal_of(request);
  if (!options) return refuse(std::move(options.error()));
  auto removal = remove_object(world, *route.type, key_of(route), *options);
  if (!removal) return refuse(std::move(removal.error()));
  if (!removal->gone || returns_deleted(route.type->kind))
    return object_answer(200, *removal->object, route, request);
  ApiAnswer out;
  out.body = json::serialize(success_status(route.type->subject(route.name), uid_of(*removal->object)));
  return out;
}

}  // namespace berth::simcluster
