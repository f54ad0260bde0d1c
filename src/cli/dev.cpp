#include "cli/dev.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "cli/child.hpp"
#include "cli/command_table.hpp"
#include "cli/conversation.hpp"
#include "cli/dev_plan.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

/// That there is an `oc`, and that a cluster knows who asks.
Status ready_oc() {
  const auto asked = run_child({"oc", "whoami"}, Heard::kErrors);
  if (!asked && asked.error().code == Code::kNotFound) {
    return fail(Code::kUnavailable,
                "oc is missing: OpenShift's console has it under \"Command line tools\"; put it into PATH");
  }
  if (!asked) return fail(asked.error());
  if (*asked != 0) return fail(Code::kUnauthenticated, "oc is not signed in to a cluster: oc login says how");
  return {};
}

}  // namespace

struct DevCommands::State {
  explicit State(CLI::App& app)
      : dev(*app.add_subcommand("dev", "Build and roll out a checkout in an OpenShift cluster, by oc")),
        table(dev) {
    dev.group("Commands");
    dev.require_subcommand(1);
    auto* made =
        table.add("build",
                  "Images of `make images`, put together in the cluster (oc start-build --from-dir), "
                  "written into deploy/site/images.env, and applied",
                  [this] { return do_build(); });
    made->add_option("--image", build.images, "Which: berth, postgres, workspace; may be repeated")
        ->check(CLI::IsMember({"berth", "postgres", "workspace"}))
        ->allow_extra_args(false)
        ->default_str("berth");
    made->add_option("--overlay", build.overlay, "Of deploy/overlays")->capture_default_str();
    made->add_option("--source", source, "The checkout; else the one around this folder");
    made->add_flag("--restart", build.restart,
                   "Start portal and reconciler anew also where nothing of theirs is another");
    with_common(made);
    made = table.add("rollback", "Portal and reconciler as they were before the last rollout",
                     [this] { return carry_out(rollback_lines(wait)); });
    with_common(made);
  }

  void with_common(CLI::App* made) {
    made->add_flag("--wait", wait, "Until all of it is up");
    made->add_flag("--dry-run", dry_run, "Print the lines, run none");
  }

  int do_build() {
    const auto found = checkout_around(source.empty() ? "." : source);
    if (!found) {
      return Conversation::complain(invalid_field(
          "source", source, "a checkout of Berth",
          fmt::format("{} is not in a checkout of Berth, which has images/build-in-cluster: go there, or "
                      "name it with --source",
                      source.empty() ? "this folder" : source)));
    }
    build.checkout = *found;
    build.wait = wait;
    if (!std::filesystem::is_directory(*found / "deploy/overlays" / build.overlay)) {
      return Conversation::complain(invalid_field(
          "overlay", build.overlay, "a folder of deploy/overlays",
          fmt::format("there is no {}", (*found / "deploy/overlays" / build.overlay).string())));
    }
    const int code = carry_out(lines_of(build));
    if (code == kOk && !dry_run && std::ranges::find(build.images, "workspace") != build.images.end()) {
      std::cerr
          << "berth: sessions to come get the new workspace once the pool file names it (WORKSPACE_IMAGE of "
             "deploy/site/images.env) and is applied\n";
    }
    return code;
  }

  int carry_out(const std::vector<Words>& lines) const {
    if (dry_run) {
      for (const auto& line : lines) std::cout << typed(line) << '\n';
      return kOk;
    }
    if (const auto ready = ready_oc(); !ready) {
      const int code = Conversation::complain(ready.error());
      return ready.error().code == Code::kUnauthenticated ? kNotAllowed : code;
    }
    for (const auto& line : lines) {
      std::cerr << "+ " << typed(line) << '\n';
      const auto ended = run_child(line);
      if (!ended) return Conversation::complain(ended.error());
      if (*ended != 0) {
        std::cerr << fmt::format("berth: {} ended with {}; what comes after it was left\n", typed(line),
                                 *ended);
        return kFailed;
      }
    }
    return kOk;
  }

  CLI::App& dev;
  DevBuild build;
  std::string source;
  bool wait = false;
  bool dry_run = false;
  CommandTable table;
};

DevCommands::DevCommands(CLI::App& app) : state_(std::make_unique<State>(app)) {}
DevCommands::~DevCommands() = default;

std::optional<int> DevCommands::run() const {
  return state_->table.run();
}

}  // namespace berth::cli
