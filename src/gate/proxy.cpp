#include "gate/proxy.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>
#include <thread>
#include <utility>

extern char**
    environ;  // NOLINT(readability-redundant-declaration): POSIX wants it declared by whoever uses it

namespace berth::gate {
namespace {

constexpr std::chrono::milliseconds kLookEvery{20};

/// As /proc/PID/stat has it after the name, which is in parentheses and may hold some itself: its state, then
/// its parent.
pid_t parent_in(std::string_view stat) {
  const auto name_ends = stat.rfind(')');
  if (name_ends == std::string_view::npos) return 0;
  pid_t parent = 0;
  char state = 0;
  std::istringstream(std::string(stat.substr(name_ends + 1))) >> state >> parent;
  return parent;
}

std::set<pid_t> children_of(pid_t parent) {
  std::set<pid_t> children;
  std::error_code none;  // one that ended meanwhile is no child any more
  for (std::filesystem::directory_iterator at("/proc", none), end; at != end; at.increment(none)) {
    const auto name = at->path().filename().string();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc()) continue;
    std::ifstream in(at->path() / "stat");
    std::string stat;
    if (std::getline(in, stat) && parent_in(stat) == parent) children.insert(pid);
  }
  return children;
}

bool share_one(const std::set<pid_t>& these, const std::set<pid_t>& those) {
  return std::any_of(these.begin(), these.end(), [&](pid_t one) { return those.contains(one); });
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
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Status Proxy::cut_connections(std::chrono::milliseconds within) const {
  if (pid_ == 0) return fail(Code::kUnavailable, "the proxy has ended");
  const auto workers = children_of(pid_);
  if (kill(pid_, SIGHUP) != 0) return fail(Code::kUnavailable, "the proxy has ended");
  const auto until = std::chrono::steady_clock::now() + within;
  while (share_one(workers, children_of(pid_))) {
    if (std::chrono::steady_clock::now() >= until)
      return fail(Code::kUnavailable,
                  fmt::format("the proxy has not cut its connections within {} ms", within.count()));
    std::this_thread::sleep_for(kLookEvery);
  }
  return {};
}

bool Proxy::ended() {
  if (pid_ != 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
  return pid_ == 0;
}

}  // namespace berth::gate
