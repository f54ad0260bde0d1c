#include "kubeschema/resource.hpp"

namespace berth::kubeschema {

std::string Resource::api_version() const {
  return group.empty() ? version : group + "/" + version;
}

std::string Resource::qualified_plural() const {
  return group.empty() ? plural : plural + "." + group;
}

}  // namespace berth::kubeschema
