// Child processes under another user. Internal to this module.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace berth::pgserver {

/// A system user. `change` is false when it is the one we are already.
struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  bool change = false;
};

/// Whom the server runs as; see Settings::run_as.
Result<User> server_user(const std::string& run_as);

/// A program with its arguments, ready to be exec'ed: everything that allocates is done before fork.
class Command {
 public:
  explicit Command(std::vector<std::string> arguments);
  char* const* argv() { return pointers_.data(); }
  const std::string& program() const { return arguments_.front(); }

 private:
  std::vector<std::string> arguments_;
  std::vector<char*> pointers_;
};

/// Gives up every right of ours for the user's. For use between fork and exec; false when it failed.
bool become(const User& user);

/// Runs a command to its end as `user`; what it printed. It is killed at `limit` (kTimeout). An exit code
/// other than 0 is kInternal with the end of what it printed.
Result<std::string> run_to_end(Command command, const User& user, std::chrono::milliseconds limit);

/// The end of a text, for an error message.
std::string tail(const std::string& text);

}  // namespace berth::pgserver
