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
  ApiAnswer out;
  out.status = 201;
  out.body = json::serialize(json::object{
      {"kind", "TokenRequest"},
      {"apiVersion", kApiVersion},
      {"metadata", {{"name", route.name}, {"namespace", route.ns}, {"creationTimestamp", world.timestamp()}}},
      {"spec",
       {{"audiences", json::array{"simulated"}}, {"expirationSeconds", wanted}, {"boundObjectRef", nullptr}}},
      {"status",
       {{"token", world.give_token({route.ns, route.name, uid_of(*account), expires})},
        {"expirationTimestamp", world.timestamp(expires)}}}});
  return out;
}

std::string namespace_of_token(const World& world, std::string_view token) {
  const auto* holder = world.holder_of(token);
  if (holder == nullptr) return {};
  const auto account = world.store().get({"serviceaccounts", holder->ns, holder->account});
  return account != nullptr && uid_of(*account) == holder->uid ? holder->ns : std::string();
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
