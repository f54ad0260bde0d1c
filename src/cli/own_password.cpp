#include "cli/own_password.hpp"

#include <iostream>

#include "base/clock.hpp"
#include "cli/conversation.hpp"
#include "cli/output.hpp"
#include "cli/prompt.hpp"

namespace berth::cli {
namespace {

Result<std::string> new_password(bool from_standard_input) {
  if (from_standard_input) {
    auto line = read_password_line();
    if (line) return line;
    return fail(
        Code::kInvalid,
        "this password was given to you by somebody who knows it: put one of your own on a second line");
  }
  std::cerr << "This password was given to you by somebody who knows it. Choose one of your own.\n";
  auto first = ask_password("New password: ");
  if (!first) return first;
  const auto again = ask_password("The new one again: ");
  if (!again) return fail(again.error());
  if (*again != *first) return fail(Code::kInvalid, "these are two different passwords; nothing was changed");
  return first;
}

}  // namespace

std::optional<PasswordSession> with_own_password(PasswordSession given, const std::string& server,
                                                 const std::string& email, const std::string& password,
                                                 bool from_standard_input, int& code) {
  if (!given.change_needed()) return given;
  const auto own = new_password(from_standard_input);
  const auto changed =
      own ? given.send({.method = "POST",
                        .path = "/auth/password",
                        .body = json::object{{"old_password", password}, {"new_password", *own}}})
          : Result<Answer>(fail(own.error()));
  if (changed && changed->status == 204) return PasswordSession::open(server, email, *own, code);
  if (!changed) {
    code = Conversation::complain(changed.error());
  } else {
    std::cerr << "berth: " << problem_text(changed->body, SystemClock().now()) << '\n';
    code = exit_code_of(changed->status);
  }
  // What had been opened with the given one ends; that it cannot be told so changes nothing.
  if (const auto left = given.close(); !left) Conversation::complain(left.error());
  return std::nullopt;
}

}  // namespace berth::cli
