#include "cli/booking.hpp"

#include <fmt/format.h>

#include <iostream>

#include "base/clock.hpp"
#include "cli/command_table.hpp"
#include "cli/conversation.hpp"
#include "cli/follow.hpp"
#include "cli/output.hpp"
#include "cli/prompt.hpp"
#include "cli/windows.hpp"

namespace berth::cli {
namespace {

struct Options {
  std::string device_class;
  std::string pool;
  std::optional<int> units;
  TypedWindow window;
  std::optional<double> cpu;
  std::optional<std::int64_t> memory;
  std::optional<std::int64_t> storage;
  std::string mode;
  std::string name;
  std::string team;
  std::string key;
  bool no_team = false;
  bool wait = false;
  bool dry_run = false;
  bool yes = false;
};

constexpr const char* kToChange =
    "Id, its first characters, or the name of one of yours; another's only by id";

Reference wall_now() {
  return {.now = SystemClock().now()};
}

}  // namespace

struct BookingCommands::State : Conversation {
  explicit State(CLI::App& app) : table(app) {
    add_book();
    add_move();
    add_ends();
  }

  void add_book() {
    auto* made = table.add("book", "Book units of a device class for a time", [this] { return do_book(); });
    made->add_option("class", typed.device_class, "Device class, e.g. slice-24gb; `berth pools` lists them")
        ->required();
    made->add_option("-s,--start", typed.window.start, std::string(kTimeForms))->default_str("now");
    add_end(made, "Like --start; a clock time is the first one after the start");
    add_amounts(made);
    made->add_option("-p,--pool", typed.pool, "Pool; not needed when there is one");
    made->add_option("-u,--units", typed.units, "How many")->default_str("1");
    auto* none = made->add_flag("--no-team", typed.no_team, "Book for no team");
    made->add_option("--team", typed.team, "Book for this team of yours; your first one when left out")
        ->excludes(none);
    made->add_option("--key", typed.key, "Idempotency key: safe to repeat with the same key");
    made->add_flag("-w,--wait", typed.wait,
                   "Wait for its start and follow the session until it is Ready; exit code 1 when it ends "
                   "before");
    add_yes(made, "Book without showing the price and asking first, as scripts do");
    add_dry_run(made);
    add_output(made);
  }

  void add_move() {
    auto* made = table.add("move", "Change a reservation before its start; its end while it runs",
                           [this] { return do_move(); });
    made->add_option("reservation", ref, kToChange)->required();
    made->add_option(
        "-s,--start", typed.window.start,
        "Like that of book, a clock time on its own day; it keeps its length unless --end or --for "
        "say otherwise");
    add_end(made, "Like --start; a clock time that is past is refused");
    add_amounts(made);
    made->add_option("-u,--units", typed.units, "How many");
    add_yes(made, "Change it without showing the price and asking first, as scripts do");
    add_dry_run(made);
    add_output(made);
  }

  void add_ends() {
    auto* made =
        table.add("cancel", "Cancel a reservation that has not begun", [this] { return do_end(false); });
    made->add_option("reservation", ref, kToChange)->required();
    add_yes(made, "Cancel without asking first, as scripts do");
    add_output(made);
    made = table.add("end",
                     "End a running reservation now: its workspace is taken away, and its files where the "
                     "pool does not keep them",
                     [this] { return do_end(true); });
    made->add_option("reservation", ref, kToChange)->required();
    add_yes(made, "End without asking first, as scripts do");
    add_output(made);
  }

  void add_end(CLI::App* made, const char* what) {
    auto* end = made->add_option("--end", typed.window.end, what);
    made->add_option("-f,--for", typed.window.length,
                     "Length instead of an end: 2h, 90m, 3d; from between two steps of the calendar, as now "
                     "mostly is, it "
                     "ends on the next one")
        ->excludes(end);
  }
  void add_amounts(CLI::App* made) {
    made->add_option("--cpu", typed.cpu, "Cores; the class's default when left out");
    made->add_option("--memory", typed.memory, "GiB");
    made->add_option("--storage", typed.storage, "GiB");
    made->add_option("-m,--mode", typed.mode, "interactive_ml or inference_containers");
    made->add_option("-n,--name", typed.name, "A name to find it by");
  }
  void add_yes(CLI::App* made, const char* what) { made->add_flag("-y,--yes", typed.yes, what); }
  void add_dry_run(CLI::App* made) {
    made->add_flag(
        "--dry-run", typed.dry_run,
        "Only say whether it would be done, what it costs and how far it could go; exit code as if it were");
  }
  void add_output(CLI::App* made) {
    made->add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));
  }

  // --- What they do ---

  /// The pool's step, for times that are counted from now; 0 where none is.
  minutes step_of(const std::string& pool, int& code) {
    if (!is_from_now(typed.window.start) && !is_from_now(typed.window.end)) return minutes(0);
    const auto pools = ask({.method = "GET", .path = "/pools"}, code);
    if (!pools) return minutes(0);
    for (const auto& item : pools->at("items").as_array()) {
      if (string_at(item, {"name"}) == pool)
        return minutes(find_int(item, {"policy", "step_minutes"}).value_or(0));
    }
    return minutes(0);
  }

  void say_steps(minutes step) const {
    for (const auto& sentence : put_on_steps(typed.window, wall_now(), step))
      std::cerr << "berth: " << sentence << '\n';
  }

  void add_fields(json::object& body) const {
    if (typed.cpu) body["cpu"] = *typed.cpu;
    if (typed.memory) body["memory_gib"] = *typed.memory;
    if (typed.storage) body["storage_gib"] = *typed.storage;
    if (!typed.mode.empty()) body["mode"] = typed.mode;
    if (!typed.name.empty()) body["name"] = typed.name;
  }

  /// The team that was named, or one's first, as the page has it too; empty for none.
  std::optional<std::string> team(int& code) {
    if (!typed.team.empty() || typed.no_team) return typed.team;
    const auto me = ask({.method = "GET", .path = "/auth/me"}, code);
    if (!me) return std::nullopt;
    const auto* teams = find(*me, {"user", "teams"});
    if (teams == nullptr || !teams->is_array() || teams->get_array().empty()) return "";
    return std::string(teams->get_array().front().as_string());
  }

  int do_book() {
    int code = kOk;
    const auto pool = pool_name(typed.pool, code);
    if (!pool) return code;
    if (typed.window.end.empty() && typed.window.length.empty()) {
      std::cerr << "berth: say how long: --for 2h, or --end 18:00\n";
      return kUsage;
    }
    if (typed.window.start.empty()) typed.window.start = "now";
    const auto step = step_of(*pool, code);
    if (code != kOk) return code;
    const auto window = new_window(typed.window, wall_now(), step);
    if (!window) return complain(window.error());
    say_steps(step);
    json::object body{
        {"pool", *pool}, {"device_class", typed.device_class}, {"units", typed.units.value_or(1)}};
    for (const auto& member : *window) body[member.key()] = member.value();
    add_fields(body);
    const auto for_team = team(code);
    if (!for_team) return code;
    if (!for_team->empty()) body["team"] = *for_team;
    if (typed.dry_run) return do_check({{"create", body}});
    if (!typed.yes && is_asked()) {
      if (auto refused = show_price({{"create", body}}, "Book it?")) return *refused;
    }
    return send_booking(body);
  }

  int send_booking(const json::object& body) {
    int code = kOk;
    SystemRandom random;
    const auto key = typed.key.empty() ? random_uuid(random) : typed.key;
    auto booked = ask_until_answered(
        {.method = "POST", .path = "/reservations", .body = body, .headers = {{"Idempotency-Key", key}}},
        code);
    if (!booked && code == kUnreachable) {
      std::cerr << fmt::format(
          "berth: whether it is booked is not known; the same command with --key {} books once\n",
          shell_word(plain(key)));
    }
    if (!booked) return code;
    say_length(*booked, body);
    if (const auto gone = lost_repeat(*booked)) {
      show(*booked, reservation_text(*booked, server_now));
      std::cerr << "berth: " << *gone << '\n';
      return kFailed;
    }
    if (!typed.wait) return show(*booked, reservation_text(*booked, server_now));
    return follow(*this, std::move(*booked), Follow::kReady);
  }

  /// The length that a body asks for: of a booking, a change, or a question about one of them.
  static std::optional<minutes> asked_length(const json::value& body) {
    for (const auto* of : {&body, find(body, {"create"}), find(body, {"edit"})}) {
      const auto found = of == nullptr ? std::nullopt : find_int(*of, {"duration_minutes"});
      if (found) return minutes(*found);
    }
    return std::nullopt;
  }

  /// Beside the answer, not in it: that it is longer than was asked for.
  static void say_length(const json::value& reservation, const json::object& body) {
    const auto asked = asked_length(json::value(body));
    const auto note = asked ? longer_than_asked(reservation, *asked) : std::nullopt;
    if (note) std::cerr << "berth: " << *note << '\n';
  }

  /// What it would cost, and whether one wants that: empty for yes, else how to exit.
  std::optional<int> show_price(json::object question, const std::string& ask_for) {
    int code = kOk;
    const auto asked = asked_length(json::value(question));
    const auto forecast = ask(
        {.method = "POST", .path = "/reservations:check", .body = std::move(question), .headers = {}}, code);
    if (!forecast) return code;
    if (!find_bool(*forecast, {"fits"}).value_or(false)) return std::nullopt;  // the real answer says why
    std::cerr << plan_text(*forecast, server_now, asked);
    if (confirmed(ask_for)) return std::nullopt;
    std::cerr << "berth: nothing was done\n";
    return kFailed;
  }

  int do_check(json::object question) {
    int code = kOk;
    const auto asked = asked_length(json::value(question));
    const auto forecast = ask(
        {.method = "POST", .path = "/reservations:check", .body = std::move(question), .headers = {}}, code);
    if (!forecast) return code;
    show(*forecast, forecast_text(*forecast, server_now, asked));
    return find_bool(*forecast, {"fits"}).value_or(false)
               ? kOk
               : exit_code_of(find_int(*forecast, {"problem", "status"}).value_or(409));
  }

  int do_move() {
    int code = kOk;
    const auto found = find_to_change(ref, code);
    if (!found) return code;
    json::object body{{"version", found->at("version")}};
    if (typed.units) body["units"] = *typed.units;
    const auto step = step_of(string_at(*found, {"pool"}), code);
    if (code != kOk) return code;
    const auto window = moved_window(typed.window, *found, wall_now(), step);
    if (!window) return complain(window.error());
    say_steps(step);
    for (const auto& member : *window) body[member.key()] = member.value();
    add_fields(body);
    if (body.size() == 1) {
      std::cerr << "berth: say what to change: --start, --end, --for, --units, --cpu, --memory, --storage, "
                   "--mode, --name\n";
      return kUsage;
    }
    if (typed.dry_run) return do_check({{"reservation", found->at("id")}, {"edit", body}});
    if (!typed.yes && is_asked()) {
      if (auto refused = show_price({{"reservation", found->at("id")}, {"edit", body}}, "Change it?"))
        return *refused;
    }
    const auto changed =
        ask({.method = "PATCH", .path = "/reservations/" + string_at(*found, {"id"}), .body = body}, code);
    if (!changed) return code;
    say_length(*changed, body);
    return show(*changed, reservation_text(*changed, server_now));
  }

  static std::string question_to_end(const json::value& reservation, bool running) {
    if (!running) return "Cancel it?";
    const auto* home = find(reservation, {"home"});
    const bool kept = home != nullptr && string_at(*home, {"after"}) == "kept";
    return kept ? "End it now? Its workspace is deleted, its files are kept."
                : "End it now and delete its workspace and files?";
  }

  int do_end(bool running) {
    int code = kOk;
    const auto found = find_to_change(ref, code);
    if (!found) return code;
    const auto state = string_at(*found, {"state"});
    if (is_over(state)) {
      // Done twice is as good as once; what came to another end is not what was asked for.
      if ((state == "CANCELED") != running) return show(*found, reservation_text(*found, server_now));
      std::cerr << fmt::format("berth: it is {} and cannot be {}\n", state, running ? "ended" : "canceled");
      return kConflict;
    }
    if (running != (state == "ACTIVE")) {
      std::cerr << (running ? "berth: it has not begun yet: berth cancel cancels it\n"
                            : "berth: it has begun: berth end ends it\n");
      return kConflict;
    }
    if (!typed.yes && is_asked()) {
      // What becomes of its files is told of one that was asked for by its id.
      const auto whole = find_reservation(string_at(*found, {"id"}), code);
      if (!whole) return code;
      std::cerr << reservation_text(*whole, server_now);
      if (!confirmed(question_to_end(*whole, running))) {
        std::cerr << "berth: nothing was done\n";
        return kFailed;
      }
    }
    const auto ended = ask({.method = "DELETE", .path = "/reservations/" + string_at(*found, {"id"})}, code);
    return ended ? show(*ended, reservation_text(*ended, server_now)) : code;
  }

  CommandTable table;
  Options typed;
  std::string ref;
};

BookingCommands::BookingCommands(CLI::App& app) : state_(std::make_unique<State>(app)) {}
BookingCommands::~BookingCommands() = default;

std::optional<int> BookingCommands::run() const {
  return state_->table.run();
}

}  // namespace berth::cli
