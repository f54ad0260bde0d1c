#include "cli/here.hpp"

#include <iostream>

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "cli/command_table.hpp"
#include "cli/conversation.hpp"
#include "cli/notices.hpp"
#include "cli/output.hpp"
#include "cli/workspace.hpp"

namespace berth::cli {

struct HereCommands::State {
  explicit State(CLI::App& app) : table(app) {
    auto* made =
        table.add("here",
                  "Inside a workspace: which reservation it is of, until when, and what is left of its "
                  "quota",
                  [this] { return do_here(); });
    auto* form = made->add_option("-o,--output", output, "table or json");
    form->check(CLI::IsMember({"table", "json"}));
    made->add_flag("--json", as_json, "The same as --output json")->excludes(form);
    made->add_flag("--notices", notices,
                   "Tell in its terminals and its editor when it ends soon, until stopped");
    made->add_option("--notice-file", file, "Where the editor looks for it")->group("");
  }

  int do_here() {
    const auto workspace = Workspace::here();
    if (!workspace) {
      Conversation::complain(workspace.error());
      return kFailed;
    }
    if (notices) give_notices(*workspace, file, kTerminals);
    const auto facts = workspace->facts();
    if (!facts) return Conversation::complain(facts.error());
    const auto quota = workspace->quota(*facts);
    const auto now = SystemClock().now();
    const auto parts = plain_parts(kPartsFolder);
    if (as_json || output == "json") {
      auto body = here_json(*facts, quota, now);
      body["without_settings"] = json::array(parts.begin(), parts.end());
      std::cout << json_text(body) << '\n';
      return kOk;
    }
    show_times_of(facts->time_zone);
    std::cout << facts_text(*facts, now) << '\n' << quota_text(quota);
    for (const auto& part : parts) std::cout << '\n' << part << '\n';
    return kOk;
  }

  CommandTable table;
  std::string output = "table";
  std::string file = kNoticeFile;
  bool as_json = false;
  bool notices = false;
};

HereCommands::HereCommands(CLI::App& app) : state_(std::make_unique<State>(app)) {}
HereCommands::~HereCommands() = default;

std::optional<int> HereCommands::run() const {
  return state_->table.run();
}

}  // namespace berth::cli
