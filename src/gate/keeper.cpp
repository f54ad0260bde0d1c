#include "gate/keeper.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/private_file.hpp"
#include "gate/local_ask.hpp"
#include "gate/memory.hpp"

namespace berth::gate {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLookEvery{100};
constexpr milliseconds kTryPortEvery{500};
constexpr milliseconds kSayAgainEvery{60'000};
constexpr milliseconds kPause{1'000};  // after one that has not lived for kShortLife
constexpr milliseconds kShortLife{10'000};
constexpr milliseconds kGateEndsWithin{4'000};  // its nginx has two seconds
constexpr milliseconds kAnswersWithin{3'000};
constexpr std::string_view kFaultFile = "fault";

/// nginx takes these for its own, as from one before it.
std::string nginx_variable(const std::vector<int>& sockets) {
  std::string text = "NGINX=";
  for (const int one : sockets) text += fmt::format("{};", one);
  return text;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The gate, and whatever it starts: a group of processes.
class Kept {
 public:
  static Result<Kept> start(const KeeperSettings& settings, const Listening& port) {
    auto words = settings.command;
    std::vector<std::string> environment{nginx_variable(port.sockets())};
    for (char** one = environ; *one != nullptr; ++one) {
      if (!std::string_view(*one).starts_with("NGINX=")) environment.emplace_back(*one);
    }
    posix_spawnattr_t attributes{};
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    for (const int one : port.sockets())
      posix_spawn_file_actions_adddup2(&actions, one, one);  // and stays open
    pid_t pid = 0;
    const int error = posix_spawn(&pid, words.front().c_str(), &actions, &attributes,
                                  pointers_to(words).data(), pointers_to(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) return fail(Code::kUnavailable, fmt::format("start the gate: {}", std::strerror(error)));
    return Kept(pid);
  }
  Kept(Kept&& other) noexcept : pid_(std::exchange(other.pid_, 0)), ended_(other.ended_) {}
  Kept& operator=(Kept&&) = delete;
  ~Kept() {
    if (pid_ == 0) return;
    if (!ended()) ::kill(pid_, SIGTERM);
    const auto until = steady_clock::now() + kGateEndsWithin;
    while (!ended() && steady_clock::now() < until) ::usleep(kStepMicroseconds);
    // Its nginx is left where it was killed, and would go on without anybody to ask.
    ::kill(-pid_, SIGKILL);
    for (const auto last = steady_clock::now() + kGateEndsWithin; steady_clock::now() < last;) {
      if (const auto seen = ::waitpid(-pid_, nullptr, WNOHANG); seen < 0 && errno == ECHILD) return;
      ::usleep(kStepMicroseconds);
    }
  }

  bool ended() {
    if (!ended_ && ::waitpid(pid_, nullptr, WNOHANG) == pid_) ended_ = true;
    return ended_;
  }

 private:
  static constexpr useconds_t kStepMicroseconds = 10'000;

  explicit Kept(pid_t pid) : pid_(pid) {}
  pid_t pid_;
  bool ended_ = false;
};

/// Nothing where the end was asked for before.
Result<std::optional<Listening>> take_port(const KeeperSettings& settings,
                                           const std::function<bool(milliseconds)>& stopped, const Log& log) {
  const auto fault = settings.folder / kFaultFile;
  std::optional<steady_clock::time_point> said;
  for (;;) {
    auto port = Listening::at(settings.addresses, settings.port);
    if (port) {
      std::error_code none;  // it may not be there
      std::filesystem::remove(fault, none);
      if (said) log.info("the port is the gate's again", {{"port", settings.port}});
      return std::optional(std::move(*port));
    }
    if (port.error().code != Code::kConflict) return fail(port.error());
    if (!said) {
      if (auto forgotten = Memory::forget_passes(settings.folder); !forgotten) return fail(forgotten.error());
      const auto text =
          fmt::format("port {} is taken by another program of this pod: nobody is let in\n", settings.port);
      if (auto told = write_private_file(fault, text); !told) return fail(told.error());
    }
    if (!said || steady_clock::now() - *said > kSayAgainEvery) {
      said = steady_clock::now();
      log.error(
          "another program of this pod has the gate's port; nobody is let in, and all have to open anew "
          "afterwards",
          {{"port", settings.port}});
    }
    if (stopped(kTryPortEvery)) return std::optional<Listening>();
  }
}

/// False once the end is asked for; true when the gate has ended, or has to.
bool watch(Kept& gate, const KeeperSettings& settings, const std::function<bool(milliseconds)>& stopped,
           const Log& log) {
  int silent = 0;
  for (auto ask_at = steady_clock::now() + settings.ask_every;;) {
    if (stopped(kLookEvery)) return false;
    if (gate.ended()) {
      log.error("the gate has ended by itself; it is started again");
      return true;
    }
    if (steady_clock::now() < ask_at) continue;
    silent = answers(settings.folder / "health.sock", "/_gate/healthz", kAnswersWithin) ? 0 : silent + 1;
    if (silent >= settings.most_silent) {
      log.error("the gate does not answer; it is ended and started again", {{"asked", silent}});
      return true;
    }
    ask_at = steady_clock::now() + settings.ask_every;
  }
}

}  // namespace

Status keep(const KeeperSettings& settings, const std::function<bool(milliseconds)>& stopped,
            const Log& log) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // what the gate leaves is ours to bury, as it is in its container
  auto port = take_port(settings, stopped, log);
  if (!port) return fail(port.error());
  if (!*port) return {};
  const auto lines = listen_lines(settings.addresses, settings.port);
  if (auto told = write_private_file(settings.folder / "listen.conf", lines); !told)
    return fail(told.error());
  for (;;) {
    const auto begun = steady_clock::now();
    if (auto gate = Kept::start(settings, **port); !gate) {
      // Nobody can start anything in this pod just now: the port is held all the same.
      log.error("the gate cannot be started; it is tried again", {{"error", gate.error().message}});
    } else if (!watch(*gate, settings, stopped, log)) {
      return {};
    }
    if (steady_clock::now() - begun < kShortLife && stopped(kPause)) return {};
  }
}

}  // namespace berth::gate
