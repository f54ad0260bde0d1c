// `berth init`: makes in a cluster what the platform's manifests refer to and must not hold.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "kube/client.hpp"

namespace berth::install {

struct InitSettings {
  std::string ns;
  std::string first_admin;     // e-mail
  bool cloudnativepg = false;  // the roles' passwords once more, for its operator
};

struct Initialised {
  bool made_namespace = false;
  std::vector<std::string> made;  // in words, each with its name
  std::vector<std::string> kept;  // names
  std::string first_password;     // only where it was made now
};

/// What is there stays as it is; done twice, the second changes nothing. What is for CloudNativePG follows
/// the database's Secret.
Result<Initialised> initialise(kube::Client& cluster, const InitSettings& settings, Random& random);

}  // namespace berth::install
