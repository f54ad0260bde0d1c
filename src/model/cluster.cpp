#include "model/cluster.hpp"

namespace berth::model {

std::string_view to_string(Flavour flavour) {
  return flavour == Flavour::kOpenshift ? "openshift" : "kubernetes";
}

}  // namespace berth::model
