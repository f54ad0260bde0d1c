// nginx as a child of the gate. Internal to this module.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace berth::gate {

class Proxy {
 public:
  /// Starts it with this configuration, which keeps it in the foreground; its errors go to ours.
  static Result<Proxy> start(const std::string& program, const std::filesystem::path& config);
  /// Cuts all connections and waits for its end.
  ~Proxy();
  Proxy(Proxy&& other) noexcept;
  Proxy& operator=(Proxy&&) = delete;

  /// Every connection that is open now is cut within the configuration's worker_shutdown_timeout; new ones
  /// are taken all the while. Waits for it; kUnavailable when it has not come true `within`: a proxy that
  /// cannot read its configuration any more, or has no room for it, goes on with what it has.
  Status cut_connections(std::chrono::milliseconds within) const;
  /// True once it has ended by itself.
  bool ended();

 private:
  explicit Proxy(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

}  // namespace berth::gate
