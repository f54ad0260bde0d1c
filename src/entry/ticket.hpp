// A ticket lets one person into one workspace, once, within a minute. The portal signs it, the gate in front
// of the workspace looks at it: no word between the two is needed, and the gate holds nothing that could make
// one.
//
// Ed25519 (RFC 8032) over what the ticket says, by libsodium.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"

namespace berth::entry {

inline constexpr seconds kTicketLifetime{60};
/// Longer than any that `sign` makes.
inline constexpr std::size_t kMaxTextBytes = 2048;

/// What a key is told by, and the half of it that everybody may know.
struct PublicKey {
  std::string id;  // a UUID
  std::array<std::byte, 32> key{};
  bool operator==(const PublicKey&) const = default;
};

/// Secret: held by the portal and its database alone.
struct SigningKey {
  std::string id;
  std::array<std::byte, 64> secret{};
  std::array<std::byte, 32> public_half{};
};
SigningKey make_key(Random& random);

struct Ticket {
  std::string id;       // a UUID; who lets it in remembers it until it has expired
  std::string user;     // who is let in
  std::string session;  // into which
  std::string host;     // of the workspace, without a port
  Instant expires;
  bool operator==(const Ticket&) const = default;
};

/// Text for an address: letters, digits, '-', '_' and '.'.
std::string sign(const Ticket& ticket, const SigningKey& key);

/// What a gate asks of a ticket besides.
struct TicketFor {
  std::string_view session;
  std::string_view host;
  Instant now;
};

/// kMalformed for what is no ticket or signed by none of `keys`; kForbidden for one of another session or
/// host; kGone for one that has expired. Nothing of a ticket is in an error.
Result<Ticket> verify(std::string_view text, std::span<const PublicKey> keys, const TicketFor& wanted);

}  // namespace berth::entry
