#include "kube/transport.hpp"

namespace berth::kube {

Error stopped_error() {
  return {.code = Code::kUnavailable,
          .message = "the call was stopped",
          .slug = std::string(kStoppedSlug),
          .fields = {}};
}

}  // namespace berth::kube
