// Signed in with a password, as a browser is: for what a token cannot do.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "cli/api_client.hpp"

namespace berth::cli {

class PasswordSession {
 public:
  /// Empty when that failed: it has been told, and `code` is how to exit.
  static std::optional<PasswordSession> open(const std::string& server, const std::string& email,
                                             const std::string& password, int& code);
  /// The same for whom this computer is signed in as, who typed the password alone.
  static std::optional<PasswordSession> open_own(const std::string& server, const std::string& email,
                                                 const std::string& password, int& code);

  Result<Answer> send(ApiRequest request) const;
  const std::string& role() const { return role_; }
  /// Its password is known to somebody else, and opens nothing but its own change.
  bool change_needed() const { return change_needed_; }
  /// Signs out: nothing of it is left.
  Status close() const;

 private:
  PasswordSession(Account account, std::string cookie, std::string csrf_token, std::string role,
                  bool change_needed);
  using Told = std::string (*)(const json::value& problem, const std::string& email, Instant now);
  static std::optional<PasswordSession> open_as(const std::string& server, const std::string& email,
                                                const std::string& password, Told told, int& code);

  ApiClient client_;
  std::string cookie_;
  std::string csrf_token_;
  std::string role_;
  bool change_needed_;
};

}  // namespace berth::cli
