// The Secrets that the platform's manifests refer to and hold no value of. Decides which have to be made;
// knows no cluster.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace berth::install {

// As deploy/base has them.
inline constexpr std::string_view kNamespace = "berth-system";
inline constexpr std::string_view kDatabaseSecret = "berth-database";
inline constexpr std::string_view kFirstAdminSecret = "berth-first-admin";

struct Secret {
  std::string name;
  std::string what;  // in words, for whoever reads what was made
  std::map<std::string, std::string> values;
  std::string type = "Opaque";
  std::map<std::string, std::string> labels{};  // besides those of every one
};

/// Of each Secret that is there, which keys it has. Values are nobody's business.
using Existing = std::map<std::string, std::set<std::string>>;

struct Plan {
  std::vector<Secret> make;
  std::vector<std::string> keep;
};

/// kInvalid where something is there that lacks a key: whoever made it is to say what belongs there.
Result<Plan> plan_secrets(const Existing& existing, const std::string& first_admin, Random& random);

/// The same passwords once more, in the form in which CloudNativePG's operator wants those of roles: a Secret
/// each. `passwords`: by the keys of kDatabaseSecret.
std::vector<Secret> for_cloudnativepg(const std::map<std::string, std::string>& passwords);

}  // namespace berth::install
