// The one binary. Reads settings, builds the parts, joins them.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "app/backup.hpp"
#include "app/keep_cache.hpp"
#include "app/memory.hpp"
#include "app/roles.hpp"
#include "app/signals.hpp"
#include "cli/caching.hpp"
#include "cli/cli.hpp"
#include "cli/command_line.hpp"
#include "cli/cost.hpp"
#include "cli/declaring.hpp"
#include "cli/dev.hpp"
#include "cli/going_on.hpp"
#include "cli/gpu.hpp"
#include "cli/here.hpp"
#include "cli/home.hpp"
#include "cli/people.hpp"
#include "cli/serving.hpp"
#include "cli/site.hpp"
#include "pg/conninfo.hpp"

namespace {

using namespace berth;

void add_config(CLI::App* command) {
  command->set_config("--config", "", "File with these options as name = value lines");
}

void add_database(CLI::App* command, std::string& url) {
  command->add_option("--database-url", url, "PostgreSQL connection string or URL")
      ->envname("BERTH_DATABASE_URL");
}

/// The command line of a process is for everybody on the machine to read.
Status no_password_in(int argc, char** argv, std::string_view option, std::string_view variable) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    std::string value;
    if (argument == option && i + 1 < argc) value = argv[i + 1];
    if (argument.starts_with(option) && argument.substr(option.size()).starts_with('='))
      value = argument.substr(option.size() + 1);
    if (!pg::carries_password(value)) continue;
    return fail(
        Code::kInvalid,
        fmt::format("{} holds a password, and others on this machine can read a command line: put it into "
                    "{}, the file of --config, or ~/.pgpass",
                    option, variable));
  }
  return {};
}

Status no_password_in(int argc, char** argv) {
  if (auto fine = no_password_in(argc, argv, "--database-url", "BERTH_DATABASE_URL"); !fine) return fine;
  return no_password_in(argc, argv, "--scratch-url", "BERTH_BACKUP_SCRATCH_URL");
}

LogLevel log_level(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warning") return LogLevel::kWarning;
  if (name == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

int report(const Status& status) {
  if (status) return app::kExitOk;
  std::cerr << "berth: " << status.error().message << '\n';
  return status.error().code == Code::kInvalid ? app::kExitUsage : app::kExitFailed;
}

/// The exit code when all that was printed got to where it should: `code`, or that of a failure.
int written(int code) {
  std::cout.flush();
  if (std::cout) return code;
  pollfd reader{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  // Whoever reads no further, as `head` does, knows that.
  const bool left = poll(&reader, 1, 0) == 1 && (reader.revents & POLLERR) != 0;
  if (!left) std::cerr << "berth: cannot write all of it to standard output\n";
  return app::kExitFailed;
}

/// Tells what is unknown; true when something is.
bool unknown(const CLI::App& app, const cli::Typed& typed) {
  const auto what = cli::unknown_word(app, typed);
  if (what) std::cerr << "berth: " << *what << '\n';
  return what.has_value();
}

/// The same of a word that is empty.
bool empty(const CLI::App& app, const cli::Typed& typed) {
  const auto what = cli::empty_word(app, typed);
  if (what) std::cerr << "berth: " << *what << '\n';
  return what.has_value();
}

int run(int argc, char** argv) {
  CLI::App app(
      "Berth books GPUs on a calendar and turns each booking, at its minute, into a ready workspace.",
      "berth");
  app.require_subcommand(1);
  app.set_version_flag("--version", "berth " BERTH_VERSION);
  std::string level = "info";
  app.add_option("--log-level", level, "debug, info, warning or error")
      ->envname("BERTH_LOG_LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));

  cli::Commands client(app);
  const cli::DeclaringCommands declaring(app);
  cli::GoingOnCommands going_on(app);
  const cli::HereCommands here(app);
  const cli::HomeCommands homes(app);
  const cli::SiteCommands site(app);
  const cli::GpuCommands gpu(app);
  const cli::DevCommands dev(app);
  cli::CostCommands costs(app);
  cli::PeopleCommands people(app);
  const cli::CachingCommands caching(app, [&level](const cache::Settings& settings) {
    return app::keep_cache(settings, Log("cache", log_level(level)));
  });
  const cli::ServingCommands serving(app);

  app::DemoOptions demo;
  auto* demo_command =
      app.add_subcommand("demo", "Everything on this machine: database, cluster, portal, reconciler");
  demo_command->group("Roles");
  demo_command->add_option("--listen", demo.listen, "Address and port of the portal")->capture_default_str();
  demo_command
      ->add_option("--data", demo.data,
                   "Folder for the database and the simulated cluster; kept between runs")
      ->default_val(".demo");
  demo_command->add_option("--kubeconfig", demo.kubeconfig, "Use this cluster instead of the simulated one");
  demo_command->add_option("--pool-file", demo.pool_file,
                           "Pool file to declare instead of the reference pool");
  demo_command->add_flag("--simulated-faults", demo.simulated_faults,
                         "Let tests inject faults into the simulated cluster");

  demo_command->add_flag("--without-reconciler", demo.without_reconciler)->group("");

  app::PortalOptions portal;
  auto* portal_command = app.add_subcommand("portal", "The scheduling plane: HTTP API over the database");
  portal_command->group("Roles");
  add_config(portal_command);
  add_database(portal_command, portal.database_url);
  portal_command->add_option("--listen", portal.listen, "Address and port")
      ->envname("BERTH_LISTEN")
      ->capture_default_str();
  portal_command
      ->add_option(
          "--probe-listen", portal.probe_listen,
          "Address and port of their own for /healthz, /readyz and /metrics, which only the cluster need "
          "reach")
      ->envname("BERTH_PROBE_LISTEN");
  portal_command->add_flag(
      "--public-metrics", portal.public_metrics,
      "Answer /metrics to everyone at --listen; otherwise only to this machine, or at --probe-listen");
  portal_command->add_option("--workers", portal.workers, "Worker threads, a database connection each")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  portal_command
      ->add_option("--head-timeout-seconds", portal.head_timeout_seconds,
                   "How long a request's head may take from its first byte; then 408")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  portal_command
      ->add_option("--body-timeout-seconds", portal.body_timeout_seconds,
                   "How long a request's body may take; then 408")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  portal_command
      ->add_option("--drain-seconds", portal.drain_seconds,
                   "How long all are still answered after the signal to stop, while /readyz says 503: until "
                   "whoever sends people here has heard. A second signal ends it")
      ->check(CLI::Range(0, 300))
      ->capture_default_str();
  portal_command->add_flag("--secure-cookies", portal.secure_cookies, "TLS ends in front of the portal");
  portal_command
      ->add_option(
          "--trusted-proxy", portal.trusted_proxies,
          "Networks (CIDR, comma separated) of routers in front, whose X-Forwarded-For says who asks; "
          "nobody's is believed otherwise")
      ->delimiter(',')
      ->envname("BERTH_TRUSTED_PROXIES");
  portal_command
      ->add_option("--tls-certificate", portal.tls_certificate, "PEM file; the portal then speaks TLS itself")
      ->needs(portal_command->add_option("--tls-key", portal.tls_key, "PEM file of its key"));

  app::ReconcilerOptions reconciler;
  auto* reconciler_command =
      app.add_subcommand("reconciler", "The control plane: makes the cluster as it was booked");
  reconciler_command->group("Roles");
  add_config(reconciler_command);
  add_database(reconciler_command, reconciler.database_url);
  reconciler_command
      ->add_option("--kubeconfig", reconciler.kubeconfig,
                   "kubeconfig; else KUBECONFIG, the pod's own account")
      ->envname("BERTH_KUBECONFIG");
  reconciler_command->add_option("--context", reconciler.context, "Context of the kubeconfig");
  reconciler_command->add_option("--cluster", reconciler.cluster, "Name of the cluster, as pools name it")
      ->envname("BERTH_CLUSTER")
      ->capture_default_str();
  reconciler_command
      ->add_option("--lease-namespace", reconciler.lease_namespace, "Namespace of the leader's Lease")
      ->capture_default_str();
  auto* once =
      reconciler_command->add_flag("--once", reconciler.once, "Do what is to be done now, then stop");
  reconciler_command->add_flag("--plan", reconciler.plan, "Print what would be done now, change nothing")
      ->excludes(once);
  reconciler_command
      ->add_option("--lease-seconds", reconciler.lease_seconds, "How long a dead leader keeps others waiting")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  reconciler_command
      ->add_option("--cycle-seconds", reconciler.cycle_seconds,
                   "How often all is looked at when nothing wakes it")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  reconciler_command
      ->add_option("--layout-patience-percent", reconciler.layout_patience_percent,
                   "How long the steps of a change of layout may take, of what they may by default")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  reconciler_command->add_option("--exit-after-effects", reconciler.exit_after_effects)->group("");

  app::GateOptions gate;
  auto* gate_command = app.add_subcommand(
      "gate", "The door of a workspace, inside its pod: lets in its owner and whom the owner named");
  gate_command->group("Roles");
  gate_command->add_option("--namespace", gate.ns, "Of the session; else the pod's own")
      ->envname("BERTH_GATE_NAMESPACE");
  gate_command->add_option("--folder", gate.folder, "A folder that nothing else reads or writes")
      ->capture_default_str();
  gate_command->add_option("--proxy", gate.proxy_program, "nginx")->capture_default_str();
  gate_command->add_option("--proxy-config", gate.proxy_config, "Its configuration")->capture_default_str();
  gate_command->add_option("--port", gate.port, "Where nginx listens; it is held, and no tunnel leads there");
  gate_command->add_option("--address", gate.addresses, "To listen at; else all of the machine");
  gate_command->add_flag("--kept", gate.kept)->group("");  // from itself
  gate_command->add_option("--editor-port", gate.ports.editor)->group("");
  gate_command->add_option("--lab-port", gate.ports.lab)->group("");
  gate_command->add_option("--terminals-port", gate.ports.terminals)->group("");
  gate_command
      ->add_flag("--plain-http", gate.plain_http,
                 "The workspace is not reached over TLS: for tests on one machine")
      ->envname("BERTH_GATE_PLAIN_HTTP");
  gate_command->add_option("--kubeconfig", gate.kubeconfig, "kubeconfig; else the pod's own account");

  app::TerminalsOptions terminals;
  auto* terminals_command = app.add_subcommand(
      "terminals", "The terminals of a workspace, inside its pod: what berth shell runs there");
  terminals_command->group("Roles");
  terminals_command->add_option("--port", terminals.port, "Of 127.0.0.1")->capture_default_str();

  app::MigrateOptions migrate;
  auto* migrate_command = app.add_subcommand("migrate", "Bring the database to this program's schema");
  migrate_command->group("Roles");
  add_config(migrate_command);
  add_database(migrate_command, migrate.database_url);
  auto* first_admin = migrate_command
                          ->add_option("--first-admin", migrate.first_admin,
                                       "E-mail of an admin to make when there is none; the password is read "
                                       "from standard input")
                          ->envname("BERTH_FIRST_ADMIN");
  migrate_command
      ->add_option("--first-admin-password-file", migrate.first_admin_password,
                   "File with that password instead; it has to be changed at the first sign-in")
      ->needs(first_admin);
  migrate_command
      ->add_option("--wait-seconds", migrate.wait_seconds,
                   "How long to wait for a database that does not answer yet")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  migrate_command->add_flag(
      "--unless-newer", migrate.unless_newer,
      "Be content with a database that a newer program migrated and that serves this one");

  app::BackupOptions backup;
  auto* backup_command = app.add_subcommand(
      "backup",
      "Write the database to a file that only a private key opens, and try it in an empty database");
  backup_command->group("Roles");
  backup_command->require_subcommand(0, 1);
  add_config(backup_command);
  add_database(backup_command, backup.database_url);
  const auto add_scratch = [](CLI::App* command, std::string& url) {
    command
        ->add_option("--scratch-url", url, "Empty database in which the backup is tried; nothing stays in it")
        ->envname("BERTH_BACKUP_SCRATCH_URL");
  };
  add_scratch(backup_command, backup.scratch_url);
  backup_command->add_option("--to", backup.to, "Folder for the file, which is named by its moment");
  backup_command
      ->add_option("--public-key", backup.public_key, "Whom it is sealed to: what berth backup key printed")
      ->envname("BERTH_BACKUP_PUBLIC_KEY");
  backup_command->add_option("--keep", backup.keep, "Remove the oldest beyond so many; else all stay")
      ->check(CLI::Range(1, 10'000));
  std::filesystem::path backup_key_file;
  auto* backup_key_command = backup_command->add_subcommand(
      "key", "Make a key pair: the private half in a file, the public one printed");
  backup_key_command->add_option("file", backup_key_file, "For the private half; must not be there yet")
      ->required();
  app::BackupVerifyOptions backup_verify;
  auto* backup_verify_command = backup_command->add_subcommand(
      "verify", "Open a backup with the private key, add every row up, and try it in an empty database");
  backup_verify_command->add_option("--from", backup_verify.from, "The backup")->required();
  backup_verify_command
      ->add_option("--key-file", backup_verify.key_file, "File with the private half of the key")
      ->required();
  add_scratch(backup_verify_command, backup_verify.scratch_url);
  const auto add_sha256 = [](CLI::App* command, std::string& hash) {
    command->add_option("--sha256", hash, "Refuse another file: what berth backup said of the one it wrote");
  };
  add_sha256(backup_verify_command, backup_verify.sha256);

  app::RestoreOptions restore;
  auto* restore_command = app.add_subcommand(
      "restore", "Put a backup into an empty database, as its owner, while no portal and no reconciler runs");
  restore_command->group("Roles");
  add_config(restore_command);
  add_database(restore_command, restore.database_url);
  restore_command->add_option("--from", restore.from, "The backup")->required();
  restore_command->add_option("--key-file", restore.key_file, "File with the private half of its key")
      ->required();
  add_sha256(restore_command, restore.sha256);

  app::InitOptions init;
  auto* init_command = app.add_subcommand(
      "init",
      "Make in a cluster the Secrets that the platform's manifests refer to, before they are applied");
  init_command->group("Roles");
  init_command
      ->add_option("--kubeconfig", init.kubeconfig, "kubeconfig of an admin; else KUBECONFIG, ~/.kube/config")
      ->envname("BERTH_KUBECONFIG");
  init_command->add_option("--context", init.context, "Context of the kubeconfig");
  init_command->add_option("--namespace", init.ns, "Of the platform")->capture_default_str();
  init_command->add_option("--first-admin", init.first_admin, "E-mail of the platform's first admin")
      ->required();
  init_command->add_flag(
      "--cloudnativepg", init.cloudnativepg,
      "And the database's passwords as CloudNativePG's operator wants them; again after they changed");

  app::DiscoverOptions discover;
  auto* discover_command = app.add_subcommand("discover",
                                              "Read a cluster's nodes, storage classes and ranges into a "
                                              "pool file for berth apply, with comments on what "
                                              "it could not know");
  discover_command->group("Roles");
  discover_command
      ->add_option("--kubeconfig", discover.kubeconfig,
                   "kubeconfig of an admin; else KUBECONFIG, ~/.kube/config")
      ->envname("BERTH_KUBECONFIG");
  discover_command->add_option("--context", discover.context, "Context of the kubeconfig");
  discover_command->add_option("--cluster", discover.cluster, "Name of the cluster, as pools name it")
      ->capture_default_str();
  discover_command->add_option("--pool", discover.pool, "Name of the pool")->capture_default_str();
  discover_command->add_option("--time-zone", discover.time_zone, "Of the pool")->capture_default_str();
  discover_command->add_option("--currency", discover.currency, "Of the pool's rates")->capture_default_str();

  auto typed = cli::spelled_out({argv + 1, argv + argc});
  going_on.take_command(cli::take_foreign(app, typed));
  try {
    // A command that is none is told first: else help or what it lacks would be.
    const auto path = cli::command_path(app, typed);
    if (path == "berth" && unknown(app, typed)) return app::kExitUsage;
    app.parse(std::vector<std::string>(typed.rbegin(), typed.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);
      return app::kExitOk;
    }
    if (!unknown(app, typed) && !empty(app, typed)) std::cerr << "berth: " << error.what() << '\n';
    std::cerr << fmt::format("{} --help says more\n", cli::command_path(app, typed));
    return app::kExitUsage;
  }

  if (empty(app, typed)) return app::kExitUsage;
  if (const auto fine = no_password_in(argc, argv); !fine) return report(fine);
  if (demo_command->parsed() || portal_command->parsed() || reconciler_command->parsed() ||
      gate_command->parsed() || terminals_command->parsed()) {
    // Before any thread. Only a role hears of Ctrl-C and SIGTERM as values, for it has to tidy up; all else
    // ends by them as any program does.
    const app::Signals signals;
    app::keep_little_memory();
    const Log log("berth", log_level(level));
    if (demo_command->parsed()) return report(app::run_demo(demo, signals, log_level(level)));
    if (portal_command->parsed()) return report(app::run_portal(portal, signals, log));
    if (gate_command->parsed()) return report(app::run_gate(gate, signals, log.named("gate")));
    if (terminals_command->parsed())
      return report(app::run_terminals(terminals, signals, log.named("terminals")));
    return report(app::run_reconciler(reconciler, signals, log));
  }
  if (migrate_command->parsed()) return report(app::run_migrate(migrate));
  if (backup_key_command->parsed()) return report(app::run_backup_key(backup_key_file));
  if (backup_verify_command->parsed()) return report(app::run_backup_verify(backup_verify));
  if (backup_command->parsed()) return report(app::run_backup(backup));
  if (restore_command->parsed()) return report(app::run_restore(restore));
  if (init_command->parsed()) return report(app::run_init(init));
  if (discover_command->parsed()) {
    discover.time_zone_given = discover_command->count("--time-zone") > 0;
    discover.currency_given = discover_command->count("--currency") > 0;
    return report(app::run_discover(discover));
  }
  if (const auto code = declaring.run()) return *code;
  if (const auto code = going_on.run()) return *code;
  if (const auto code = here.run()) return *code;
  if (const auto code = homes.run()) return *code;
  if (const auto code = site.run()) return *code;
  if (const auto code = gpu.run()) return *code;
  if (const auto code = dev.run()) return *code;
  if (const auto code = costs.run()) return *code;
  if (const auto code = people.run()) return *code;
  if (const auto code = caching.run()) return *code;
  if (const auto code = serving.run()) return *code;
  return client.run().value_or(app::kExitUsage);
}

}  // namespace

int main(int argc, char** argv) {
  app::ignore_lost_readers();
  return written(run(argc, argv));
}
