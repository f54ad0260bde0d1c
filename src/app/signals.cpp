#include "app/signals.hpp"

#include <csignal>
#include <ctime>

namespace berth::app {
namespace {

sigset_t wanted() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

void ignore_lost_readers() {
  std::signal(SIGPIPE, SIG_IGN);
}

Signals::Signals() {
  const auto set = wanted();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

bool Signals::wait(std::chrono::milliseconds patience) const {
  const auto set = wanted();
  const timespec limit{.tv_sec = patience.count() / 1000, .tv_nsec = (patience.count() % 1000) * 1'000'000};
  return sigtimedwait(&set, nullptr, &limit) > 0;
}

void Signals::wait() const {
  const auto set = wanted();
  int signal = 0;
  while (sigwait(&set, &signal) != 0) {
  }
}

bool Signals::pending() const {
  sigset_t come;
  sigemptyset(&come);
  return sigpending(&come) == 0 && (sigismember(&come, SIGINT) == 1 || sigismember(&come, SIGTERM) == 1);
}

}  // namespace berth::app
