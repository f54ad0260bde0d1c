#include "gate/proxy.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

extern char**
    environ;  // NOLINT(readability-redundant-declaration): POSIX wants it declared by whoever uses it

namespace berth::gate {
namespace {

constexpr std::chrono::milliseconds kEndLookEvery{20};

/// True once it has ended.
bool ends(pid_t pid, std::chrono::milliseconds within) {
  const auto until = std::chrono::steady_clock::now() + within;
  for (;;) {
    const auto seen = waitpid(pid, nullptr, WNOHANG);
    if (seen == pid || (seen < 0 && errno != EINTR)) return true;
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(kEndLookEvery);
  }
}

}  // namespace

Result<Proxy> Proxy::start(const std::string& program, const std::filesystem::path& config) {
  std::array<std::string, 5> words{program, "-e", "stderr", "-c", config.string()};
  std::array<char*, words.size() + 1> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments.at(i) = words.at(i).data();
  // This program holds back the signals that it hears as values; its child must not.
  posix_spawnattr_t attributes{};
  posix_spawnattr_init(&attributes);
  sigset_t none{};
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, program.c_str(), nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return fail(Code::kUnavailable, fmt::format("start {}: {}", program, std::strerror(error)));
  return Proxy(pid);
}

Proxy::Proxy(Proxy&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}

Proxy::~Proxy() {
  if (pid_ == 0) return;
  kill(pid_, SIGTERM);  // nginx: at once, not after the last answer
  if (ends(pid_, kEndsWithin)) return;
  kill(pid_, SIGKILL);
  ends(pid_, kEndsWithin);  // one that the kernel itself holds is left to it
}

bool Proxy::ended() {
  if (pid_ != 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
  return pid_ == 0;
}

}  // namespace berth::gate
