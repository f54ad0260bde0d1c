#include "cli/people_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/output.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

std::string word(const json::value& item, std::string_view field) {
  return plain(string_at(item, {field}));
}

std::string time_of(const json::value& item, std::string_view field, Instant now, std::string_view never) {
  const auto text = string_at(item, {field});
  return text.empty() ? std::string(never) : show_time(text, now);
}

}  // namespace

std::string users_text(const json::value& page, Instant now) {
  std::vector<std::vector<std::string>> rows{{"E-MAIL", "NAME", "ROLE", "TEAMS", "STATE", "LAST SIGN-IN"}};
  for (const auto& user : page.at("items").as_array()) {
    rows.push_back({word(user, "email"), word(user, "name"), word(user, "role"),
                    comma_joined(user.at("teams").as_array()),
                    find_bool(user, {"disabled"}).value_or(false) ? "disabled" : "",
                    time_of(user, "last_sign_in_at", now, "never")});
  }
  return table(rows);
}

std::string teams_text(const json::value& list) {
  std::vector<std::vector<std::string>> rows{{"TEAM", "MEMBER", "NAME", ""}};
  for (const auto& team : list.at("items").as_array()) {
    const auto& members = team.at("members").as_array();
    if (members.empty()) rows.push_back({word(team, "name"), "", "", ""});
    for (const auto& member : members) {
      rows.push_back({word(team, "name"), word(member, "email"), word(member, "name"),
                      find_bool(member, {"leads"}).value_or(false) ? "leads" : ""});
    }
  }
  return rows.size() == 1 ? "No teams.\n" : table(rows);
}

bool has_member(const json::value& team, const std::string& user) {
  return std::ranges::any_of(team.at("members").as_array(),
                             [&](const json::value& member) { return string_at(member, {"id"}) == user; });
}

std::string tokens_text(const json::value& page, Instant now) {
  std::vector<std::vector<std::string>> rows{{"TOKEN", "NAME", "SCOPES", "EXPIRES", "LAST USED", ""}};
  for (const auto& token : page.at("items").as_array()) {
    rows.push_back({word(token, "prefix") + "...", word(token, "name"),
                    comma_joined(token.at("scopes").as_array()), time_of(token, "expires_at", now, ""),
                    time_of(token, "last_used_at", now, "never"),
                    token.at("revoked_at").is_null() ? "" : "revoked"});
  }
  return rows.size() == 1 ? "No tokens.\n" : table(rows);
}

std::string given_password_text(const json::value& answer) {
  return fmt::format("{}\npassword {}   (told this once; berth login SERVER --email {} asks for one's own)\n",
                     plain(string_at(answer, {"user", "email"})), plain(string_at(answer, {"password"})),
                     shell_word(plain(string_at(answer, {"user", "email"}))));
}

std::string refused_password_text(const json::value& problem, const std::string& email, Instant now) {
  if (string_at(problem, {"code"}) != "wrong_credentials") return problem_text(problem, now);
  return fmt::format("that is not the password of {}, who is signed in here", plain(email));
}

Result<json::value> choose_token(const std::string& ref, const json::array& tokens) {
  std::vector<json::value> meant;
  for (const auto& token : tokens) {
    if (string_at(token, {"id"}) == ref) return token;
    const auto prefix = string_at(token, {"prefix"});
    const bool is_value = !prefix.empty() && (ref == prefix || ref == prefix + "...");
    if (!token.at("revoked_at").is_null()) continue;
    if (is_value || string_at(token, {"name"}) == ref) meant.push_back(token);
  }
  if (meant.size() == 1) return meant.front();
  if (meant.empty()) return fail(Code::kNotFound, fmt::format("no token \"{}\" that works", plain(ref)));
  return fail(Code::kInvalid,
              fmt::format("{} tokens are called \"{}\"; use what berth token list shows of them",
                          meant.size(), plain(ref)));
}

}  // namespace berth::cli
