#include "app/roles.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <fstream>
#include <iostream>
#include <thread>

#include "app/descriptors.hpp"
#include "app/page.hpp"
#include "gate/gate.hpp"
#include "gate/keeper.hpp"
#include "kube/kube.hpp"
#include "pg/pg.hpp"
#include "portal/portal.hpp"
#include "reconciler/reconciler.hpp"
#include "store/migrations.hpp"
#include "store/program_role.hpp"
#include "tunnel/service.hpp"

namespace berth::app {
namespace {

constexpr std::chrono::milliseconds kStopGrace{5'000};
/// A role whose database or cluster is away at its start tries again this often.
constexpr std::chrono::milliseconds kStartRetry{2'000};

/// A wrong role would be seen only when this one leads, which may be months from now. And where a new version
/// is rolled out, its reconciler may be there before somebody has migrated.
Status check_reconciler_database(const pg::Settings& settings) {
  auto connection = pg::Connection::connect(settings);
  if (!connection) return fail(connection.error());
  if (auto fine = store::check_program(*connection, store::kReconcilerGroup); !fine) return fine;
  return store::check_schema(*connection);
}

Result<std::unique_ptr<reconciler::Reconciler>> make_reconciler(const reconciler::Settings& settings,
                                                                const kube::ClientFactory& cluster,
                                                                const Log& log) {
  if (auto fit = check_reconciler_database(settings.database); !fit) {
    const auto& slug = fit.error().slug;
    if (slug == store::kReadOnly) {
      log.warning("the database is not as the reconciler needs it", {{"error", fit.error().message}});
    } else {
      return fail(fit.error());
    }
  }
  return reconciler::Reconciler::create(settings, cluster, log.named("reconciler"));
}

}  // namespace

Status need_database(const std::string& url) {
  if (!url.empty()) return {};
  return fail(Code::kInvalid,
              "no database given: use --database-url, the file of --config, or BERTH_DATABASE_URL");
}

Result<Listen> parse_listen(const std::string& text, const std::string& option) {
  const auto refuse = [&] {
    return fail(invalid_field(option, text, "ADDRESS:PORT, port 0 to 65535",
                              fmt::format("\"{}\" is not an address and port like 127.0.0.1:8080", text)));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return refuse();
  Listen listen{text.substr(0, colon), 0};
  if (listen.address.front() == '[' && listen.address.back() == ']') {
    listen.address = listen.address.substr(1, listen.address.size() - 2);
  }
  const auto* begin = text.data() + colon + 1;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(begin, end, listen.port);
  if (error != std::errc() || rest != end || begin == end) return refuse();
  return listen;
}

Status run_portal(const PortalOptions& options, const Signals& signals, const Log& log) {
  if (auto given = need_database(options.database_url); !given) return given;
  auto listen = parse_listen(options.listen);
  if (!listen) return fail(listen.error());
  auto proxies = portal::TrustedProxies::parse(options.trusted_proxies);
  if (!proxies) return fail(proxies.error());
  portal::Settings settings;
  settings.trusted_proxies = std::move(*proxies);
  settings.server.address = listen->address;
  settings.server.port = listen->port;
  settings.server.workers = options.workers;
  settings.server.limits.connections =
      connections_for(raise_descriptor_limit(log), settings.server.limits.connections);
  settings.public_metrics = options.public_metrics;
  if (!options.probe_listen.empty()) {
    auto probes = parse_listen(options.probe_listen, "probe-listen");
    if (!probes) return fail(probes.error());
    settings.probes = portal::Settings::Probes{probes->address, probes->port};
  }
  settings.server.limits.header_timeout = std::chrono::seconds(options.head_timeout_seconds);
  settings.server.limits.body_timeout = std::chrono::seconds(options.body_timeout_seconds);
  if (!options.tls_certificate.empty())
    settings.server.tls = http::TlsFiles{options.tls_certificate, options.tls_key};
  settings.database.conninfo = options.database_url;
  settings.database.application_name = "berth-portal";
  settings.database_connections = options.workers;
  settings.secure_cookies = options.secure_cookies || settings.server.tls.has_value();
  settings.page = embedded::page();
  auto portal = portal::Portal::start(settings, log.named("portal"));
  if (!portal) {
    auto error = portal.error();
    if (error.code == Code::kUnavailable) {  // a port is taken, or the address is not this machine's
      error.message += options.probe_listen.empty() ? "; choose another with --listen ADDRESS:PORT"
                                                    : "; choose others with --listen and --probe-listen";
    }
    return fail(std::move(error));
  }
  std::cout << fmt::format("portal listens on {}:{}\n", listen->address, (*portal)->port());
  if (settings.probes)
    std::cout << fmt::format("probes are answered on {}:{}\n", settings.probes->address,
                             (*portal)->probe_port());
  std::cout << std::flush;
  signals.wait();
  if (options.drain_seconds > 0) {
    (*portal)->begin_leaving();
    log.named("portal").info("stopping", {{"drain_seconds", options.drain_seconds}});
    signals.wait(std::chrono::seconds(options.drain_seconds));  // told once more: at once
  }
  (*portal)->stop(kStopGrace);
  return {};
}

Status run_reconciler(const ReconcilerOptions& options, const Signals& signals, const Log& log) {
  if (auto given = need_database(options.database_url); !given) return given;
  auto config = kube::load_config(options.kubeconfig, options.context);
  if (!config) return fail(within("read the kubeconfig", config.error()));
  kube::ClientSettings client;
  client.user_agent = "berth-reconciler";
  const kube::ClientFactory factory(std::move(*config), client);

  reconciler::Settings settings;
  settings.cluster = options.cluster;
  settings.lease_namespace = options.lease_namespace;
  settings.database.conninfo = options.database_url;
  settings.database.application_name = "berth-reconciler";
  settings.exit_after_effects = options.exit_after_effects;
  settings.cycle_every = std::chrono::seconds(options.cycle_seconds);
  for (auto* one : {&settings.layout_patience.settles, &settings.layout_patience.begins,
                    &settings.layout_patience.clients, &settings.layout_patience.applies,
                    &settings.layout_patience.reboots, &settings.layout_patience.advertises})
    *one = *one * options.layout_patience_percent / 100;
  // However short the rest: who looks at a label at once answers within seconds all the same, and what is
  // said later would be taken for an answer to the next label.
  auto& patience = settings.layout_patience;
  patience.settles = std::max<Duration>(patience.settles, std::chrono::seconds(3));
  patience.begins = std::max<Duration>(patience.begins, std::chrono::seconds(8));
  // The proportions of 15, 10 and 2 seconds, which are the usual ones.
  settings.election.lease_duration = std::chrono::seconds(options.lease_seconds);
  settings.election.renew_deadline = settings.election.lease_duration * 2 / 3;
  settings.election.retry_period = settings.election.lease_duration * 2 / 15;

  log.named("reconciler").info("starting", {{"version", BERTH_VERSION}, {"cluster", options.cluster}});
  auto role = make_reconciler(settings, factory, log);
  // A pool on this cluster may still be declared, and somebody may migrate. The role that came in stays the
  // wrong one.
  const auto may_pass = [](const Error& error) {
    if (error.slug == store::kWrongRole) return false;
    return error.code == Code::kUnavailable || error.slug == reconciler::kUnknownCluster;
  };
  while (!role && may_pass(role.error()) && !options.once && !options.plan) {
    log.warning("cannot start yet", {{"error", role.error().message}});
    if (signals.wait(kStartRetry)) return {};
    role = make_reconciler(settings, factory, log);
  }
  if (!role) return fail(role.error());

  if (options.plan) {
    auto lines = (*role)->plan_lines();
    if (!lines) return fail(lines.error());
    for (const auto& line : *lines) std::cout << line << '\n';
    if (lines->empty()) std::cout << "nothing to do\n";
    return {};
  }
  if (options.once) return (*role)->once({});

  Status ended;
  std::stop_source stop;
  std::jthread loop([&] {
    ended = (*role)->run(stop.get_token());
    // A loop that ends by itself must end the program, not leave it waiting for a signal.
    if (!stop.stop_requested()) kill(getpid(), SIGTERM);
  });
  signals.wait();
  stop.request_stop();
  loop.join();
  return ended;
}

namespace {

/// What this process is, once more.
Result<std::vector<std::string>> own_command() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
  if (words.empty()) return fail(Code::kUnavailable, "/proc/self/cmdline cannot be read");
  std::error_code error;
  words.front() = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail(Code::kUnavailable, "/proc/self/exe cannot be read: " + error.message());
  return words;
}

Status keep_gate(const GateOptions& options, const Signals& signals, const Log& log) {
  auto command = own_command();
  if (!command) return fail(command.error());
  command->emplace_back("--kept");
  gate::KeeperSettings settings{
      .folder = options.folder, .port = options.port, .command = std::move(*command)};
  if (!options.addresses.empty()) settings.addresses = options.addresses;
  return gate::keep(
      settings, [&signals](std::chrono::milliseconds patience) { return signals.wait(patience); },
      log.named("gate.keeper"));
}

}  // namespace

Status run_gate(const GateOptions& options, const Signals& signals, const Log& log) {
  if (options.port != 0 && !options.kept) return keep_gate(options, signals, log);
  raise_descriptor_limit(log);  // two for each tunnel
  auto config = kube::load_config(options.kubeconfig);
  if (!config) return fail(within("read how to reach the cluster", config.error()));
  kube::ClientSettings client;
  client.user_agent = "berth-gate";
  const gate::Settings settings{.ns = options.ns.empty() ? config->default_namespace : options.ns,
                                .folder = options.folder,
                                .proxy_program = options.proxy_program,
                                .proxy_config = options.proxy_config,
                                .own_port = options.port,
                                .ports = options.ports,
                                .secure = !options.plain_http};
  const kube::ClientFactory cluster(std::move(*config), client);
  const SystemClock clock;
  SystemRandom random;
  Status ended;
  std::stop_source stop;
  std::jthread loop([&] {
    ended = gate::run(settings, cluster, clock, random, log, stop.get_token());
    if (!stop.stop_requested()) kill(getpid(), SIGTERM);  // as a reconciler's: its end is the program's
  });
  signals.wait();
  stop.request_stop();
  loop.join();
  return ended;
}

Status run_terminals(const TerminalsOptions& options, const Signals& signals, const Log& log) {
  constexpr std::size_t kMost = 64;
  const auto service = tunnel::Service::of_shells({.port = options.port, .most = kMost}, log);
  if (!service) return fail(service.error());
  signals.wait();
  return {};
}

}  // namespace berth::app
