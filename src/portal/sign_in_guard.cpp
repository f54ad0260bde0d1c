#include "portal/sign_in_guard.hpp"

namespace berth::portal {

tl::expected<void, SignInLimits::Refusal> SignInGuard::admit(const std::string& account,
                                                             const std::string& address,
                                                             Steady::time_point now) {
  const std::lock_guard lock(mutex_);
  return limits_.admit(account, address, now);
}

void SignInGuard::failed(const std::string& account, const std::string& address, Steady::time_point now) {
  const std::lock_guard lock(mutex_);
  limits_.failed(account, address, now);
}

void SignInGuard::succeeded(const std::string& account, const std::string& address, Steady::time_point now) {
  const std::lock_guard lock(mutex_);
  limits_.succeeded(account, address, now);
}

bool SignInGuard::notice_forwarding(const std::string& account, const std::string& peer, bool forwarded) {
  const std::lock_guard lock(mutex_);
  return forwarding_.notice(account, peer, forwarded);
}

Result<SignInGuard::Hashing> SignInGuard::begin_hashing(const std::string& account,
                                                        const std::string& address,
                                                        std::chrono::milliseconds wait) {
  const auto standing = [&] {
    const std::lock_guard lock(mutex_);
    return limits_.standing(account, address, Steady::now());
  }();
  std::unique_lock lock(hashing_mutex_);
  const auto ticket = slots_.come(account, address, standing);
  changed_.notify_all();  // another may have been turned away
  changed_.wait_for(lock, wait, [&] { return slots_.state(ticket) != FairSlots::State::kWaiting; });
  if (slots_.state(ticket) == FairSlots::State::kRunning) return Hashing(*this, ticket);
  slots_.leave(ticket);
  return fail(Error{.code = Code::kTooMany,
                    .message = "Too many people are signing in right now. Try again in a moment.",
                    .slug = "too_many_sign_ins",
                    .fields = {},
                    .retry_after_seconds = 1});
}

void SignInGuard::end_hashing(FairSlots::Ticket ticket) {
  {
    const std::lock_guard lock(hashing_mutex_);
    slots_.leave(ticket);
  }
  changed_.notify_all();
}

std::size_t SignInGuard::waiting() const {
  const std::lock_guard lock(hashing_mutex_);
  return slots_.count(FairSlots::State::kWaiting);
}

}  // namespace berth::portal
