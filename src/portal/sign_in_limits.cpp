#include "portal/sign_in_limits.hpp"

#include <algorithm>

namespace berth::portal {
namespace {

tl::unexpected<SignInLimits::Refusal> refuse(std::string message, std::chrono::seconds wait, bool first) {
  return tl::unexpected<SignInLimits::Refusal>({{.code = Code::kTooMany,
                                                 .message = std::move(message),
                                                 .slug = "too_many_sign_ins",
                                                 .fields = {},
                                                 .retry_after_seconds = static_cast<int>(wait.count())},
                                                first});
}

/// Room for one more: those that `is_over` go, and if all are still of use, all.
template <typename Map, typename IsOver>
void make_room(Map& map, const IsOver& is_over) {
  if (map.size() < SignInLimits::kMaxRemembered) return;
  std::erase_if(map, [&](const auto& entry) { return is_over(entry.second); });
  if (map.size() >= SignInLimits::kMaxRemembered) map.clear();
}

}  // namespace

tl::expected<void, SignInLimits::Refusal> SignInLimits::admit(const std::string& account,
                                                              const std::string& address,
                                                              Steady::time_point now) {
  const Pair pair{account, address};
  if (const auto over = sign_ins_.too_many(account, kSignInsPerAccount, now)) {
    return refuse("This account signs in too often. Wait a minute and try again.", over->wait, over->first);
  }
  if (const auto over = by_pair_.too_many(pair, kTriesPerPair, now)) {
    return refuse("Too many failed sign-ins. Wait a minute and try again.", over->wait, over->first);
  }
  if (is_known(pair, now)) return {};
  const auto account_over = by_account_.too_many(account, kTriesPerAccount, now);
  const auto address_over = by_address_.too_many(address, kTriesPerAddress, now);
  if (!account_over && !address_over) return {};
  const auto wait = turn(pair, account_over.has_value(), address_over.has_value(), now);
  if (!wait) return {};
  return refuse(
      "Too many failed sign-ins here of late, so it takes a little longer. Try again in some seconds.", *wait,
      (account_over && account_over->first) || (address_over && address_over->first));
}

std::optional<std::chrono::seconds> SignInLimits::turn(const Pair& pair, bool of_account, bool of_address,
                                                       Steady::time_point now) {
  const auto seconds_to = [&](Steady::time_point due) {
    return std::chrono::ceil<std::chrono::seconds>(due - now);
  };
  if (const auto mine = turns_.find(pair); mine != turns_.end()) {
    const auto due = mine->second;
    if (now < due) return seconds_to(due);  // asking earlier does not put it off
    turns_.erase(mine);
    if (now - due < kTurnIsGood) return std::nullopt;
  }
  const auto is_over = [&](Steady::time_point due) { return now - due >= kTurnIsGood; };
  auto due = now;
  const auto after_the_last = [&](auto& last, const std::string& key, std::chrono::seconds apart) {
    make_room(last, is_over);
    const auto found = last.find(key);
    due = std::max(due, (found == last.end() ? now : std::max(now, found->second)) + apart);
  };
  if (of_account) after_the_last(last_of_account_, pair.first, kTurnOfAccount);
  if (of_address) after_the_last(last_of_address_, pair.second, kTurnOfAddress);
  // However many stand in line: whoever knows the password is in after this.
  due = std::min(due, now + kLongestTurn);
  if (of_account) last_of_account_[pair.first] = due;
  if (of_address) last_of_address_[pair.second] = due;
  make_room(turns_, is_over);
  turns_[pair] = due;
  return seconds_to(due);
}

bool SignInLimits::is_known(const Pair& pair, Steady::time_point now) const {
  const auto found = known_.find(pair);
  return found != known_.end() && now - found->second < kKnownFor;
}

void SignInLimits::failed(const std::string& account, const std::string& address, Steady::time_point now) {
  by_pair_.add({account, address}, now);
  by_address_.add(address, now);
  by_account_.add(account, now);
}

void SignInLimits::succeeded(const std::string& account, const std::string& address, Steady::time_point now) {
  by_pair_.forget({account, address});
  sign_ins_.add(account, now);
  make_room(known_, [&](Steady::time_point at) { return now - at >= kKnownFor; });
  known_[{account, address}] = now;
}

Standing SignInLimits::standing(const std::string& account, const std::string& address,
                                Steady::time_point now) const {
  return {.known = is_known({account, address}, now), .failed = by_address_.count(address, now)};
}

bool ForwardingWatch::notice(const std::string& account, const std::string& peer, bool forwarded) {
  if (told_) return false;
  if (!forwarded || (count_ > 0 && peer != peer_)) {
    // Somebody is told apart: it is not so, or not of everybody.
    count_ = 0;
    several_ = false;
    if (!forwarded) return false;
  }
  if (count_++ == 0) {
    peer_ = peer;
    account_ = account;
  }
  several_ = several_ || account != account_;
  told_ = count_ >= kEnough && several_;
  return told_;
}

}  // namespace berth::portal
