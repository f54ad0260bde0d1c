// What lets its owner use one session's namespace from outside: an account's token and where to bring it, as
// the reconciler hands it to the portal, and as a kubeconfig.
#pragma once

#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace berth::entry {

/// Longest PEM text that is handed on: a bundle of some twenty certificates.
inline constexpr std::size_t kMaxAuthorityBytes = std::size_t{64} * 1024;

/// Holds a secret.
struct KubeAccess {
  std::string token;
  Instant expires;        // as the API server says; the account's end ends it before
  std::string server;     // "https://api.example.org:6443"
  std::string authority;  // PEM; empty: what whoever uses it trusts anyway
  bool operator==(const KubeAccess&) const = default;
};

std::string to_text(const KubeAccess& access);
/// kMalformed for what is no such text; nothing of it is in the error.
Result<KubeAccess> read_kube_access(std::string_view text);

/// Context, user and cluster are all called `name`, so that several files can be used at once.
std::string kubeconfig_text(const KubeAccess& access, std::string_view name, std::string_view ns);

}  // namespace berth::entry
