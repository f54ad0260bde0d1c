#include "portal/unready.hpp"

#include "portal/problem.hpp"
#include "store/program_role.hpp"

namespace berth::portal {
namespace {

std::string_view words_for_unready(std::string_view slug) {
  if (slug == store::kWrongRole)
    return "The portal's database role is not the one that it has to be. The portal's log says more.";
  if (slug == store::kReadOnly) return "The database takes no writes.";
  if (slug == "schema_behind") return "The database's schema is older than the portal: run berth migrate.";
  if (slug == "schema_ahead") return "The database's schema is newer than the portal: use a newer one.";
  if (slug == kStopping) return "The portal is about to stop: ask another one.";
  return "";
}

}  // namespace

http::Response unready(const Error& error, std::string_view request_id) {
  auto unavailable = error;
  unavailable.code = Code::kUnavailable;
  const auto words = words_for_unready(error.slug);
  if (words.empty()) return problem(unavailable, request_id);
  return problem(unavailable, request_id,
                 {{"type", "urn:berth:problem:" + error.slug}, {"detail", words}, {"code", error.slug}});
}

}  // namespace berth::portal
