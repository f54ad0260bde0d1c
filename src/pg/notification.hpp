// What NOTIFY carries.
#pragma once

#include <string>

namespace berth::pg {

struct Notification {
  std::string channel;
  std::string payload;
  bool operator==(const Notification&) const = default;
};

}  // namespace berth::pg
