#include "install/secrets.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace berth::install {
namespace {

constexpr std::size_t kPasswordBytes = 24;
/// It is typed by hand, once: small letters and digits, 103 bits of them.
constexpr std::size_t kTypedCharacters = 20;
constexpr std::size_t kMaxEmail = 254;

Status check_email(const std::string& email) {
  const auto at = email.find('@');
  const bool plain = email.find_first_of(" \t\r\n") == std::string::npos;
  if (at != std::string::npos && at > 0 && at + 1 < email.size() && email.size() <= kMaxEmail && plain)
    return {};
  return fail(invalid_field("first-admin", email,
                            fmt::format("an e-mail address of up to {} characters", kMaxEmail),
                            fmt::format("\"{}\" is no e-mail address", email)));
}

std::vector<Secret> wanted(const std::string& first_admin, Random& random) {
  const auto password = [&random] { return random_secret(random, kPasswordBytes); };
  return {{std::string(kDatabaseSecret),
           "passwords of the database's owner, the portal and the reconciler",
           {{"owner", password()}, {"portal", password()}, {"reconciler", password()}},
           "Opaque",
           {}},
          {std::string(kFirstAdminSecret),
           "the first admin's address and first password",
           {{"email", first_admin}, {"password", random_name_part(random, kTypedCharacters)}},
           "Opaque",
           {}}};
}

}  // namespace

Result<Plan> plan_secrets(const Existing& existing, const std::string& first_admin, Random& random) {
  if (auto fine = check_email(first_admin); !fine) return fail(fine.error());
  Plan plan;
  for (auto& secret : wanted(first_admin, random)) {
    const auto there = existing.find(secret.name);
    if (there == existing.end()) {
      plan.make.push_back(std::move(secret));
      continue;
    }
    for (const auto& [key, value] : secret.values) {
      if (!there->second.contains(key))
        return fail(
            Code::kInvalid,
            fmt::format("the Secret {} is there and has no key \"{}\": add it, or delete the Secret to have "
                        "it made anew",
                        secret.name, key));
    }
    plan.keep.push_back(secret.name);
  }
  return plan;
}

std::vector<Secret> for_cloudnativepg(const std::map<std::string, std::string>& passwords) {
  // As deploy/components/cloudnativepg has them: key, and the role whose password it is.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kRoles{
      {{"owner", "berth_owner"}, {"portal", "site_portal"}, {"reconciler", "site_reconciler"}}};
  std::vector<Secret> secrets;
  for (const auto& [key, role] : kRoles) {
    const auto found = passwords.find(std::string(key));
    if (found == passwords.end()) continue;
    secrets.push_back({fmt::format("{}-{}", kDatabaseSecret, key),
                       fmt::format("the password of {}, for CloudNativePG", role),
                       {{"username", std::string(role)}, {"password", found->second}},
                       "kubernetes.io/basic-auth",
                       {{"cnpg.io/reload", "true"}}});  // a changed one is taken over
  }
  return secrets;
}

}  // namespace berth::install
