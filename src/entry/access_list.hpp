// Who may enter a session's workspace, as the reconciler tells the gate in front of it: in a ConfigMap of the
// session's namespace that its tenant can read and not change. Nothing in it is secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "entry/ticket.hpp"

namespace berth::entry {

/// The ConfigMap that holds it, and the key there.
inline constexpr std::string_view kAccessListName = "berth-gate";
inline constexpr std::string_view kAccessListKey = "access.json";

inline constexpr std::size_t kMaxPeople = 200;
inline constexpr std::size_t kMaxKeys = 16;
inline constexpr std::size_t kMaxPortalBytes = 1024;
inline constexpr std::size_t kMaxListBytes = 64U * 1024;

struct Person {
  std::string id;    // as in tickets
  std::string name;  // for people
  /// Passes given before are none any more: named later, or all ways in ended meanwhile.
  std::optional<Instant> since{};
  bool operator==(const Person&) const = default;
};

struct AccessList {
  std::string session;
  std::string host;  // of the workspace, without a port
  std::vector<Person> people;
  std::vector<PublicKey> keys;  // of tickets
  std::string portal{};         // where a ticket is to be had: a page of Berth; empty: it is not known
  bool operator==(const AccessList&) const = default;
};

/// One line of JSON; the same list gives the same text.
std::string to_text(const AccessList& list);
/// kMalformed for what `to_text` cannot have written. Unknown members are passed over: a newer reconciler may
/// tell an older gate more.
Result<AccessList> parse_access_list(std::string_view text);

}  // namespace berth::entry
