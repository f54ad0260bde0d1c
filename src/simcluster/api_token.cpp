#include "simcluster/api_token.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simcluster/api_handlers.hpp"

namespace berth::simcluster {
namespace {

constexpr std::string_view kApiVersion = "authentication.k8s.io/v1";
constexpr std::int64_t kDefaultSeconds = 3600;
constexpr std::int64_t kLeastSeconds = 600;
constexpr std::int64_t kMostSeconds = std::int64_t{1} << 32;

Refusal not_so_long(std::string_view name, std::int64_t given, std::string_view why) {
  return invalid({"authentication.k8s.io", "tokenrequests", "TokenRequest", name},
                 {invalid_value("spec.expirationSeconds", std::to_string(given), why)});
}

/// What the token hangs on: a Secret or a Pod of the account's namespace.
Outcome<void> bind(const World& world, const json::value& wanted, Tokens::Holder& holder) {
  const auto kind = string_at(wanted, {"kind"});
  const auto version = string_at(wanted, {"apiVersion"});
  if (version != "v1" || (kind != "Secret" && kind != "Pod")) {
    return refuse(bad_request(fmt::format("cannot bind token to object of type {}, Kind={}", version, kind)));
  }
  holder.bound_storage = kind == "Secret" ? "secrets" : "pods";
  holder.bound_name = string_at(wanted, {"name"});
  const Subject subject{"", holder.bound_storage, kind, holder.bound_name};
  const auto object = world.store().get({holder.bound_storage, holder.ns, holder.bound_name});
  if (object == nullptr) return refuse(not_found(subject));
  holder.bound_uid = uid_of(*object);
  const auto uid = string_at(wanted, {"uid"});
  if (uid.empty() || uid == holder.bound_uid) return {};
  return refuse(conflict(
      subject, fmt::format("the UID in the bound object reference ({}) does not match the UID in record. "
                           "The object might have been deleted and then recreated",
                           uid)));
}

}  // namespace

Outcome<ApiAnswer> handle_token(World& world, const ApiRequest& request, const Route& route) {
  const auto body = parse_json(request.body);
  if (!body || string_at(*body, {"kind"}) != "TokenRequest" ||
      string_at(*body, {"apiVersion"}) != kApiVersion)
    return refuse(bad_request("the body of the request must be a TokenRequest of authentication.k8s.io/v1"));
  const auto account = world.store().get(key_of(route));
  if (account == nullptr) return refuse(not_found(route.type->subject(route.name)));
  const auto wanted = find_int(*body, {"spec", "expirationSeconds"}).value_or(kDefaultSeconds);
  if (wanted < kLeastSeconds)
    return refuse(not_so_long(route.name, wanted, "may not specify a duration less than 10 minutes"));
  if (wanted > kMostSeconds)
    return refuse(not_so_long(route.name, wanted, "may not specify a duration larger than 2^32 seconds"));
  const auto expires = world.now() + std::chrono::seconds(wanted);
  Tokens::Holder holder{.ns = route.ns, .account = route.name, .uid = uid_of(*account), .expires = expires};
  json::value bound_to = nullptr;
  if (const auto* bound = berth::find(*body, {"spec", "boundObjectRef"});
      bound != nullptr && !bound->is_null()) {
    if (auto taken = bind(world, *bound, holder); !taken) return refuse(taken.error());
    bound_to = *bound;
  }
  ApiAnswer out;
  out.status = 201;
  out.body = json::serialize(json::object{
      {"kind", "TokenRequest"},
      {"apiVersion", kApiVersion},
      {"metadata", {{"name", route.name}, {"namespace", route.ns}, {"creationTimestamp", world.timestamp()}}},
      {"spec",
       {{"audiences", json::array{"simulated"}},
        {"expirationSeconds", wanted},
        {"boundObjectRef", std::move(bound_to)}}},
      {"status",
       {{"token", world.give_token(std::move(holder))}, {"expirationTimestamp", world.timestamp(expires)}}}});
  return out;
}

std::string namespace_of_token(const World& world, std::string_view token) {
  const auto* holder = world.holder_of(token);
  if (holder == nullptr) return {};
  const auto account = world.store().get({"serviceaccounts", holder->ns, holder->account});
  if (account == nullptr || uid_of(*account) != holder->uid) return {};
  if (holder->bound_name.empty()) return holder->ns;
  const auto bound = world.store().get({holder->bound_storage, holder->ns, holder->bound_name});
  return bound != nullptr && uid_of(*bound) == holder->bound_uid ? holder->ns : std::string();
}

bool may_ask(const ApiRequest& request, std::string_view ns) {
  const auto& path = request.path;
  if (path == "/api" || path == "/apis" || path.starts_with("/openapi/")) return true;
  const auto place = fmt::format("/namespaces/{}/", ns);
  const auto at = path.find("/namespaces/");
  if (at != std::string::npos) {
    const auto before = std::count(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(at), '/');
    const bool of_core = path.starts_with("/api/") && before == 2;
    const bool of_group = path.starts_with("/apis/") && before == 3;
    return (of_core || of_group) && path.compare(at, place.size(), place) == 0;
  }
  // What a version serves: /api/v1, /apis/apps/v1.
  const auto slashes = std::ranges::count(path, '/');
  return (path.starts_with("/api/") && slashes == 2) || (path.starts_with("/apis/") && slashes <= 3);
}

}  // namespace berth::simcluster
