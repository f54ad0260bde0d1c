#include "kube/credentials.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "base/clock.hpp"
#include "base/instant.hpp"
#include "base/text.hpp"
#include "kube/exec_plugin.hpp"
#include "kube/files.hpp"

namespace berth::kube {

namespace {

constexpr std::size_t kMaxTokenBytes = 64U * 1024;
constexpr Duration kLongestTrust = hours(24 * 365);
// A token that ends while a request is under way is refused.
constexpr std::chrono::seconds kExpiryLeeway{10};

}  // namespace

Credentials::Credentials(const Config& config, std::chrono::milliseconds reread_after)
    : config_(config), reread_after_(reread_after) {}

Result<Credential> Credentials::current(const std::stop_token& stop) {
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (cached_ && (!renew_at_ || now < *renew_at_)) return *cached_;
  auto renewed = renew(stop, now);
  if (renewed) {
    cached_ = *renewed;
    return renewed;
  }
  // A token being replaced on disk can be missing for a moment: the old one is valid for a good while longer.
  // What a plugin gave has expired.
  if (cached_ && !config_.exec) return *cached_;
  return renewed;
}

Result<Credential> Credentials::renew(const std::stop_token& stop, SteadyTime now) {
  Credential fresh;
  renew_at_.reset();
  if (!config_.token_file.empty()) {
    renew_at_ = now + reread_after_;
    auto text = read_file(config_.token_file, kMaxTokenBytes);
    if (!text) return fail(within("read the token file", text.error()));
    const auto token = trimmed(*text);
    if (token.empty())
      return fail(Code::kUnauthenticated, "the token file " + config_.token_file.string() + " is empty");
    fresh.authorization = "Bearer " + std::string(token);
  } else if (!config_.token.empty()) {
    fresh.authorization = "Bearer " + config_.token;
  } else if (!config_.username.empty()) {
    fresh.authorization = "Basic " + base64_encode(config_.username + ":" + config_.password);
  } else if (config_.exec) {
    renew_at_ = now;  // until it succeeds, each call tries again
    const auto given = run_exec_plugin(*config_.exec, stop);
    if (!given) return fail(given.error());
    if (!given->token.empty()) fresh.authorization = "Bearer " + given->token;
    fresh.certificate_pem = given->certificate_pem;
    fresh.key_pem = given->key_pem;
    renew_at_.reset();
    if (given->expires) {
      // Clamped, for a far year in nanoseconds would overflow into the past.
      const Duration lives = *given->expires - SystemClock().now() - kExpiryLeeway;
      renew_at_ = now + std::clamp(lives, Duration{0}, kLongestTrust);
    }
  }
  return fresh;
}

bool Credentials::refresh_after_refusal(const Credential& refused) {
  if (config_.token_file.empty() && !config_.exec) return false;
  const std::scoped_lock lock(mutex_);
  if (cached_ == refused) renew_at_ = std::chrono::steady_clock::now();
  return true;
}

}  // namespace berth::kube
