// The port that a workspace is reached by, as sockets that listen there.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace berth::gate {

/// Closed with the last of them that ends: also that of another process, which has it by its number.
class Listening {
 public:
  /// At each address ("0.0.0.0", "::"), which then nobody else can have. kConflict where somebody has one,
  /// kUnavailable where it cannot be had for another reason.
  static Result<Listening> at(const std::vector<std::string>& addresses, std::uint16_t port);
  Listening(Listening&& other) noexcept : sockets_(std::exchange(other.sockets_, {})) {}
  Listening& operator=(Listening&&) = delete;
  ~Listening();

  const std::vector<int>& sockets() const { return sockets_; }

 private:
  Listening() = default;
  std::vector<int> sockets_;
};

/// For nginx's configuration, which finds the same sockets by what they listen at.
std::string listen_lines(const std::vector<std::string>& addresses, std::uint16_t port);
/// Of a machine: the second where it has IPv6.
std::vector<std::string> all_addresses();

}  // namespace berth::gate
