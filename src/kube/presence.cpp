#include "kube/presence.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.hpp"

namespace berth::kube {

bool is_unanswered(const Error& error) {
  return !is_stopped(error) && error.slug != kMayNotWriteSlug &&
         (error.code == Code::kUnavailable || error.code == Code::kTimeout);
}

class Presence::Impl {
 public:
  Impl(const ClientFactory& factory, std::function<void()> on_return, Log log, PresenceSettings settings)
      : settings_(settings),
        on_return_(std::move(on_return)),
        log_(std::move(log)),
        thread_([this, factory](const std::stop_token& stop) { run(factory.client(stop), stop); }) {}

  ~Impl() {
    thread_.request_stop();
    thread_.join();
  }

  void lost() {
    {
      const std::scoped_lock lock(mutex_);
      if (away_ && !away_->until) return;
      if (!asked_since_) asked_since_ = SystemClock().now();
    }
    changed_.notify_all();
  }

  std::optional<Instant> look() {
    lost();
    std::unique_lock lock(mutex_);
    const auto looks = looks_;
    changed_.wait_for(lock, 2 * settings_.look_deadline,
                      [&] { return looks_ != looks || !asked_since_ || (away_ && !away_->until); });
    return away_ && !away_->until ? std::optional(away_->from) : std::nullopt;
  }

  std::optional<Away> last_away() const {
    const std::scoped_lock lock(mutex_);
    return away_;
  }

  std::uint64_t returns() const {
    const std::scoped_lock lock(mutex_);
    return returns_;
  }

  Slept sleep_for(std::chrono::milliseconds duration, std::uint64_t returns, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const bool early = changed_.wait_for(lock, stop, duration, [&] { return returns_ != returns; });
    if (stop.stop_requested()) return Slept::kStopped;
    return early ? Slept::kReturned : Slept::kAll;
  }

 private:
  void run(Client client, const std::stop_token& stop) {
    client.set_call_deadline(settings_.look_deadline);
    while (!stop.stop_requested()) {
      {
        std::unique_lock lock(mutex_);
        if (away_ && !away_->until) {
          changed_.wait_for(lock, stop, settings_.look_every, [] { return false; });
        } else {
          changed_.wait(lock, stop, [&] { return asked_since_.has_value(); });
        }
      }
      if (stop.stop_requested()) return;
      // Refused is an answer too: whoever may not ask is told so by a server that is there.
      const auto answer = client.raw_get("/readyz");
      if (stop.stop_requested()) return;
      conclude(answer || !is_unanswered(answer.error()));
    }
  }

  void conclude(bool there) {
    bool returned = false;
    bool gone = false;
    {
      const std::scoped_lock lock(mutex_);
      const bool was_away = away_ && !away_->until;
      if (there && was_away) {
        away_->until = SystemClock().now();
        ++returns_;
        returned = true;
      } else if (!there && !was_away) {
        away_ = Away{asked_since_.value_or(SystemClock().now()), std::nullopt};
        gone = true;
      }
      asked_since_.reset();
      ++looks_;
    }
    changed_.notify_all();
    if (gone) log_.warning("the cluster does not answer", {});
    if (!returned) return;
    log_.info("the cluster answers again", {});
    if (on_return_) on_return_();
  }

  const PresenceSettings settings_;
  const std::function<void()> on_return_;
  const Log log_;

  mutable std::mutex mutex_;  // guards what follows; never held while calling out
  std::condition_variable_any changed_;
  std::optional<Instant> asked_since_;
  std::optional<Away> away_;
  std::uint64_t looks_ = 0;
  std::uint64_t returns_ = 0;

  std::jthread thread_;  // last: it uses all of the above from its first moment
};

Presence::Presence(const ClientFactory& factory, std::function<void()> on_return, Log log,
                   PresenceSettings settings)
    : impl_(std::make_unique<Impl>(factory, std::move(on_return), std::move(log), settings)) {}
Presence::~Presence() = default;

void Presence::lost() {
  impl_->lost();
}
std::optional<Instant> Presence::look() {
  return impl_->look();
}
std::optional<Presence::Away> Presence::last_away() const {
  return impl_->last_away();
}
std::uint64_t Presence::returns() const {
  return impl_->returns();
}
Presence::Slept Presence::sleep_for(std::chrono::milliseconds duration, std::uint64_t returns,
                                    const std::stop_token& stop) {
  return impl_->sleep_for(duration, returns, stop);
}

}  // namespace berth::kube
