// Signed in with a password, as a browser is: for what a token cannot do.
#pragma once

#include <optional>
#include <string>

#include "cli/api_client.hpp"

namespace berth::cli {

class PasswordSession {
 public:
  /// Empty when that failed: it has been told, and `code` is how to exit.
  static std::optional<PasswordSession> open(const std::string& server, const std::string& email,
                                             const std::string& password, int& code);

  Result<Answer> send(ApiRequest request) const;
  const std::string& role() const { return role_; }
  /// Signs out: nothing of it is left.
  Status close() const;

 private:
  PasswordSession(Account account, std::string cookie, std::string csrf_token, std::string role);

  ApiClient client_;
  std::string cookie_;
  std::string csrf_token_;
  std::string role_;
};

}  // namespace berth::cli
