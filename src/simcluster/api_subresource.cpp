#include <fmt/format.h>

#include <algorithm>

#include "base/base64.hpp"
#include "simcluster/api_handlers.hpp"
#include "simcluster/removal.hpp"
#include "simcluster/writes.hpp"

namespace berth::simcluster {
namespace {

constexpr std::int64_t kDefaultTokenSeconds = 3600;
constexpr std::int64_t kMinTokenSeconds = 600;
constexpr std::int64_t kMaxTokenSeconds = std::int64_t{1} << 32;

/// Shaped like the token of a real API server, and good for nothing: the simulation has no signing key.
std::string make_token(World& world, const Route& route, const std::string& uid, std::int64_t lifetime,
                       const json::value& audiences) {
  const auto issued = std::chrono::floor<seconds>(world.now()).time_since_epoch().count();
  const json::object header{{"alg", "RS256"}, {"kid", "simulated"}};
  const json::object claims{
      {"aud", audiences},
      {"exp", issued + lifetime},
      {"iat", issued},
      {"iss", "https://kubernetes.default.svc"},
      {"jti", world.new_uid()},
      {"kubernetes.io", json::object{{"namespace", route.ns},
                                     {"serviceaccount", json::object{{"name", route.name}, {"uid", uid}}}}},
      {"nbf", issued},
      {"sub", fmt::format("system:serviceaccount:{}:{}", route.ns, route.name)}};
  return fmt::format("{}.{}.{}", base64_url_encode(json::serialize(header)),
                     base64_url_encode(json::serialize(claims)),
                     base64_url_encode("not signed: simulated " + world.new_uid()));
}

Outcome<ApiAnswer> create_token(World& world, const ApiRequest& request, const Route& route) {
  const auto account = world.store().get(key_of(route));
  if (account == nullptr) return refuse(not_found(route.type->subject(route.name)));
  auto body = parse_json(request.body.empty() ? "{}" : std::string_view(request.body));
  if (!body || !body->is_object()) return refuse(bad_request("the body must be a TokenRequest object"));
  const auto lifetime = find_int(*body, {"spec", "expirationSeconds"}).value_or(kDefaultTokenSeconds);
  if (lifetime < kMinTokenSeconds || lifetime > kMaxTokenSeconds) {
    return refuse(invalid({"authentication.k8s.io", "tokenrequests", "TokenRequest", route.name},
                          {invalid_value("spec.expirationSeconds", std::to_string(lifetime),
                                         lifetime < kMinTokenSeconds
                                             ? "may not specify a duration less than 10 minutes"
                                             : "may not specify a duration larger than 2^32 seconds")}));
  }
  const auto* asked = berth::find(*body, {"spec", "audiences"});
  const json::value audiences = asked != nullptr && asked->is_array() && !asked->get_array().empty()
                                    ? *asked
                                    : json::value(json::array{"https://kubernetes.default.svc"});
  auto answered = body->get_object();
  answered["kind"] = "TokenRequest";
  answered["apiVersion"] = "authentication.k8s.io/v1";
  auto& metadata = child(answered, {"metadata"});
  metadata["name"] = route.name;
  metadata["namespace"] = route.ns;
  metadata["creationTimestamp"] = world.timestamp();
  auto& spec = child(answered, {"spec"});
  spec["expirationSeconds"] = lifetime;
  spec["audiences"] = audiences;
  answered["status"] =
      json::object{{"token", make_token(world, route, uid_of(*account), lifetime, audiences)},
                   {"expirationTimestamp", world.timestamp(world.now() + seconds(lifetime))}};
  ApiAnswer out;
  out.status = 201;
  out.body = json::serialize(answered);
  return out;
}

Outcome<ApiAnswer> finalize(World& world, const ApiRequest& request, const Route& route) {
  auto object = body_object(request, route);
  if (!object) return refuse(std::move(object.error()));
  const auto dry_run = is_dry_run(request);
  if (!dry_run) return refuse(dry_run.error());
  auto written = replace_object(
      world, *route.type, key_of(route), std::move(*object),
      {.manager = manager_of(request), .dry_run = *dry_run, .force = false, .subresource = "finalize"});
  if (!written) return refuse(std::move(written.error()));
  return object_answer(200, *written->object, route, request);
}

Outcome<ApiAnswer> evict(World& world, const ApiRequest& request, const Route& route) {
  auto body = parse_json(request.body.empty() ? "{}" : std::string_view(request.body));
  if (!body || !body->is_object()) return refuse(bad_request("the body must be an Eviction object"));
  const auto* wanted = berth::find(*body, {"deleteOptions"});
  auto options = removal_options(wanted == nullptr ? json::value() : *wanted);
  if (!options) return refuse(std::move(options.error()));
  auto removal = remove_object(world, *route.type, key_of(route), *options);
  if (!removal) return refuse(std::move(removal.error()));
  ApiAnswer out;
  out.status = 201;
  out.body = json::serialize(json::object{{"kind", "Status"},
                                          {"apiVersion", "v1"},
                                          {"metadata", json::object{}},
                                          {"status", "Success"},
                                          {"code", 201}});
  return out;
}

}  // namespace

Outcome<ApiAnswer> handle_subresource(World& world, const ApiRequest& request, const Route& route) {
  if (route.subresource == "token" && request.method == "POST") return create_token(world, request, route);
  if (route.subresource == "finalize" && request.method == "PUT") return finalize(world, request, route);
  if (route.subresource == "eviction" && request.method == "POST") return evict(world, request, route);
  return refuse(method_not_allowed());
}

}  // namespace berth::simcluster
