#include "portal/sign_in_guard.hpp"

namespace berth::portal {

Status SignInGuard::admit(const std::string& account, const std::string& peer, Steady::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find({account, peer});
  if (found == failures_.end()) return {};
  const auto age = now - found->second.since;
  if (age >= kWindow) {
    failures_.erase(found);
    return {};
  }
  if (found->second.count < kTriesPerWindow) return {};
  Error error{.code = Code::kTooMany,
              .message = "Too many failed sign-ins. Wait a minute and try again.",
              .slug = "too_many_sign_ins",
              .fields = {},
              .retry_after_seconds =
                  static_cast<int>(std::chrono::ceil<std::chrono::seconds>(kWindow - age).count())};
  return fail(std::move(error));
}

Result<SignInGuard::Hashing> SignInGuard::begin_hashing(std::chrono::milliseconds wait) {
  if (hashing_.try_acquire_for(wait)) return Hashing(hashing_);
  return fail(Error{.code = Code::kTooMany,
                    .message = "Too many people are signing in right now. Try again in a moment.",
                    .slug = "too_many_sign_ins",
                    .fields = {},
                    .retry_after_seconds = 1});
}

void SignInGuard::failed(const std::string& account, const std::string& peer, Steady::time_point now) {
  const std::lock_guard lock(mutex_);
  if (failures_.size() >= kMaxRemembered) {
    std::erase_if(failures_, [&](const auto& entry) { return now - entry.second.since >= kWindow; });
    // Still full: a flood of names. Forgetting the oldest few would help its sender; forgetting all does as
    // well as any choice, and memory stays bounded.
    if (failures_.size() >= kMaxRemembered) failures_.clear();
  }
  auto& entry = failures_[{account, peer}];
  if (entry.count == 0 || now - entry.since >= kWindow) entry = {0, now};
  ++entry.count;
}

void SignInGuard::succeeded(const std::string& account, const std::string& peer) {
  const std::lock_guard lock(mutex_);
  failures_.erase({account, peer});
}

}  // namespace berth::portal
