#include "cli/going_on.hpp"

#include <fmt/format.h>

#include <iostream>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/browser.hpp"
#include "cli/command_table.hpp"
#include "cli/conversation.hpp"
#include "cli/extension.hpp"
#include "cli/gate_way.hpp"
#include "cli/kubeconfig_file.hpp"
#include "cli/output.hpp"
#include "cli/port_forward.hpp"
#include "cli/prompt.hpp"
#include "cli/remote_shell.hpp"
#include "cli/windows.hpp"
#include "cli/wishing.hpp"
#include "cli/words.hpp"

namespace berth::cli {

struct GoingOnCommands::State : Conversation {
  explicit State(CLI::App& app) : table(app) {
    auto* made = table.add(
        "extend",
        "Let a reservation go on; without --by, --until and --max it only says how far it could. Inside a "
        "workspace: berth extend 1h",
        [this] { return do_extend(); });
    made->add_option("reservation", ref,
                     "Id, its first characters, or the name of one of yours; inside a workspace it is the "
                     "workspace's own, and a length may stand here");
    auto* by = made->add_option("--by", typed.by, "By how much: 1h, 90m");
    auto* until = made->add_option("--until", typed.until, "Until when, told like the --end of move");
    auto* most = made->add_flag("--max", typed.most, "As far as it can go now");
    by->excludes(until)->excludes(most);
    until->excludes(most);
    made->add_flag("-y,--yes", yes, "Extend without showing the price and asking first, as scripts do");
    made->add_flag(
        "--dry-run", dry_run,
        "Only say whether it would be done, what it costs and how far it could go; exit code as if "
        "it were");
    with_output(made);
    made = table.add(
        "open",
        "The workspace of a reservation: prints a way into it that works once within a minute, and shows it "
        "in a browser",
        [this] { return do_open(); });
    made->add_option("reservation", ref, "Id, its first characters, or name")->required();
    made->add_flag("--lab", lab, "JupyterLab instead of VS Code");
    made->add_flag("--no-browser", no_browser, "Only print it");
    with_output(made);
    made = table.add("shell",
                     "A terminal in the workspace of a reservation, or after -- a command there; Enter ~ . "
                     "ends it. Its exit code is the "
                     "command's",
                     [this] { return do_shell(); });
    made->add_option("reservation", ref, "Id, its first characters, or name")->required();
    made->add_flag("-t,--terminal", shell.wants_terminal, "A terminal for a command, too");
    made->footer(
        "berth shell RESERVATION -- COMMAND ARGUMENT... runs a command there in the place of a shell; a "
        "single word is a line for one: -- 'cd src && make'.");
    made = table.add("port-forward",
                     "Ports of this machine, 127.0.0.1, that lead to ports of a workspace, until Ctrl-C",
                     [this] { return do_port_forward(); });
    made->add_option("reservation", ref, "Id, its first characters, or name")->required();
    made->add_option("port", ports, "[LOCAL:]PORT, several too; LOCAL 0 is any free one")->required();
    made = table.add(
        "kubeconfig",
        "A kubeconfig for the running session of a reservation of yours; it expires with the reservation",
        [this] { return do_kubeconfig(); });
    made->add_option("reservation", ref, "Id, its first characters, or name")->required();
    made->add_option("-o,--output", file, "File to write, for you alone to read; else it is printed");
    made->add_flag("--force", force, "Replace the file where there is one");
    made = table.add(
        "share",
        "Let somebody into the workspace of a reservation of yours; without an address: who is let in",
        [this] { return do_share(); });
    made->add_option("reservation", ref, "Id, its first characters, or name")->required();
    made->add_option("email", email, "Of whoever is to be let in");
    with_output(made);
    made = table.add("unshare",
                     "Put somebody out of a workspace again; what they have open is closed within seconds",
                     [this] { return do_unshare(); });
    made->add_option("reservation", ref, "Id, its first characters, or name")->required();
    made->add_option("email", email, "Of whoever is to be put out")->required();
    with_output(made);
  }

  void with_output(CLI::App* made) {
    made->add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));
  }

  // --- What they do ---

  /// The pool's step; 0 where it cannot be had, and then `code` says so.
  minutes step_of(const std::string& pool, int& code) {
    const auto pools = ask({.method = "GET", .path = "/pools"}, code);
    if (!pools) return minutes(0);
    for (const auto& item : pools->at("items").as_array()) {
      if (string_at(item, {"name"}) == pool)
        return minutes(find_int(item, {"policy", "step_minutes"}).value_or(0));
    }
    return minutes(0);
  }

  std::optional<json::value> check(const json::value& found, const json::object& body, int& code) {
    return ask({.method = "POST",
                .path = "/reservations:check",
                .body = json::object{{"reservation", found.at("id")}, {"extend", body}}},
               code);
  }

  int do_extend() {
    if (const auto done =
            extend_from_inside({.ref = ref, .typed = typed, .dry_run = dry_run, .output = output}))
      return *done;
    if (ref.empty()) {
      std::cerr << "berth: say which reservation: berth extend NAME --by 1h\n";
      return kUsage;
    }
    int code = kOk;
    const auto found = find_to_change(ref, code);
    if (!found) return code;
    const auto step = step_of(string_at(*found, {"pool"}), code);
    if (code != kOk) return code;
    const Reference now{.now = SystemClock().now()};
    auto body = extension_of(typed, *found, now, step);
    if (!body) return complain(body.error());
    for (const auto& note : put_on_steps({.start = {}, .end = typed.until, .length = {}}, now, step))
      std::cerr << "berth: " << note << '\n';
    auto forecast = check(*found, *body, code);
    if (!forecast) return code;
    const bool only_asked = typed.by.empty() && typed.until.empty() && !typed.most;
    if (only_asked) return tell_furthest(*forecast, *found);
    if (typed.most) {
      const auto furthest = furthest_end(*forecast, *found);
      if (!furthest) return refuse(*forecast, *found);
      *body = {{"version", found->at("version")}, {"end", format_rfc3339(*furthest)}};
      forecast = check(*found, *body, code);
      if (!forecast) return code;
    }
    if (!typed.by.empty()) {
      if (const auto note = longer_extension(*body, *found, string_at(*forecast, {"resolved", "end"})))
        std::cerr << "berth: " << *note << '\n';
    }
    if (dry_run) {
      show(*forecast, forecast_text(*forecast, server_now));
      return fits(*forecast) ? kOk : code_of(*forecast);
    }
    if (!fits(*forecast)) return refuse(*forecast, *found);
    if (!yes && is_asked()) {
      std::cerr << plan_text(*forecast, server_now);
      if (!confirmed("Extend it?")) {
        std::cerr << "berth: nothing was done\n";
        return kFailed;
      }
    }
    return send(*found, *body);
  }

  int send(const json::value& found, const json::object& body) {
    int code = kOk;
    const auto path = "/reservations/" + string_at(found, {"id"}) + "/extend";
    const auto changed = ask({.method = "POST", .path = path, .body = body}, code);
    return changed ? show(*changed, reservation_text(*changed, server_now)) : code;
  }

  static bool fits(const json::value& forecast) { return find_bool(forecast, {"fits"}).value_or(false); }
  static int code_of(const json::value& forecast) {
    return exit_code_of(find_int(forecast, {"problem", "status"}).value_or(409));
  }

  int tell_furthest(const json::value& forecast, const json::value& found) const {
    // What is over or somebody else's has no furthest end: then the problem is the answer.
    if (const auto* furthest = find(forecast, {"furthest"}); furthest == nullptr || !furthest->is_object())
      return refuse(forecast, found);
    return show(forecast, furthest_text(forecast, found, server_now));
  }

  int refuse(const json::value& forecast, const json::value& found) const {
    if (output == "json") {
      show(forecast, "");
      return code_of(forecast);
    }
    const auto* problem = find(forecast, {"problem"});
    if (problem != nullptr && problem->is_object())
      std::cerr << "berth: " << problem_text(*problem, server_now) << '\n';
    const auto* furthest = find(forecast, {"furthest"});
    if (furthest != nullptr && furthest->is_object()) std::cerr << furthest_text(forecast, found, server_now);
    return code_of(forecast);
  }

  int do_open() {
    int code = kOk;
    const auto found = find_reservation(ref, code);
    if (!found) return code;
    json::value session = nullptr;
    if (string_at(*found, {"state"}) == "ACTIVE") {
      const auto answer =
          send_on({.method = "GET", .path = "/reservations/" + string_at(*found, {"id"}) + "/session"}, code);
      if (!answer) return code;
      if (answer->status == 200) session = answer->body;
    }
    const auto address = workspace_address(*found, session, server_now);
    if (!address) {
      complain(address.error());
      return kConflict;
    }
    const auto ticket = ask({.method = "POST",
                             .path = "/reservations/" + string_at(*found, {"id"}) + "/tickets",
                             .body = json::object{{"app", lab ? "lab" : "editor"}}},
                            code);
    if (!ticket) return code;
    const auto url = string_at(*ticket, {"url"});
    // What is handed to a browser is an address of the workspace and nothing else.
    if (!url.starts_with(*address)) {
      complain(fail(Code::kInternal, "the server gave an address that is not the workspace's").value());
      return kFailed;
    }
    show(
        json::object{
            {"reservation", found->at("id")}, {"url", url}, {"expires_at", ticket->at("expires_at")}},
        url + "\n");
    if (no_browser || output == "json" || !has_desktop()) return kOk;
    if (!open_in_browser(url)) std::cerr << "berth: there is no browser to show it in\n";
    return kOk;
  }

  int do_kubeconfig() {
    int code = kOk;
    if (!file.empty()) {  // before a token is made for nothing
      if (auto may = check_kubeconfig_file(file, force); !may) return complain(may.error());
    }
    const auto found = find_to_change(ref, code);
    if (!found) return code;
    const auto given =
        ask({.method = "POST", .path = "/reservations/" + string_at(*found, {"id"}) + "/kubeconfig"}, code);
    if (!given) return code;
    const auto text = string_at(*given, {"kubeconfig"});
    if (file.empty()) {
      std::cout << text << std::flush;
    } else if (auto written = write_kubeconfig(file, text, force); !written) {
      return complain(written.error());
    }
    std::cerr << validity_text(*given, *found, server_now) << '\n';
    return kOk;
  }

  int do_shell() {
    int code = kOk;
    const auto way = GateWay::find(*this, ref, code);
    return way ? run_shell(*way, shell) : code;
  }

  int do_port_forward() {
    const auto forwards = parse_forwards(ports);
    if (!forwards) return complain(forwards.error());
    int code = kOk;
    const auto way = GateWay::find(*this, ref, code);
    return way ? run_forwards(*way, *forwards) : code;
  }

  static std::string guests_path(const json::value& found) {
    return "/reservations/" + string_at(found, {"id"}) + "/guests";
  }

  static std::string guest_line(const json::value& guest) {
    return fmt::format("{}  {}\n", plain(string_at(guest, {"email"})), plain(string_at(guest, {"name"})));
  }

  int do_share() {
    int code = kOk;
    const auto found = find_reservation(ref, code);
    if (!found) return code;
    if (email.empty()) {
      const auto list = ask({.method = "GET", .path = guests_path(*found)}, code);
      if (!list) return code;
      std::string text;
      for (const auto& guest : list->at("items").as_array()) text += guest_line(guest);
      return show(*list, text.empty() ? "nobody but its owner is let in\n" : text);
    }
    const auto guest =
        ask({.method = "POST", .path = guests_path(*found), .body = json::object{{"email", email}}}, code);
    if (!guest) return code;
    auto text = fmt::format("{} may open {} until it ends\n", plain(string_at(*guest, {"email"})),
                            plain(string_at(*found, {"name"})));
    // What is kept is told of one that is asked for by its id.
    const auto whole = find_reservation(string_at(*found, {"id"}), code);
    const auto* home = whole ? find(*whole, {"home"}) : nullptr;
    if (home != nullptr && string_at(*home, {"after"}) == "kept")
      text += "its files are kept after its end, with what they leave in them\n";
    return show(*guest, text);
  }

  int do_unshare() {
    int code = kOk;
    const auto found = find_reservation(ref, code);
    if (!found) return code;
    const auto list = ask({.method = "GET", .path = guests_path(*found)}, code);
    if (!list) return code;
    for (const auto& guest : list->at("items").as_array()) {
      if (string_at(guest, {"email"}) != in_lower_case(email)) continue;
      const auto answer =
          send_on({.method = "DELETE", .path = guests_path(*found) + "/" + string_at(guest, {"id"})}, code);
      if (!answer) return code;
      if (answer->status == 204) return show(guest, fmt::format("{} is put out\n", plain(email)));
      std::cerr << "berth: " << problem_text(answer->body, server_now) << '\n';
      return exit_code_of(answer->status);
    }
    std::cerr << fmt::format("berth: {} is not let in there; berth share {} says who is\n", plain(email),
                             shell_word(ref));
    return kFailed;
  }

  CommandTable table;
  TypedExtension typed;
  std::string ref;
  std::string email;
  ShellAsked shell;
  std::vector<std::string> ports;
  bool yes = false;
  bool dry_run = false;
  bool lab = false;
  bool no_browser = false;
  std::string file;
  bool force = false;
};

GoingOnCommands::GoingOnCommands(CLI::App& app) : state_(std::make_unique<State>(app)) {}
GoingOnCommands::~GoingOnCommands() = default;

void GoingOnCommands::take_command(std::vector<std::string> words) {
  state_->shell.command = as_shell_line(std::move(words));
}

std::optional<int> GoingOnCommands::run() const {
  return state_->table.run();
}

}  // namespace berth::cli
