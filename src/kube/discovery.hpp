// What an API server serves: which kinds, at which versions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "kube/resource.hpp"

namespace berth::kube {

struct ServedResource {
  Resource resource{};
  std::vector<std::string> subresources{};  // "status", "scale"
};

class Discovery {
 public:
  /// In the server's order: of one group the preferred version comes first.
  std::vector<ServedResource> served;
  /// Groups whose server did not answer: what they serve is not known now.
  std::vector<std::string> stale_groups;

  bool serves(const Resource& resource) const;
  /// At the preferred version.
  std::optional<Resource> find(std::string_view group, std::string_view plural) const;
};

/// The Accept header that asks for it, and the reader of one such answer, added to `discovery`.
/// kMalformed when the answer is not an APIGroupDiscoveryList.
inline constexpr std::string_view kDiscoveryAccept =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
Status read_discovery(const json::value& document, Discovery& discovery);

}  // namespace berth::kube
