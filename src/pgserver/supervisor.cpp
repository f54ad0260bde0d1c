#include "pgserver/supervisor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace berth::pgserver {
namespace {

// PostgreSQL's shutdown modes by signal: fast lets a checkpoint finish, immediate leaves recovery to the next
// start.
constexpr int kFast = SIGINT;
constexpr int kImmediate = SIGQUIT;
constexpr std::chrono::milliseconds kImmediateGrace{5'000};

/// Readable once the process has ended. By number: this C library's header for it is not made for C++.
int open_pidfd(pid_t process) {
  return static_cast<int>(::syscall(SYS_pidfd_open, process, 0U));
}

void wait_readable(int first, int second, int limit_ms) {
  std::array<pollfd, 2> watched{{{first, POLLIN, 0}, {second, POLLIN, 0}}};
  while (::poll(watched.data(), watched.size(), limit_ms) < 0 && errno == EINTR) {
  }
}

bool ended(int process_fd, int limit_ms) {
  pollfd watched{process_fd, POLLIN, 0};
  int ready = 0;
  while ((ready = ::poll(&watched, 1, limit_ms)) < 0 && errno == EINTR) {
  }
  return ready > 0;
}

[[noreturn]] void run_server(Supervisor::Plan& plan, int log, pid_t parent) {
  if (::chdir("/") != 0 || !become(plan.user)) ::_exit(126);
  // After the change of user, which would clear it. The second look closes the gap in which the parent may
  // have died.
  ::prctl(PR_SET_PDEATHSIG, kFast);
  if (::getppid() != parent) ::_exit(126);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(plan.server.program().c_str(), plan.server.argv());
  ::_exit(127);
}

void default_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD, SIGQUIT, SIGUSR1, SIGUSR2}) {
    ::signal(signal, SIG_DFL);
  }
}

/// Closes all descriptors but the standard ones and these two: a socket of ours must not stay open in here.
void close_all_but(int one, int other) {
  const auto low = static_cast<unsigned>(std::min(one, other));
  const auto high = static_cast<unsigned>(std::max(one, other));
  if (low > STDERR_FILENO + 1) ::close_range(STDERR_FILENO + 1, low - 1, 0);
  if (high > low + 1) ::close_range(low + 1, high - 1, 0);
  ::close_range(high + 1, ~0U, 0);
}

[[noreturn]] void supervise(Supervisor::Plan& plan, int lifeline) {
  ::setsid();  // out of the terminal's process group: Ctrl-C is for the program, which then stops the server
  default_signals();
  ::prctl(PR_SET_NAME, "pg-supervisor");
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, standard);
  close_all_but(lifeline, plan.lock);

  const pid_t self = ::getpid();
  const int log = ::open(plan.log_file.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
  const pid_t server = ::fork();
  if (server == 0) run_server(plan, log, self);
  if (server < 0) ::_exit(126);
  const int server_fd = open_pidfd(server);
  if (server_fd < 0) ::kill(server, SIGKILL);  // a kernel before 5.3: the server could not be watched

  wait_readable(lifeline, server_fd, -1);
  if (!ended(server_fd, 0)) {
    ::kill(server, kFast);
    if (!ended(server_fd, static_cast<int>(plan.stop_timeout.count()))) {
      ::kill(server, kImmediate);
      if (!ended(server_fd, static_cast<int>(kImmediateGrace.count()))) ::kill(server, SIGKILL);
    }
  }
  int status = 0;
  while (::waitpid(server, &status, 0) < 0 && errno == EINTR) {
  }
  // This allocates after a fork, which glibc allows (its heap is put in order for the child).
  std::error_code ignored;
  for (const auto& folder : plan.remove_at_end) std::filesystem::remove_all(folder, ignored);
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

}  // namespace

Result<Supervisor> Supervisor::start(Plan plan) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(Code::kInternal, fmt::format("pipe: {}", std::strerror(errno)));
  const pid_t process = ::fork();
  if (process == 0) supervise(plan, ends[0]);
  ::close(ends[0]);
  if (process < 0) {
    ::close(ends[1]);
    return fail(Code::kInternal, fmt::format("fork: {}", std::strerror(errno)));
  }
  return Supervisor(process, ends[1], plan.stop_timeout);
}

Supervisor::Supervisor(Supervisor&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      lifeline_(std::exchange(other.lifeline_, -1)),
      stop_timeout_(other.stop_timeout_) {}

Supervisor::~Supervisor() {
  if (process_ > 0) static_cast<void>(stop());
}

bool Supervisor::running() {
  if (process_ <= 0) return false;
  int status = 0;
  const pid_t reaped = ::waitpid(process_, &status, WNOHANG);
  if (reaped == 0 || (reaped < 0 && errno == EINTR)) return true;
  process_ = -1;
  return false;
}

Status Supervisor::stop() {
  if (lifeline_ >= 0) ::close(std::exchange(lifeline_, -1));
  if (!running()) return {};
  const int process_fd = open_pidfd(process_);
  const bool gone =
      process_fd >= 0 && ended(process_fd, static_cast<int>((stop_timeout_ + 2 * kImmediateGrace).count()));
  if (process_fd >= 0) ::close(process_fd);
  if (!gone || running()) {
    return fail(Code::kTimeout, fmt::format("PostgreSQL did not stop within {} ms", stop_timeout_.count()));
  }
  return {};
}

}  // namespace berth::pgserver
