#include "pg/listener.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "pg/link.hpp"
#include "pg/wait.hpp"

namespace berth::pg {
namespace {

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5'000};

std::chrono::steady_clock::time_point now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

Listener::Listener(Settings settings, std::vector<std::string> channels,
                   std::chrono::milliseconds silence_before_asking)
    : settings_(std::move(settings)),
      channels_(std::move(channels)),
      silence_before_asking_(silence_before_asking),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      pause_(kFirstPause),
      next_try_(now()),
      last_sign_of_life_(now()) {
  if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Listener::~Listener() {
  connection_.reset();
  ::close(wake_);
}

void Listener::interrupt() {
  static_cast<void>(::eventfd_write(wake_, 1));
}

bool Listener::woken() {
  eventfd_t count = 0;
  return ::eventfd_read(wake_, &count) == 0;
}

void Listener::connect() {
  connection_.reset();
  auto made = Connection::connect(settings_, wake_);
  std::string script;
  for (const auto& channel : channels_) script += "LISTEN " + quote_identifier(channel) + ";";
  const Status listening = made ? made->run(script) : Status(fail(made.error()));
  if (listening) {
    connection_.emplace(std::move(*made));
    trouble_.reset();
    pause_ = kFirstPause;
    last_sign_of_life_ = now();
    return;
  }
  trouble_ = within("listen", listening.error());
  next_try_ = now() + pause_;
  pause_ = std::min(pause_ * 2, kLongestPause);
}

Heard Listener::wait(std::chrono::milliseconds timeout, const std::stop_token& stop) {
  const std::stop_callback wake_on_stop(stop, [this] { interrupt(); });
  const auto deadline = now() + timeout;
  Heard heard;
  while (!woken() && !stop.stop_requested()) {
    if (!connection_) {
      const auto until = std::min(deadline, next_try_);
      if (now() < next_try_ && wait_for_wake(wake_, until) != Waited::kDeadline) continue;
      if (now() >= deadline) break;
      connect();
      heard.may_have_missed = connection_.has_value();
      if (heard.may_have_missed) break;
      continue;
    }
    const auto ask_at = last_sign_of_life_ + silence_before_asking_;
    auto notifications = connection_->link_->notifications(kMostAtOnce, std::min(deadline, ask_at));
    if (notifications && !notifications->empty()) {
      last_sign_of_life_ = now();
      heard.notifications = std::move(*notifications);
      break;
    }
    if (notifications && now() >= ask_at) {
      if (connection_->run("SELECT 1")) last_sign_of_life_ = now();
    }
    if (!notifications || connection_->broken()) {
      trouble_ = Error{.code = Code::kUnavailable,
                       .message = "listen: the connection to PostgreSQL broke",
                       .slug = std::string(kConnectionLost),
                       .fields = {},
                       .retry_after_seconds = 0};
      connection_.reset();
      next_try_ = now();
      continue;
    }
    if (now() >= deadline) break;
  }
  heard.connected = connection_.has_value();
  heard.trouble = trouble_;
  return heard;
}

}  // namespace berth::pg
