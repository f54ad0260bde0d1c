#include "pgserver/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace berth::pgserver {
namespace {

Result<User> look_up(const std::string& name) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return fail(Code::kInvalid, fmt::format("there is no system user \"{}\"", name));
  return User{name, entry.pw_uid, entry.pw_gid, entry.pw_uid != ::geteuid()};
}

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    close_end(read_end);
    close_end(write_end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
};

/// Everything until the other end closes; false at the deadline.
bool read_until_closed(int from, std::string& into, std::chrono::steady_clock::time_point deadline) {
  constexpr std::size_t kMaxOutput = 1'000'000;
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd watched{from, POLLIN, 0};
    const int ready =
        ::poll(&watched, 1, static_cast<int>(std::min<std::chrono::milliseconds::rep>(left.count(), 60'000)));
    if (ready <= 0) continue;
    std::array<char, 4096> chunk{};
    const auto got = ::read(from, chunk.data(), chunk.size());
    if (got == 0) return true;
    if (got > 0 && into.size() < kMaxOutput) into.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

Result<User> server_user(const std::string& run_as) {
  if (!run_as.empty()) {
    auto user = look_up(run_as);
    if (!user) return user;
    if (user->uid == 0) return fail(Code::kInvalid, "PostgreSQL does not run as root; name another user");
    if (user->change && ::geteuid() != 0) {
      return fail(Code::kInvalid,
                  fmt::format("only root can run PostgreSQL as \"{}\"; leave the user out", run_as));
    }
    return user;
  }
  if (::geteuid() != 0) return User{"", ::geteuid(), ::getegid(), false};
  auto user = look_up("postgres");
  return user ? user : look_up("nobody");
}

Command::Command(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
  for (auto& argument : arguments_) pointers_.push_back(argument.data());
  pointers_.push_back(nullptr);
}

bool become(const User& user) {
  if (!user.change) return true;
  return ::setgroups(0, nullptr) == 0 && ::setresgid(user.gid, user.gid, user.gid) == 0 &&
         ::setresuid(user.uid, user.uid, user.uid) == 0;
}

Result<std::string> run_to_end(Command command, const User& user, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  Pipe output;
  if (output.read_end < 0) return fail(Code::kInternal, fmt::format("pipe: {}", std::strerror(errno)));
  const pid_t child = ::fork();
  if (child < 0) return fail(Code::kInternal, fmt::format("fork: {}", std::strerror(errno)));
  if (child == 0) {  // only async-signal-safe calls until exec
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
    ::dup2(output.write_end, STDOUT_FILENO);
    ::dup2(output.write_end, STDERR_FILENO);
    // Our folder may be closed to the user; initdb wants one it can stand in. And it must not go on without
    // us.
    if (::chdir("/") == 0 && become(user) && ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0) {
      ::execv(command.program().c_str(), command.argv());
    }
    ::_exit(127);
  }
  Pipe::close_end(output.write_end);
  std::string text;
  const bool ended = read_until_closed(output.read_end, text, deadline);
  if (!ended) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const auto& program = command.program();
  if (!ended) return fail(Code::kTimeout, fmt::format("{} did not end within {} ms", program, limit.count()));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return fail(Code::kInternal,
                fmt::format("{} failed: {}", program, text.empty() ? "it could not be run" : tail(text)));
  }
  return text;
}

std::string tail(const std::string& text) {
  constexpr std::size_t kMaxLength = 800;
  auto end = text.size() > kMaxLength ? text.substr(text.size() - kMaxLength) : text;
  while (!end.empty() && (end.back() == '\n' || end.back() == ' ')) end.pop_back();
  return end;
}

}  // namespace berth::pgserver
