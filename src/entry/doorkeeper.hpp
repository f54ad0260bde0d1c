// The judgement of a gate, without sockets, clock or cluster: who holds which ticket or pass, and whether
// that lets them in now.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "entry/access_list.hpp"
#include "entry/pass.hpp"

namespace berth::entry {

/// A ticket that was taken, and until when it has to be remembered.
struct UsedTicket {
  std::string id;
  Instant expires;
  bool operator==(const UsedTicket&) const = default;
};

/// What a gate knew before: its tickets, and since when it remembers any.
struct Remembered {
  std::vector<UsedTicket> used{};
  std::optional<Instant> began{};
};

/// The clocks of a portal and of a workspace's node are hardly further apart. A gate's pod takes longer to
/// come back, so that no ticket that the one before took is within this of the start of the next.
inline constexpr seconds kClocksApart{5};

/// Somebody was let in by a ticket.
struct Admitted {
  std::string user;
  std::string pass;
  UsedTicket ticket;  // to be written down before the answer goes out: a gate that starts anew knows it then
};

/// Somebody who was let in before asks again.
struct Known {
  std::string user;
  Instant entered;                     // by a ticket
  std::optional<std::string> renewed;  // a fresher pass in the place of theirs
};

class Doorkeeper {
 public:
  Doorkeeper(PassKey key, const Remembered& remembered);

  /// As it was last heard. Those who were let in and may not be any more.
  std::vector<std::string> set(AccessList list);
  bool has_list() const { return list_.has_value(); }
  /// As the list has it.
  std::string portal() const { return list_ ? list_->portal : std::string(); }

  /// As `verify` of tickets; kGone "ticket_used" the second time, and for one from before this gate remembers
  /// any, which may have been used; kForbidden "not_named" for whom the list
  /// does not name; kUnavailable "no_list" before there is one.
  Result<Admitted> open(std::string_view ticket, Instant now);
  /// Whether a pass that this user was given at `entered` lets in now; for what was opened with it.
  bool still_in(std::string_view user, Instant entered) const { return names(user, entered); }
  /// As `unseal`; kForbidden "not_named" as above, for one of another session, and for one that was given
  /// before the list names its holder; kUnavailable "no_list".
  Result<Known> check(std::string_view pass, Instant now);

 private:
  /// With a pass that was given at `entered`.
  bool names(std::string_view user, Instant entered) const;
  void remember(const std::string& user, Instant entered);

  PassKey key_;
  std::map<std::string, Instant, std::less<>> used_;  // until it would have expired anyway
  std::optional<Instant> began_;
  std::map<std::string, Instant> inside_;  // who was let in, or seen with a pass; by the oldest of them
  std::optional<AccessList> list_;
};

}  // namespace berth::entry
