// The process that stands between us and the server. Internal to this module.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <vector>

#include "pgserver/process.hpp"

namespace berth::pgserver {

/// A forked copy of this program that starts the server, waits for our end of a pipe to close (because `stop`
/// closed it or because we are gone), stops the server and removes folders. It shares nothing else with us
/// and has one thread, so that its death can be made the server's too (the kernel ties that to the thread
/// that forked, and ours may end early).
class Supervisor {
 public:
  struct Plan {
    Command server;
    User user;
    std::filesystem::path log_file;  // exists, and belongs to us
    int lock;                        // a descriptor that stays open in there as long as the server runs
    std::vector<std::filesystem::path> remove_at_end;
    std::chrono::milliseconds stop_timeout;
  };

  /// Forks. The server may still be starting, or failing to.
  static Result<Supervisor> start(Plan plan);
  ~Supervisor();
  Supervisor(Supervisor&& other) noexcept;
  Supervisor& operator=(Supervisor&&) = delete;

  /// True while the server's process, and so the supervisor's, is there.
  bool running();
  /// Ends the server, and waits for it until its stop timeout and ten seconds are over.
  Status stop();

 private:
  Supervisor(pid_t process, int lifeline, std::chrono::milliseconds stop_timeout)
      : process_(process), lifeline_(lifeline), stop_timeout_(stop_timeout) {}

  pid_t process_;  // -1 once it is reaped, or moved from
  int lifeline_;
  std::chrono::milliseconds stop_timeout_;
};

}  // namespace berth::pgserver
