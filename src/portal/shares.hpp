// Whose request it is and how heavy, from its head alone: so that workers are shared fairly before anybody
// has looked into the database.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/http.hpp"
#include "model/ids.hpp"
#include "portal/api_document.hpp"

namespace berth::portal {

/// Which credential was whose, a user's or a node's, when it was last good. It lets nobody in: it only says
/// who is served. A credential that was never good counts for the address it comes from, so inventing them
/// gains nothing. Any thread.
class KnownCallers {
 public:
  /// Of them, those used last are kept: at least so many.
  static constexpr std::size_t kMost = 8192;

  /// Whether cookies are secure says which of the two names the session's has.
  explicit KnownCallers(bool secure_cookies, std::size_t most = kMost)
      : secure_cookies_(secure_cookies), most_(most) {}

  void learn(const http::Request& request, const model::UserId& user);
  void learn(const http::Request& request, const model::NodeId& node);
  /// A share's name; nobody for a request without a credential, or with one that is not known.
  std::optional<std::string> find(const http::Request& request) const;

 private:
  void learn_name(const http::Request& request, std::string name);

  const bool secure_cookies_;
  const std::size_t most_;
  mutable std::mutex mutex_;
  // Hashes of credentials. When the new ones are many they become the old ones, and those are forgotten.
  std::unordered_map<std::string, std::string> fresh_, old_;
};

/// True where a request carries something that may prove who asks.
bool has_credential(const http::Request& request, bool secure_cookies);

http::Share share_of(const KnownCallers& callers, const http::Request& request);

/// Heavy is what reads or computes over a long time or many rows.
http::Weight weight_of(const Operation& operation, const http::Request& request);

}  // namespace berth::portal
