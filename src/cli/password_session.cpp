#include "cli/password_session.hpp"

#include <iostream>

#include "base/clock.hpp"
#include "cli/conversation.hpp"
#include "cli/output.hpp"
#include "cli/people_text.hpp"

namespace berth::cli {

PasswordSession::PasswordSession(Account account, std::string cookie, std::string csrf_token,
                                 std::string role, bool change_needed)
    : client_(std::move(account)),
      cookie_(std::move(cookie)),
      csrf_token_(std::move(csrf_token)),
      role_(std::move(role)),
      change_needed_(change_needed) {}

std::optional<PasswordSession> PasswordSession::open(const std::string& server, const std::string& email,
                                                     const std::string& password, int& code) {
  const auto told = [](const json::value& problem, const std::string& /*email*/, Instant now) {
    return problem_text(problem, now);
  };
  return open_as(server, email, password, told, code);
}

std::optional<PasswordSession> PasswordSession::open_own(const std::string& server, const std::string& email,
                                                         const std::string& password, int& code) {
  return open_as(server, email, password, refused_password_text, code);
}

std::optional<PasswordSession> PasswordSession::open_as(const std::string& server, const std::string& email,
                                                        const std::string& password, Told told, int& code) {
  Account account{server, "", email};
  const auto answer =
      ApiClient(account).send({.method = "POST",
                               .path = "/auth/login",
                               .body = json::object{{"email", email}, {"password", password}}});
  if (!answer) {
    code = Conversation::complain(answer.error());
    return std::nullopt;
  }
  code = exit_code_of(answer->status);
  if (answer->status != 200) {
    std::cerr << "berth: " << told(answer->body, email, SystemClock().now()) << '\n';
    return std::nullopt;
  }
  const auto cookie = answer->header("set-cookie");
  return PasswordSession(std::move(account), cookie.substr(0, cookie.find(';')),
                         string_at(answer->body, {"csrf_token"}), string_at(answer->body, {"user", "role"}),
                         find_bool(answer->body, {"user", "password_change_needed"}).value_or(false));
}

Result<Answer> PasswordSession::send(ApiRequest request) const {
  request.headers.emplace_back("Cookie", cookie_);
  request.headers.emplace_back("X-CSRF-Token", csrf_token_);
  return client_.send(request);
}

Status PasswordSession::close() const {
  const auto left = send({.method = "POST", .path = "/auth/logout"});
  if (!left) return fail(left.error());
  return {};
}

}  // namespace berth::cli
