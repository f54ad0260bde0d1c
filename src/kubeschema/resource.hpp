// What one kind of object of the Kubernetes API is called.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace berth::kubeschema {

/// One kind of object at one version, as the API serves it: enough to address it.
struct Resource {
  std::string group{};  // "" is the core group
  std::string version{};
  std::string plural{};
  std::string kind{};
  bool namespaced = true;
  auto operator<=>(const Resource&) const = default;

  /// "v1", "apps/v1": what objects of it carry as apiVersion.
  std::string api_version() const;
  /// "pods", "deployments.apps": how it is written in messages and in quota keys.
  std::string qualified_plural() const;
};

/// The same as a constant of the program.
struct KnownResource {
  std::string_view group;
  std::string_view version;
  std::string_view plural;
  std::string_view kind;
  bool namespaced = true;

  operator Resource() const {  // NOLINT(google-explicit-constructor): it is one
    return {std::string(group), std::string(version), std::string(plural), std::string(kind), namespaced};
  }
};

}  // namespace berth::kubeschema
