#include "portal/sign_in_guard.hpp"

namespace berth::portal {
namespace {

Error too_many(std::string message, std::chrono::seconds wait) {
  return {.code = Code::kTooMany,
          .message = std::move(message),
          .slug = "too_many_sign_ins",
          .fields = {},
          .retry_after_seconds = static_cast<int>(wait.count())};
}

tl::unexpected<Error> crowded() {
  return fail(
      too_many("Too many people are signing in right now. Try again in a moment.", std::chrono::seconds(1)));
}

}  // namespace

tl::expected<void, SignInGuard::Refusal> SignInGuard::admit(const std::string& account,
                                                            const std::string& peer, Steady::time_point now) {
  const std::lock_guard lock(mutex_);
  if (const auto over = by_peer_.too_many(peer, kTriesPerPeer, now)) {
    return tl::unexpected<Refusal>(
        {too_many("Too many failed sign-ins from your address. Wait a minute and try again.", over->wait),
         over->first});
  }
  if (const auto over = by_account_.too_many({account, peer}, kTriesPerWindow, now)) {
    return tl::unexpected<Refusal>(
        {too_many("Too many failed sign-ins. Wait a minute and try again.", over->wait), over->first});
  }
  return {};
}

void SignInGuard::failed(const std::string& account, const std::string& peer, Steady::time_point now) {
  const std::lock_guard lock(mutex_);
  by_account_.add({account, peer}, now);
  by_peer_.add(peer, now);
}

void SignInGuard::succeeded(const std::string& account, const std::string& peer) {
  const std::lock_guard lock(mutex_);
  by_account_.forget({account, peer});
}

Result<SignInGuard::Hashing> SignInGuard::begin_hashing(std::chrono::milliseconds wait) {
  std::unique_lock lock(hashing_mutex_);
  if (hashing_ >= kHashesAtOnce) {
    if (waiting_ >= kMostWaiting) return crowded();
    ++waiting_;
    const bool room = hashing_ended_.wait_for(lock, wait, [this] { return hashing_ < kHashesAtOnce; });
    --waiting_;
    if (!room) return crowded();
  }
  ++hashing_;
  return Hashing(*this);
}

void SignInGuard::end_hashing() {
  {
    const std::lock_guard lock(hashing_mutex_);
    --hashing_;
  }
  hashing_ended_.notify_one();
}

int SignInGuard::waiting() const {
  const std::lock_guard lock(hashing_mutex_);
  return waiting_;
}

}  // namespace berth::portal
