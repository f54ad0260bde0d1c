#include "kube/election.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "kube/lease.hpp"
#include "kube/retry.hpp"

namespace berth::kube {

namespace {

constexpr double kElectionJitter = 0.2;
constexpr std::chrono::milliseconds kReleaseDeadline{1'000};
constexpr std::chrono::milliseconds kShortestLease{1'000};

Status check(const ElectionSettings& settings) {
  for (const auto& [name, value] :
       {std::pair{"ns", settings.ns}, std::pair{"lease_name", settings.lease_name},
        std::pair{"identity", settings.identity}}) {
    if (value.empty()) {
      return fail(invalid_field(name, "", "not empty", fmt::format("leader election needs {}", name)));
    }
  }
  if (settings.lease_duration < kShortestLease) {
    return fail(invalid_field("lease_duration", fmt::format("{} ms", settings.lease_duration.count()),
                              "1000 ms", "a Lease counts whole seconds: its duration must be at least one"));
  }
  const bool ordered = settings.lease_duration > settings.renew_deadline &&
                       settings.renew_deadline.count() * 10 > settings.retry_period.count() * 12 &&
                       settings.retry_period.count() > 0;
  if (!ordered) {
    return fail(invalid_field(
        "renew_deadline", fmt::format("{} ms", settings.renew_deadline.count()),
        fmt::format("under {} ms and over 1.2 x {} ms", settings.lease_duration.count(),
                    settings.retry_period.count()),
        "lease_duration must be longer than renew_deadline, and that longer than 1.2 times retry_period"));
  }
  return {};
}

}  // namespace

class LeaderElection::Impl {
 public:
  Impl(ClientFactory factory, ElectionSettings settings, ElectionEvents events, Log log)
      : factory_(std::move(factory)),
        settings_(std::move(settings)),
        events_(std::move(events)),
        log_(std::move(log)),
        lease_{.resource = resources::leases(), .ns = settings_.ns, .name = settings_.lease_name},
        duration_seconds_(std::chrono::ceil<std::chrono::seconds>(settings_.lease_duration).count()),
        jitter_(make_jitter(settings_.jitter_seed)),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

  ~Impl() { stop(); }

  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

  bool is_leader() const {
    return std::chrono::steady_clock::now() < leader_until_.load(std::memory_order_acquire);
  }

  std::string holder() const {
    const std::scoped_lock lock(mutex_);
    return holder_;
  }

 private:
  void run(const std::stop_token& stop) {
    auto client = factory_.client(stop);
    // A try may take half of what the leader has: then a second one can still save it.
    client.set_call_deadline(std::max(settings_.renew_deadline / 2, settings_.retry_period));
    while (!stop.stop_requested()) {
      const auto began = std::chrono::steady_clock::now();
      const auto returns = settings_.presence ? settings_.presence->returns() : 0;
      const auto held = try_to_hold(client);
      if (held && *held) {
        // Others count from when they saw the renewal, which was later than `began`: so we always give up
        // first.
        leader_until_.store(began + settings_.renew_deadline, std::memory_order_release);
        if (!std::exchange(leading_, true)) gained();
      } else if (held) {
        lose("another holds the lease");
      } else if (!stop.stop_requested()) {
        log_.warning("lease not renewed or taken",
                     {{"lease", settings_.lease_name}, {"reason", held.error().message}});
        if (settings_.presence && is_unanswered(held.error())) settings_.presence->lost();
      }
      if (leading_ && !is_leader()) lose("the lease was not renewed in time");
      if (!rest(returns, stop)) break;
      if (leading_ && !is_leader()) lose("the lease was not renewed in time");
    }
    if (leading_) {
      lose("stopped");
      give_back();
    }
  }

  bool rest(std::uint64_t returns, const std::stop_token& stop) {
    if (!settings_.presence) return sleep_for(next_wait(), stop);
    return settings_.presence->sleep_for(next_wait(), returns, stop) != Presence::Slept::kStopped;
  }

  std::chrono::milliseconds next_wait() {
    auto wait = jittered(settings_.retry_period, kElectionJitter, jitter_);
    if (leading_) {
      const auto left = leader_until_.load(std::memory_order_acquire) - std::chrono::steady_clock::now();
      wait =
          std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds{0}, wait);
    }
    return wait;
  }

  /// True when the lease is ours now, false when another holds it.
  Result<bool> try_to_hold(Client& client) {
    if (leading_ && current_) {
      // The leader knows what it wrote last: one request, unless somebody else wrote since.
      auto renewed = write(client, Claim::kRenew);
      if (renewed || renewed.error().code != Code::kConflict) return renewed;
    }
    auto found = client.find(lease_);
    if (!found) return fail(found.error());
    if (!*found) return make(client);
    remember(std::move(**found));
    const auto claim = decide(*seen_, settings_.identity, std::chrono::steady_clock::now());
    if (claim == Claim::kWait) return false;
    auto written = write(client, claim);
    if (!written && written.error().code == Code::kConflict) return false;  // somebody was quicker
    return written;
  }

  Result<bool> make(Client& client) {
    json::value lease = json::object{{"apiVersion", lease_.resource.api_version()},
                                     {"kind", lease_.resource.kind},
                                     {"metadata", {{"name", lease_.name}, {"namespace", lease_.ns}}}};
    auto record = claimed({}, Claim::kTake, settings_.identity, duration_seconds_, SystemClock().now());
    record.transitions = 0;
    write_lease(lease, record);
    auto made = client.create(lease_.resource, lease_.ns, lease, {.field_manager = settings_.field_manager});
    if (!made) {
      if (made.error().code == Code::kConflict) return false;
      return fail(made.error());
    }
    remember(std::move(*made));
    return true;
  }

  Result<bool> write(Client& client, Claim claim) {
    auto lease = *current_;
    write_lease(
        lease, claimed(read_lease(lease), claim, settings_.identity, duration_seconds_, SystemClock().now()));
    auto written = client.replace(lease_, lease, {.field_manager = settings_.field_manager});
    if (!written) return fail(written.error());
    remember(std::move(*written));
    return true;
  }

  void remember(json::value lease) {
    seen_ = look(seen_, read_lease(lease), std::chrono::steady_clock::now());
    current_ = std::move(lease);
    const std::scoped_lock lock(mutex_);
    holder_ = seen_->record.holder;
  }

  void gained() {
    log_.info("leading", {{"lease", settings_.lease_name}, {"identity", settings_.identity}});
    if (events_.on_gained) events_.on_gained();
  }

  void lose(std::string_view why) {
    leader_until_.store(SteadyTime{}, std::memory_order_release);
    if (!std::exchange(leading_, false)) return;
    log_.warning("no longer leading", {{"lease", settings_.lease_name}, {"reason", why}});
    if (events_.on_lost) events_.on_lost();
  }

  /// With a client of its own: the other one is stopped already.
  void give_back() {
    auto client = factory_.client();
    client.set_call_deadline(kReleaseDeadline);
    auto lease = *current_;
    write_lease(lease, given_back(read_lease(lease), SystemClock().now()));
    const auto written = client.replace(lease_, lease, {.field_manager = settings_.field_manager});
    if (!written) {
      // No harm: the others wait for it to run out.
      log_.warning("lease not given back",
                   {{"lease", settings_.lease_name}, {"reason", written.error().message}});
    }
  }

  const ClientFactory factory_;
  const ElectionSettings settings_;
  const ElectionEvents events_;
  const Log log_;
  const ObjectRef lease_;
  const std::int64_t duration_seconds_;

  std::atomic<SteadyTime> leader_until_{SteadyTime{}};
  mutable std::mutex mutex_;
  std::string holder_;  // guarded by mutex_

  // The thread's own.
  Jitter jitter_;
  bool leading_ = false;
  std::optional<json::value> current_;  // the Lease as it was last read or written
  std::optional<Sighting> seen_;

  std::jthread thread_;  // last: it uses all of the above from its first moment
};

LeaderElection::LeaderElection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LeaderElection::~LeaderElection() = default;

Result<std::unique_ptr<LeaderElection>> LeaderElection::start(const ClientFactory& factory,
                                                              ElectionSettings settings,
                                                              ElectionEvents events, Log log) {
  if (const auto sound = check(settings); !sound) return fail(sound.error());
  auto impl = std::make_unique<Impl>(factory, std::move(settings), std::move(events), std::move(log));
  return std::unique_ptr<LeaderElection>(new LeaderElection(std::move(impl)));
}

bool LeaderElection::is_leader() const {
  return impl_->is_leader();
}
std::string LeaderElection::holder() const {
  return impl_->holder();
}
void LeaderElection::stop() {
  impl_->stop();
}

}  // namespace berth::kube
