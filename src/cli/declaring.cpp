#include "cli/declaring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "base/percent.hpp"
#include "base/yaml_text.hpp"
#include "cli/apply_text.hpp"
#include "cli/command_table.hpp"
#include "cli/conversation.hpp"
#include "cli/input_file.hpp"
#include "cli/output.hpp"
#include "cli/prompt.hpp"
#include "cli/words.hpp"
#include "poolfile/marks.hpp"

namespace berth::cli {

struct DeclaringCommands::State : Conversation {
  explicit State(CLI::App& app) : table(app) {
    auto* made = table.add(
        "apply",
        "Declare clusters and pools from a file, all of it or nothing (admin); done twice it changes nothing",
        [this] { return do_apply(); });
    made->add_option("-f,--file", file, "Pool file, YAML or JSON; - for standard input")->required();
    made->add_flag("--dry-run", dry_run,
                   "Only say what would change, and for which bookings, or why it is refused");
    made->add_flag("--move", move,
                   "Move bookings off units that are taken out of service or out of the pool, where units of "
                   "their class are free");
    made->add_flag("-y,--yes", yes, "Do not ask about bookings, as scripts are not");
    made->add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));

    auto* get = app.add_subcommand("get", "A thing that was declared, as the file that declares it");
    get->group("Commands");
    get->require_subcommand(1);
    got = get->add_subcommand("pool", "A pool and its cluster (admin); berth apply of it changes nothing");
    got->add_option("name", pool, "Pool; not needed when there is one");
    got->add_option("-o,--output", output, "yaml or json")->check(CLI::IsMember({"yaml", "json"}));
    got_cluster = get->add_subcommand("cluster", "A cluster (admin); berth apply of it changes nothing");
    got_cluster->add_option("name", cluster, "Cluster")->required();
    got_cluster->add_option("-o,--output", output, "yaml or json")->check(CLI::IsMember({"yaml", "json"}));
  }

  int do_get_pool() {
    int code = kOk;
    const auto name = pool_name(pool, code);
    return name ? do_get("/pools/" + percent_encoded(*name)) : code;
  }

  int do_get(const std::string& path) {
    int code = kOk;
    const auto answer = ask({.method = "GET", .path = path}, code);
    return answer ? show(*answer, yaml_text(answer->at("documents").as_array())) : code;
  }

  // --- apply ---

  std::optional<json::array> documents(int& code) const {
    const auto text = read_input(file);
    const auto found = text ? documents_of(*text, file) : fail(text.error());
    if (!found) {
      code = complain(found.error());
      return std::nullopt;
    }
    const auto is_declaration = [](const json::value& each) { return each.is_object(); };
    if (!found->empty() && std::ranges::all_of(*found, is_declaration)) {
      const auto marks = poolfile::marks_text(*text, file == "-" ? "standard input" : file);
      if (!marks.empty()) std::cerr << "berth: " << plain(marks) << '\n';
      return json::array(found->begin(), found->end());
    }
    code = complain(
        invalid_field("file", file, "documents of kind Cluster and Pool",
                      fmt::format("there is no pool in {}: a pool file is a stream of documents of kind "
                                  "Cluster and Pool",
                                  file == "-" ? "standard input" : file)));
    return std::nullopt;
  }

  std::optional<Answer> send(const json::array& wanted, bool only_tried, int& code) {
    if (!connect(code)) return std::nullopt;
    json::object body{{"documents", wanted}};
    if (only_tried) body["dry_run"] = true;
    if (move) body["move"] = true;
    auto answer = client->send({.method = "POST", .path = "/apply", .body = std::move(body)});
    if (!answer) {
      code = complain(answer.error());
      return std::nullopt;
    }
    if (const auto time = parse_rfc3339(answer->header("berth-server-time"))) server_now = *time;
    return std::move(*answer);
  }

  /// What came of it, told; how to exit.
  int tell(const Answer& answer, const json::array& wanted, bool only_tried) {
    if (answer.status >= 400) return refused(answer, wanted, only_tried);
    if (output == "json") return show(answer.body, "");
    std::string text;
    for (const auto& item : answer.body.at("items").as_array())
      text += applied_text(item, only_tried, server_now);
    const auto count = touched_in(answer.body).movable;
    if (count > 0) text += hint(count);
    if (only_tried)
      text += touched_in(answer.body).changed ? "A dry run: nothing was changed.\n"
                                              : "No difference: nothing would be changed.\n";
    return show(answer.body, text);
  }

  static std::string hint(int count) {
    return fmt::format("{} of them can be moved to free units: the same with --move does it.\n", count);
  }

  int refused(const Answer& answer, const json::array& wanted, bool only_tried) {
    const auto code = exit_code_of(answer.status);
    if (output == "json") {
      show(answer.body, "");
      return code;
    }
    std::cerr << "berth: " << with_names(problem_text(answer.body, server_now), wanted) << '\n'
              << affected_text(answer.body, only_tried, server_now);
    const auto count = touched_in(answer.body).movable;
    if (count > 0 && !move) std::cerr << hint(count);
    return code;
  }

  /// At a terminal: which bookings are affected, whether they are to be moved, and whether it is to be done
  /// at all. Empty: go on; else how to exit.
  std::optional<int> ask_about_bookings(const json::array& wanted) {
    int code = kOk;
    const auto tried = send(wanted, true, code);
    if (!tried) return code;
    const auto touched = touched_in(tried->body);
    const bool is_refused = tried->status >= 400;
    const bool is_choice =
        touched.movable > 0 ? touched.stuck == 0 : touched.bookings > 0 && touched.changed && !is_refused;
    if (!is_choice) return std::nullopt;  // the real answer tells the rest
    if (is_refused) {
      std::cerr << with_names(problem_text(tried->body, server_now), wanted) << '\n'
                << affected_text(tried->body, true, server_now);
    } else {
      for (const auto& item : tried->body.at("items").as_array())
        std::cerr << applied_text(item, true, server_now);
    }
    const auto count = touched.movable;
    if (count > 0 && confirmed(count == 1 ? "Move it to free units?"
                                          : fmt::format("Move {} of them to free units?", count))) {
      move = true;
      return std::nullopt;
    }
    if (is_refused || !confirmed("Apply it and leave them where they are?")) {
      std::cerr << "berth: nothing was done\n";
      return kFailed;
    }
    return std::nullopt;
  }

  int do_apply() {
    int code = kOk;
    const auto wanted = documents(code);
    if (!wanted) return code;
    if (!dry_run && !move && !yes && output != "json" && is_asked()) {
      if (const auto stopped = ask_about_bookings(*wanted)) return *stopped;
    }
    const auto answer = send(*wanted, dry_run, code);
    return answer ? tell(*answer, *wanted, dry_run) : code;
  }

  CommandTable table;
  CLI::App* got = nullptr;
  CLI::App* got_cluster = nullptr;
  std::string file;
  std::string cluster;
  std::string pool;
  bool dry_run = false;
  bool move = false;
  bool yes = false;
};

DeclaringCommands::DeclaringCommands(CLI::App& app) : state_(std::make_unique<State>(app)) {}
DeclaringCommands::~DeclaringCommands() = default;

std::optional<int> DeclaringCommands::run() const {
  if (state_->got->parsed()) return state_->do_get_pool();
  if (state_->got_cluster->parsed()) return state_->do_get("/clusters/" + percent_encoded(state_->cluster));
  return state_->table.run();
}

}  // namespace berth::cli
