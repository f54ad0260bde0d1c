#include "cli/people.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <vector>

#include "base/percent.hpp"
#include "cli/conversation.hpp"
#include "cli/output.hpp"
#include "cli/password_session.hpp"
#include "cli/people_text.hpp"
#include "cli/prompt.hpp"

namespace berth::cli {
namespace {

constexpr std::string_view kSignInNeeded = "sign_in_needed";

std::string user_path(const json::value& user) {
  return "/users/" + string_at(user, {"id"});
}

}  // namespace

struct PeopleCommands::State : Conversation {
  explicit State(CLI::App& root) {
    add_user_commands(root);
    add_team_commands(root);
    add_token_commands(root);
    auto* made =
        command(root, "password", "Change your own password; other sign-ins of yours in browsers end",
                [this] { return do_password(); });
    made->group("Commands");
    made->add_flag("--password-stdin", password_stdin,
                   "Read the old and the new password from standard input, a line each");
  }

  // --- What there is ---

  CLI::App* command(CLI::App& in, const std::string& verb, const std::string& what,
                    std::function<int()> action) {
    auto* made = in.add_subcommand(verb, what);
    actions.emplace_back(made, std::move(action));
    return made;
  }
  static CLI::App* group(CLI::App& root, const std::string& verb, const std::string& what) {
    auto* made = root.add_subcommand(verb, what);
    made->group("Commands");
    made->require_subcommand(1);
    return made;
  }
  void with_output(CLI::App* made) {
    made->add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));
  }
  /// For commands that may need more than a token: see ask_signed_in.
  void with_password(CLI::App* made) {
    made->add_flag("--password-stdin", password_stdin, "Read your own password from standard input");
    with_output(made);
  }
  void with_email(CLI::App* made) {
    made->add_option("email", email, "E-mail address of the account")->required();
    with_password(made);
  }

  void add_user_commands(CLI::App& root) {
    auto* users = group(root, "user", "People (admin): add, list, set-role, disable, enable, reset-password");
    auto* made = command(*users, "add", "Make an account; its first password is shown once",
                         [this] { return do_add_user(); });
    made->add_option("-n,--name", name, "The person's name")->required();
    made->add_option("-r,--role", role, "member, lead, finance or admin")
        ->check(CLI::IsMember({"member", "lead", "finance", "admin"}))
        ->capture_default_str();
    with_email(made);
    with_output(command(*users, "list", "All accounts", [this] { return do_list_users(); }));
    made = command(*users, "set-role", "Give an account another role",
                   [this] { return do_change_user(json::object{{"role", role}}); });
    with_email(made);
    made->add_option("role", role, "member, lead, finance or admin")
        ->required()
        ->check(CLI::IsMember({"member", "lead", "finance", "admin"}));
    with_email_of(*users, "disable", "Shut an account: its sign-ins and tokens end at once",
                  [this] { return do_change_user(json::object{{"disabled", true}}); });
    with_email_of(*users, "enable", "Open an account again; it signs in anew",
                  [this] { return do_change_user(json::object{{"disabled", false}}); });
    with_email_of(*users, "reset-password",
                  "Give an account a new password, shown once; its sign-ins and tokens end",
                  [this] { return do_reset_password(); });
  }
  void with_email_of(CLI::App& in, const std::string& verb, const std::string& what,
                     std::function<int()> action) {
    with_email(command(in, verb, what, std::move(action)));
  }

  void add_team_commands(CLI::App& root) {
    auto* teams = group(root, "team", "Teams (admin): add, list, member, lead, remove");
    auto* made = command(*teams, "add", "Make a team", [this] { return do_add_team(); });
    made->add_option("team", team, "Its name")->required();
    with_output(made);
    with_output(command(*teams, "list", "Teams and who belongs to them", [this] { return do_list_teams(); }));
    const auto of_member = [&](const std::string& verb, const std::string& what,
                               std::function<int()> action) {
      auto* one = command(*teams, verb, what, std::move(action));
      one->add_option("team", team, "Name of the team")->required();
      one->add_option("email", email, "E-mail address of the account")->required();
      with_output(one);
    };
    of_member("member", "Take somebody into a team, without leading it",
              [this] { return do_member("PUT", json::object{{"leads", false}}); });
    of_member("lead", "Let somebody lead a team; takes them in too",
              [this] { return do_member("PUT", json::object{{"leads", true}}); });
    of_member("remove", "Take somebody out of a team", [this] { return do_member("DELETE", std::nullopt); });
  }

  void add_token_commands(CLI::App& root) {
    auto* tokens = group(root, "token", "Your own API tokens: make, list, revoke");
    auto* made = command(*tokens, "make", "Make a token, with your password; it is shown once",
                         [this] { return do_make_token(); });
    made->add_option("name", name, "What it is for")->required();
    made->add_option("-s,--scope", scopes, "read, write, admin; read and write when left out")
        ->check(CLI::IsMember({"read", "write", "admin"}));
    made->add_option("--days", days, "For how long it works")
        ->check(CLI::Range(1, 366))
        ->capture_default_str();
    with_password(made);
    with_output(command(*tokens, "list", "Your tokens, newest first", [this] { return do_list_tokens(); }));
    made = command(*tokens, "revoke", "End a token", [this] { return do_revoke_token(); });
    made->add_option("token", token, "Its id, its name, or what token list shows of it");
    made->add_flag("--all", all, "End all of them, this computer's too, and all sign-ins in browsers")
        ->excludes("token");
  }

  // --- How they ask ---

  std::string own_email(int& code) {
    if (!client->account().email.empty()) return client->account().email;
    const auto me = ask({.method = "GET", .path = "/auth/me"}, code);
    return me ? string_at(*me, {"user", "email"}) : "";
  }

  Result<std::string> password_line(const std::string& question) const {
    return password_stdin ? read_password_line() : ask_password(question);
  }

  /// With one's password instead of the token, for what a token cannot do.
  std::optional<json::value> ask_signed_in(const ApiRequest& request, const std::string& password,
                                           int& code) {
    const auto me = own_email(code);
    if (me.empty()) return std::nullopt;
    const auto session = PasswordSession::open_own(client->account().server, me, password, code);
    if (!session) return std::nullopt;
    auto answer = take(session->send(request), code);
    if (const auto left = session->close(); !left) complain(left.error());
    return answer;
  }

  /// With the token; where the server wants somebody who signed in, with the password.
  std::optional<json::value> ask_as_admin(const ApiRequest& request, int& code) {
    if (!connect(code)) return std::nullopt;
    auto answer = client->send(request);
    if (!answer || string_at(answer->body, {"code"}) != kSignInNeeded) return take(std::move(answer), code);
    const auto password = password_line("This concerns an admin. Your own password: ");
    if (!password) {
      code = complain(password.error());
      return std::nullopt;
    }
    return ask_signed_in(request, *password, code);
  }

  std::optional<json::value> find_user(int& code) {
    auto page = ask({.method = "GET", .path = "/users?email=" + percent_encoded(email)}, code);
    if (!page) return std::nullopt;
    const auto& items = page->at("items").as_array();
    if (!items.empty()) return items.front();
    std::cerr << fmt::format("berth: no account {}\n", plain(email));
    code = kNotFound;
    return std::nullopt;
  }

  std::optional<json::value> find_team(int& code) {
    auto list = ask({.method = "GET", .path = "/teams"}, code);
    if (!list) return std::nullopt;
    for (const auto& item : list->at("items").as_array()) {
      if (string_at(item, {"name"}) == team) return item;
    }
    std::cerr << fmt::format("berth: no team \"{}\"\n", plain(team));
    code = kNotFound;
    return std::nullopt;
  }

  // --- What they do ---

  int do_add_user() {
    int code = kOk;
    const auto made = ask_as_admin({.method = "POST",
                                    .path = "/users",
                                    .body = json::object{{"email", email}, {"name", name}, {"role", role}}},
                                   code);
    return made ? show(*made, given_password_text(*made)) : code;
  }

  int do_list_users() {
    int code = kOk;
    json::array items;
    std::string next;
    do {
      const auto page =
          ask({.method = "GET", .path = "/users?limit=500" + (next.empty() ? "" : "&cursor=" + next)}, code);
      if (!page) return code;
      for (const auto& item : page->at("items").as_array()) items.push_back(item);
      next = string_at(*page, {"next"});
    } while (!next.empty());
    const json::value whole = json::object{{"items", std::move(items)}, {"next", nullptr}};
    return show(whole, users_text(whole, server_now));
  }

  int do_change_user(json::object change) {
    int code = kOk;
    const auto user = find_user(code);
    if (!user) return code;
    const auto changed =
        ask_as_admin({.method = "PATCH", .path = user_path(*user), .body = std::move(change)}, code);
    if (!changed) return code;
    return show(*changed, users_text(json::object{{"items", json::array{*changed}}}, server_now));
  }

  int do_reset_password() {
    int code = kOk;
    const auto user = find_user(code);
    if (!user) return code;
    const auto given = ask_as_admin({.method = "POST", .path = user_path(*user) + "/password"}, code);
    return given ? show(*given, given_password_text(*given)) : code;
  }

  int show_team(const json::value& changed) const {
    return show(changed, teams_text(json::object{{"items", json::array{changed}}}));
  }

  int do_add_team() {
    int code = kOk;
    const auto made = ask({.method = "POST", .path = "/teams", .body = json::object{{"name", team}}}, code);
    return made ? show_team(*made) : code;
  }

  int do_list_teams() {
    int code = kOk;
    const auto list = ask({.method = "GET", .path = "/teams"}, code);
    return list ? show(*list, teams_text(*list)) : code;
  }

  int do_member(const std::string& method, std::optional<json::value> body) {
    int code = kOk;
    const auto user = find_user(code);
    if (!user) return code;
    const auto found = find_team(code);
    if (!found) return code;
    if (method == "DELETE" && !has_member(*found, string_at(*user, {"id"}))) {
      std::cerr << fmt::format("berth: {} is not in team {}\n", plain(email), plain(team));
      return kNotFound;
    }
    const auto changed =
        ask({.method = method,
             .path = fmt::format("/teams/{}/members/{}", string_at(*found, {"id"}), string_at(*user, {"id"})),
             .body = std::move(body)},
            code);
    return changed ? show_team(*changed) : code;
  }

  int do_make_token() {
    int code = kOk;
    if (!connect(code)) return code;
    const auto password = password_line("Password: ");
    if (!password) return complain(password.error());
    json::object body{{"name", name}, {"expires_at", format_rfc3339(server_now + hours(24) * days)}};
    if (!scopes.empty()) body["scopes"] = json::array(scopes.begin(), scopes.end());
    const auto made =
        ask_signed_in({.method = "POST", .path = "/tokens", .body = std::move(body)}, *password, code);
    return made ? show(*made, string_at(*made, {"token"}) + "\n") : code;
  }

  int do_list_tokens() {
    int code = kOk;
    const auto page = ask({.method = "GET", .path = "/tokens?limit=500"}, code);
    return page ? show(*page, tokens_text(*page, server_now)) : code;
  }

  int do_revoke_token() {
    int code = kOk;
    if (all) {
      if (!ask({.method = "POST", .path = "/auth/sign-out-everywhere"}, code)) return code;
      if (auto gone = forget_account(); !gone) return complain(gone.error());
      std::cout << "signed out everywhere\n";
      return kOk;
    }
    if (token.empty()) {
      std::cerr << "berth: say which token, or --all\n";
      return kUsage;
    }
    const auto page = ask({.method = "GET", .path = "/tokens?limit=500"}, code);
    if (!page) return code;
    const auto found = choose_token(token, page->at("items").as_array());
    if (!found) {
      const auto how = complain(found.error());
      return found.error().code == Code::kNotFound ? kNotFound : how;
    }
    if (!ask({.method = "DELETE", .path = "/tokens/" + string_at(*found, {"id"})}, code)) return code;
    std::cout << fmt::format("revoked {}\n", plain(string_at(*found, {"name"})));
    return kOk;
  }

  int do_password() {
    int code = kOk;
    if (!connect(code)) return code;
    const auto before = password_line("Password now: ");
    if (!before) return complain(before.error());
    const auto after = password_line("New password: ");
    if (!after) return complain(after.error());
    if (!password_stdin) {
      const auto again = ask_password("The new one again: ");
      if (!again) return complain(again.error());
      if (*again != *after) {
        std::cerr << "berth: these are two different passwords; nothing was changed\n";
        return kUsage;
      }
    }
    const auto me = own_email(code);
    if (me.empty()) return code;
    const auto session = PasswordSession::open_own(client->account().server, me, *before, code);
    if (!session) return code;
    // With it the session ends that it was changed in.
    if (!take(session->send({.method = "POST",
                             .path = "/auth/password",
                             .body = json::object{{"old_password", *before}, {"new_password", *after}}}),
              code)) {
      if (const auto left = session->close(); !left) complain(left.error());
      return code;
    }
    std::cout << "the password is changed; sign-ins in browsers have ended, tokens work on\n";
    return kOk;
  }

  std::vector<std::pair<CLI::App*, std::function<int()>>> actions;
  std::string email;
  std::string name;
  std::string role = "member";
  std::string team;
  std::string token;
  std::vector<std::string> scopes;
  int days = 30;
  bool all = false;
  bool password_stdin = false;
};

PeopleCommands::PeopleCommands(CLI::App& app) : state_(std::make_unique<State>(app)) {}
PeopleCommands::~PeopleCommands() = default;

std::optional<int> PeopleCommands::run() {
  for (const auto& [command, action] : state_->actions) {
    if (command->parsed()) return action();
  }
  return std::nullopt;
}

}  // namespace berth::cli
