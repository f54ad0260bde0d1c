// nginx as a child of the gate. Internal to this module.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace berth::gate {

/// nginx that is told to end needs no more than a moment.
inline constexpr std::chrono::milliseconds kEndsWithin{2'000};

class Proxy {
 public:
  /// Starts it with this configuration, which keeps it in the foreground; its errors go to ours.
  static Result<Proxy> start(const std::string& program, const std::filesystem::path& config);
  /// Cuts all connections and waits for its end, which it is made to come to after kEndsWithin.
  ~Proxy();
  Proxy(Proxy&& other) noexcept;
  Proxy& operator=(Proxy&&) = delete;

  /// True once it has ended by itself.
  bool ended();

 private:
  explicit Proxy(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

}  // namespace berth::gate
