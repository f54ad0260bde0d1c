#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "base/clock.hpp"
#include "base/percent.hpp"
#include "base/text.hpp"
#include "cli/api_client.hpp"
#include "cli/booking.hpp"
#include "cli/cli.hpp"
#include "cli/completion.hpp"
#include "cli/conversation.hpp"
#include "cli/follow.hpp"
#include "cli/listing.hpp"
#include "cli/output.hpp"
#include "cli/own_password.hpp"
#include "cli/password_session.hpp"
#include "cli/prompt.hpp"
#include "cli/times.hpp"
#include "cli/usage.hpp"

namespace berth::cli {
namespace {

struct LoginOptions {
  std::string server;
  std::string email;
  bool password_stdin = false;
  bool insecure = false;
};
struct FreeOptions {
  std::string pool;
  std::string from = "now";
  std::string length = "24h";
};
struct RefOptions {
  std::string ref;
  bool no_follow = false;
};

Instant clock_now() {
  return SystemClock().now();
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "a computer";
}

}  // namespace

struct Commands::State : Conversation {
  explicit State(CLI::App& root) : app(root), booking(root) {
    add_account_commands();
    add_looking_commands();
    add_usage_command();
    add_completion();
    add_help();
  }

  // --- What there is ---

  CLI::App* command(const std::string& name, const std::string& what, std::function<int()> action) {
    auto* made = app.add_subcommand(name, what);
    made->group("Commands");
    actions.emplace_back(made, std::move(action));
    return made;
  }

  void with_output(CLI::App* made) {
    made->add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));
  }

  void add_account_commands() {
    auto* made =
        command("login", "Sign in and keep an API token for this computer", [this] { return do_login(); });
    made->add_option("server", login.server, "Address of the portal, e.g. http://127.0.0.1:8080")->required();
    made->add_option("-e,--email", login.email, "E-mail address of the account")->required();
    made->add_flag(
        "--password-stdin", login.password_stdin,
        "Read the password from standard input, and on a second line one's own where it is one that was "
        "given");
    made->add_flag("--insecure", login.insecure,
                   "Send the password and the token in the clear, over http:// to another machine");
    command("logout", "Revoke and forget this computer's token", [this] { return do_logout(); });
  }

  void add_looking_commands() {
    with_output(command("pools", "Pools, device classes and what they cost", [this] { return do_pools(); }));

    auto* made = command("free", "What is free, and until when", [this] { return do_free(); });
    made->add_option("-p,--pool", free.pool, "Pool; not needed when there is one");
    made->add_option("--from", free.from, std::string(kTimeForms))->capture_default_str();
    made->add_option("--for", free.length, "How far to look: 24h, 3d")->capture_default_str();
    with_output(made);

    made = command("list", "Reservations that you may see, by their start", [this] { return do_list(); });
    made->add_flag("--mine", list.mine, "Only your own");
    made->add_option("--state", list.state,
                     "Only these: approved, active, completed, canceled, failed (comma separated)");
    made->add_option("-p,--pool", list.pool, "Only those of this pool");
    made->add_option("--text", list.text,
                     "Only those with this in their name, reason, owner, team, class or pool");
    made->add_option("--team", list.team, "Only those of this team");
    made->add_option("--owner", list.owner, "Only those of this person, by e-mail address");
    made->add_option("--from", list.from,
                     "Only those that end after this time, told like the --start of book; yesterday too");
    made->add_option("--to", list.to, "Only those that start before this time");
    auto* all = made->add_flag("--all", list.all, "All of them");
    made->add_option("--limit", list.limit,
                     "At most so many; the next ones and the latest past ones are kept")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str()
        ->excludes(all);
    with_output(made);

    made = command(
        "show",
        "A reservation and its session; follows the steps until it is Ready, exit code 1 when it fails or "
        "is canceled meanwhile",
        [this] { return do_show(); });
    made->add_option("reservation", ref.ref, "Id, its first characters, or name")->required();
    made->add_flag("--no-follow", ref.no_follow, "Show it once");
    with_output(made);
  }

  void add_usage_command() {
    auto* made =
        command("usage", "Hours held and idle, what they cost as booked, and their share of the annual cost",
                [this] { return do_usage(); });
    made->add_option("-p,--pool", usage.pool, "Pool; not needed when there is one");
    auto* from = made->add_option("--from", usage.from,
                                  "2026-11-01, yesterday, mon (the last one), \"2026-11-24 14:00\" or RFC "
                                  "3339, by the clocks of the pool's zone; without it the month that runs");
    made->add_option("--to", usage.to, "Like --from, which it needs; now when left out")->needs(from);
    made->add_option("--by", usage.by, "A row for each session, owner, team, class or month")
        ->check(CLI::IsMember({"session", "owner", "team", "class", "month"}))
        ->capture_default_str();
    made->add_option("-o,--output", output, "table, json or csv")
        ->check(CLI::IsMember({"table", "json", "csv"}));
  }

  void add_completion() {
    auto* made = app.add_subcommand("__words", "For completion: what there is of a kind");
    made->group("");
    made->add_option("kind", asked_words)->required();
    actions.emplace_back(made, [this] { return do_words(); });
    made = command("completion", "Shell completion: source <(berth completion bash)", [this] {
      std::cout << completion_script(app, shell);
      return kOk;
    });
    made->add_option("shell", shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  }

  /// As options they are known everywhere; here they are also named, and completed, as commands.
  void add_help() {
    auto* made = command("help", "What there is, or what a command does: berth help book", [this] {
      const CLI::App* of = &app;
      for (const auto& word : asked_help) {
        const auto found = of->get_subcommands([&](const CLI::App* one) { return one->get_name() == word; });
        if (found.empty()) {
          std::cerr << fmt::format("berth: there is no command \"{}\"\n", shown(word));
          return kUsage;
        }
        of = found.front();
      }
      std::cout << of->help();
      return kOk;
    });
    made->add_option("command", asked_help, "Of which command");
    command("version", "Which version this is", [this] {
      std::cout << app.version() << '\n';
      return kOk;
    });
  }

  // --- What they do ---

  int do_login() {
    while (!login.server.empty() && login.server.back() == '/') login.server.pop_back();
    if (auto good = check_server(login.server, login.insecure); !good) return complain(good.error());
    auto password = login.password_stdin ? read_password_line() : ask_password("Password: ");
    if (!password) return complain(password.error());
    int code = kOk;
    auto opened = PasswordSession::open(login.server, login.email, *password, code);
    if (!opened) return code;
    const auto session = with_own_password(std::move(*opened), login.server, login.email, *password,
                                           login.password_stdin, code);
    if (!session) return code;
    json::array scopes{"read", "write"};
    if (session->role() == "admin") scopes.emplace_back("admin");
    auto token = session->send(
        {.method = "POST",
         .path = "/tokens",
         .body = json::object{{"name", "berth on " + host_name()}, {"scopes", std::move(scopes)}}});
    if (!token) return complain(token.error());
    if (token->status != 201) {
      std::cerr << "berth: " << problem_text(token->body, clock_now()) << '\n';
      return exit_code_of(token->status);
    }
    if (auto left = session->close(); !left) return complain(left.error());
    if (auto saved = save_account({login.server, string_at(token->body, {"token"}), login.email}); !saved) {
      return complain(saved.error());
    }
    std::cout << fmt::format("signed in as {}; the token is kept until {}\n", plain(login.email),
                             show_time(string_at(token->body, {"expires_at"}), clock_now()));
    return kOk;
  }

  int do_logout() {
    int code = kOk;
    const auto account = load_account();
    if (account && !account->has_value()) {
      std::cout << "nobody is signed in here\n";
      return kOk;
    }
    const auto tokens = ask({.method = "GET", .path = "/tokens"}, code);
    if (tokens) {
      for (const auto& token : tokens->at("items").as_array()) {
        if (!client->account().token.starts_with(string_at(token, {"prefix"})) ||
            !token.at("revoked_at").is_null())
          continue;
        ask({.method = "DELETE", .path = "/tokens/" + string_at(token, {"id"})}, code);
        break;
      }
    }
    // A token that the server no longer knows is as good as revoked.
    if (code != kOk && code != kNotAllowed) return code;
    if (auto gone = forget_account(); !gone) return complain(gone.error());
    std::cout << "signed out\n";
    return kOk;
  }

  int do_pools() {
    int code = kOk;
    const auto pools = ask({.method = "GET", .path = "/pools"}, code);
    return pools ? show(*pools, pools_text(*pools)) : code;
  }

  int do_free() {
    int code = kOk;
    const auto pool = pool_name(free.pool, code);
    if (!pool) return code;
    auto from = free.from == "now" ? Result<Instant>(server_now) : parse_time(free.from, server_now);
    if (!from) return complain(from.error());
    const auto length = parse_length(free.length);
    if (!length) return complain(length.error());
    const auto found =
        ask({.method = "GET",
             .path = fmt::format("/availability?pool={}&from={}&to={}", percent_encoded(*pool),
                                 format_rfc3339(std::chrono::floor<seconds>(*from)),
                                 format_rfc3339(std::chrono::floor<seconds>(*from) + *length))},
            code);
    return found ? show(*found, free_text(*found, server_now)) : code;
  }

  int do_list() {
    int code = kOk;
    const auto page = list_reservations(*this, list, code);
    return page ? show(*page, list_text(*page, server_now)) : code;
  }

  /// The pool's zone, in which days of a period are meant; asked for only where days are named.
  std::optional<Zone> zone_of(const std::string& pool, int& code) {
    if (usage.from.empty() && usage.to.empty()) return Zone::here();
    const auto pools = ask({.method = "GET", .path = "/pools"}, code);
    if (!pools) return std::nullopt;
    for (const auto& item : pools->at("items").as_array()) {
      if (string_at(item, {"name"}) != pool) continue;
      auto zone = Zone::named(string_at(item, {"time_zone"}));
      if (zone) return *zone;
      code = complain(zone.error());
      return std::nullopt;
    }
    return Zone::here();  // of a pool that is not there the server says so
  }

  /// All pages as one; the rows beside the table are on each.
  int do_usage() {
    int code = kOk;
    const auto pool = pool_name(usage.pool, code);
    if (!pool) return code;
    const bool csv = output == "csv";
    const auto zone = zone_of(*pool, code);
    if (!zone) return code;
    const auto path = usage_path(usage, *pool, csv, {.now = server_now, .zone = *zone});
    if (!path) return complain(path.error());
    auto whole = ask({.method = "GET", .path = *path}, code);
    if (!whole) return code;
    if (csv) {
      std::cout << std::string_view(whole->as_string()) << std::flush;
      return kOk;
    }
    for (auto next = string_at(*whole, {"next"}); !next.empty();) {
      const auto page = ask({.method = "GET", .path = *path + "&cursor=" + percent_encoded(next)}, code);
      if (!page) return code;
      for (const auto& row : page->at("items").as_array()) whole->at("items").as_array().push_back(row);
      next = string_at(*page, {"next"});
    }
    whole->at("next") = nullptr;
    return show(*whole, usage_text(*whole, server_now));
  }

  int do_show() {
    int code = kOk;
    auto found = find_reservation(ref.ref, code);
    // What becomes of its files is told of one that is asked for by its id.
    if (found && !is_uuid(ref.ref)) found = find_reservation(string_at(*found, {"id"}), code);
    return found ? follow(*this, std::move(*found), ref.no_follow ? Follow::kOnce : Follow::kSettled) : code;
  }

  /// Nobody reads what goes wrong while a line is being typed: then there are no words.
  int do_words() {
    const auto account = load_account();
    if (asked_words == "states") std::cout << "approved\nactive\ncompleted\ncanceled\nfailed\n";
    if (!account || !account->has_value()) return kOk;
    const ApiClient asked(**account);
    const auto states = asked_words == "names"     ? "APPROVED,ACTIVE"
                        : asked_words == "running" ? "ACTIVE"
                        : asked_words == "waiting" ? "APPROVED"
                                                   : "";
    const auto path = states[0] != '\0' ? fmt::format("/reservations?mine=true&state={}&limit=100", states)
                      : asked_words == "teams" ? "/auth/me"
                                               : "/pools";
    constexpr long kPatienceSeconds = 3;
    const auto answer = asked.send({.method = "GET", .path = path, .limit_seconds = kPatienceSeconds});
    if (!answer || answer->status != 200) return kOk;
    for (const auto& word : words_in(asked_words, answer->body)) std::cout << word << '\n';
    return kOk;
  }

  CLI::App& app;
  std::vector<std::pair<CLI::App*, std::function<int()>>> actions;
  BookingCommands booking;
  LoginOptions login;
  FreeOptions free;
  ListOptions list;
  UsageOptions usage;
  RefOptions ref;
  std::string asked_words;
  std::string shell;
  std::vector<std::string> asked_help;
};

Commands::Commands(CLI::App& app) : state_(std::make_unique<State>(app)) {}
Commands::~Commands() = default;

std::optional<int> Commands::run() {
  for (const auto& [command, action] : state_->actions) {
    if (command->parsed()) return action();
  }
  return state_->booking.run();
}

}  // namespace berth::cli
