// nginx as a child of the gate. Internal to this module.
#pragma once

#include <sys/types.h>

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
  /// are taken all the while.
  Status cut_connections() const;
  /// True once it has ended by itself.
  bool ended();

 private:
  explicit Proxy(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

}  // namespace berth::gate
