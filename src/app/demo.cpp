#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iostream>
#include <thread>

#include "app/demo_database.hpp"
#include "app/demo_place.hpp"
#include "app/demo_pool.hpp"
#include "app/demo_seed.hpp"
#include "app/descriptors.hpp"
#include "app/page.hpp"
#include "app/roles.hpp"
#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/log_file.hpp"
#include "base/loopback.hpp"
#include "base/private_file.hpp"
#include "cli/words.hpp"
#include "kube/kube.hpp"
#include "pgserver/pgserver.hpp"
#include "portal/portal.hpp"
#include "reconciler/reconciler.hpp"
#include "simcluster/simcluster.hpp"
#include "store/passwords.hpp"

namespace berth::app {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kStopGrace{3'000};
constexpr std::chrono::seconds kReadyWithin{60};
constexpr std::chrono::milliseconds kReadyLook{50};
constexpr std::string_view kPasswordFile = "password";

/// Root's PostgreSQL runs as another user, who cannot pass through folders like root's home.
bool passable_by_others(const fs::path& folder) {
  for (auto at = fs::absolute(folder).lexically_normal(); at.has_relative_path(); at = at.parent_path()) {
    std::error_code error;
    const auto status = fs::status(at, error);
    if (!error && fs::exists(status) && (status.permissions() & fs::perms::others_exec) == fs::perms::none)
      return false;
  }
  return true;
}

Result<fs::path> database_folder(const fs::path& data) {
  if (geteuid() != 0 || passable_by_others(data)) return data / "postgresql";
  // One for each data folder, so that the next start finds it again.
  std::error_code error;
  const auto canonical = fs::weakly_canonical(data, error);
  if (error) return fail(Code::kUnavailable, fmt::format("{}: {}", data.string(), error.message()));
  const auto name = std::hash<std::string>()(canonical.string());
  const auto base = fs::path("/var/lib/berth-demo");
  fs::create_directories(base, error);
  if (!error) fs::permissions(base, kPassable, error);
  if (error)
    return fail(Code::kUnavailable, fmt::format("cannot make {}: {}", base.string(), error.message()));
  return base / fmt::format("{:016x}", name);
}

/// What the cluster has to offer for the pool, as nodes of the simulation.
std::vector<simcluster::NodeDescription> simulated_nodes(const model::Pool& pool) {
  std::vector<simcluster::NodeDescription> nodes;
  for (const auto& node : pool.nodes) {
    simcluster::NodeDescription described;
    described.name = node.kubernetes_name;
    described.capacity = {{"cpu", kube_cpu(node.capacity.cpu)},
                          {"memory", kube_gib(node.capacity.memory)},
                          {"ephemeral-storage", kube_gib(node.capacity.storage)},
                          {"pods", "250"}};
    std::map<std::string, int> slots;
    for (const auto& unit : pool.units) {
      if (unit.node == node.id) slots[unit.resource_name] += unit.replicas;
    }
    for (const auto& [name, count] : slots) described.capacity[name] = std::to_string(count);
    nodes.push_back(std::move(described));
  }
  return nodes;
}

struct Cluster {
  std::unique_ptr<simcluster::SimCluster> simulated;  // none when a real one is used
  std::unique_ptr<kube::ClientFactory> clients;
  std::vector<std::string> notes;
};

Result<Cluster> open_cluster(const DemoOptions& options, const fs::path& data, std::uint16_t portal_port,
                             DemoPool& demo, const Clock& clock, const Log& log) {
  Cluster cluster;
  kube::ClientSettings client_settings;
  client_settings.user_agent = "berth-demo";
  if (!options.kubeconfig.empty()) {
    auto config = kube::load_config(options.kubeconfig);
    if (!config) return fail(within("read the kubeconfig", config.error()));
    cluster.clients = std::make_unique<kube::ClientFactory>(std::move(*config), client_settings);
    auto client = cluster.clients->client();
    auto notes = fit_to_cluster(demo, client);
    if (!notes) return fail(notes.error());
    cluster.notes = std::move(*notes);
    return cluster;
  }

  simcluster::Settings settings;
  settings.flavour = demo.cluster.flavour == model::Flavour::kOpenshift ? simcluster::Flavour::kOpenshift
                                                                        : simcluster::Flavour::kPlain;
  settings.nodes = simulated_nodes(demo.pool);
  settings.state_dir = data / "cluster";
  settings.faults_over_http = options.simulated_faults;
  // The addresses of workspaces hold this port, so it is the same at every start; beside a portal on any free
  // port it is any free one too.
  settings.pages_port = portal_port == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(portal_port + 1);
  auto started = simcluster::SimCluster::start(settings, clock, log.named("simcluster"), settings.state_dir);
  if (!started) return fail(within("start the simulated cluster", started.error()));
  cluster.simulated = std::move(*started);
  fit_to_simulation(demo.cluster, cluster.simulated->pages_port());

  const auto file = data / "simulated.kubeconfig";
  if (auto written = write_private_file(file, cluster.simulated->kubeconfig()); !written)
    return fail(written.error());
  auto config = kube::load_kubeconfig(file.string());
  if (!config) return fail(config.error());
  cluster.clients = std::make_unique<kube::ClientFactory>(std::move(*config), client_settings);
  return cluster;
}

/// Where everything is, for psql, kubectl and tests. No secret: the socket's folder and the kubeconfig are
/// private.
Status write_addresses(const DemoOptions& options, const DatabaseUrls& urls) {
  const auto kubeconfig = options.kubeconfig.empty()
                              ? fs::absolute(options.data / "simulated.kubeconfig").string()
                              : options.kubeconfig;
  const json::object addresses{{"database_owner", urls.owner},
                               {"database_portal", urls.portal},
                               {"database_reconciler", urls.reconciler},
                               {"kubeconfig", kubeconfig}};
  return write_private_file(options.data / kAddressesFile, json::serialize(addresses) + "\n");
}

struct DemoPassword {
  std::string text;
  fs::path file;        // where it is kept; empty: it is the published one
  bool is_new = false;  // to be told, this once
};

/// The published one only where nobody else can come: on loopback, before a simulated cluster. Otherwise a
/// random one, which stays from then on.
Result<DemoPassword> password_of(const DemoOptions& options, const Listen& listen) {
  const auto file = options.data / kPasswordFile;
  if (std::ifstream kept(file); kept) {
    std::string line;
    std::getline(kept, line);
    if (line.size() < store::kMinPasswordCharacters)
      return fail(Code::kInvalid, fmt::format("{} holds no password; remove it", file.string()));
    return DemoPassword{std::move(line), file};
  }
  if (options.kubeconfig.empty() && is_loopback(listen.address))
    return DemoPassword{std::string(kPublishedPassword), {}};
  constexpr std::size_t kLength = 20;
  SystemRandom random;
  DemoPassword made{random_name_part(random, kLength), file, true};
  if (auto written = write_private_file(file, made.text + "\n"); !written) return fail(written.error());
  return made;
}

std::string told(const DemoPassword& password) {
  if (password.file.empty()) return fmt::format("{} (in this demo only)", password.text);
  const auto where = fs::absolute(password.file).string();
  return password.is_new ? fmt::format("{} (told this once; kept in {})", password.text, where)
                         : fmt::format("kept in {}", where);
}

/// What makes a shell find this program, wherever it lies.
std::string path_line() {
  std::error_code unknown;
  const auto program = fs::read_symlink("/proc/self/exe", unknown);
  return unknown
             ? ""
             : fmt::format("  export PATH={}:\"$PATH\"\n", cli::shell_word(program.parent_path().string()));
}

void print_welcome(const std::string& url, const DemoOptions& options, const fs::path& database,
                   const Cluster& cluster, const DemoPassword& password) {
  std::cout << "\n";
  for (const auto& note : cluster.notes) std::cout << "  " << note << "\n";
  std::cout
      << fmt::format(
             "Berth is ready: {0}\n\n"
             "  Users     admin@berth.local, lead@berth.local, finance@berth.local, ana@berth.local, "
             "ben@berth.local\n"
             "  Password  {4}\n"
             "  Cluster   {1}\n"
             "  Data      {2}, with the log in berth.log{3}\n\n"
             "What to type next, in another terminal:\n\n"
             "{6}"
             "  berth login {0} --email ana@berth.local --password-stdin {5}\n"
             "  berth free\n"
             "  berth book slice-24gb --start now --for 2h --name first\n"
             "  berth show first\n\n"
             "Ctrl-C stops everything; the next start finds its data again.\n",
             url,
             options.kubeconfig.empty()
                 ? "simulated; a workspace that opens for real: make run-real, as root, or --kubeconfig FILE"
                 : options.kubeconfig,
             fs::absolute(options.data).string(),
             database.parent_path() == options.data
                 ? std::string()
                 : fmt::format("; the database is in {}", database.string()),
             told(password),
             password.file.empty() ? fmt::format("<<< {}", password.text)
                                   : fmt::format("< {}", fs::absolute(password.file).string()),
             path_line())
      << std::flush;
}

}  // namespace

Status run_demo(const DemoOptions& options, const Signals& signals, LogLevel level) {
  auto listen = parse_listen(options.listen);
  if (!listen) return fail(listen.error());
  // Everything that is written here is its owner's alone, whatever writes it.
  umask(S_IRWXG | S_IRWXO);
  // What can be told without a folder comes first, so that nothing is left of a start that could not be.
  auto demo = read_pool(options.pool_file);
  if (!demo) return fail(demo.error());
  if (auto free = check_ports(*listen, options.kubeconfig.empty()); !free) return free;
  if (auto made = prepare_data_folder(options.data); !made) return made;
  const auto password = password_of(options, *listen);
  if (!password) return fail(password.error());
  // The terminal is for what the user has to know; the rest is here.
  const auto opened = open_log("demo", level, (options.data / "berth.log").string());
  if (!opened) return fail(opened.error());
  const auto& log = *opened;

  const auto say = [](std::string_view what) { std::cout << "demo: " << what << "\n" << std::flush; };
  say("starting PostgreSQL");
  const auto database_at = database_folder(options.data);
  if (!database_at) return fail(database_at.error());
  auto database = DemoDatabase::start(*database_at);
  if (!database) return fail(within("start PostgreSQL", database.error()));

  const SystemClock clock;
  say(options.kubeconfig.empty() ? "starting the simulated cluster" : "asking the cluster");
  if (demo->cluster.portal_url.empty() && is_loopback(listen->address) && listen->port != 0)
    demo->cluster.portal_url = fmt::format("http://{}:{}", listen->address, listen->port);
  auto cluster = open_cluster(options, options.data, listen->port, *demo, clock, log);
  if (!cluster) return fail(cluster.error());
  if (!demo->marks.empty()) cluster->notes.push_back(demo->marks);

  auto urls = prepare_database(database->server(), *demo, password->text);
  if (!urls) return fail(within("prepare the database", urls.error()));

  if (auto written = write_addresses(options, *urls); !written) return written;

  reconciler::Settings control;
  control.cluster = demo->cluster.name;
  control.database.conninfo = urls->reconciler;
  control.database.application_name = "berth-reconciler";
  std::unique_ptr<reconciler::Reconciler> reconciler;
  std::stop_source stop;
  std::jthread loop;
  if (!options.without_reconciler) {
    say("starting the reconciler");
    auto made = reconciler::Reconciler::create(control, *cluster->clients, log.named("reconciler"));
    if (!made) return fail(within("start the reconciler", made.error()));
    reconciler = std::move(*made);
    loop = std::jthread([&] {
      const auto ended = reconciler->run(stop.get_token());
      if (!ended) log.error("the reconciler ended", {{"error", ended.error().message}});
    });
  }
  const auto stop_loop = [&] {
    stop.request_stop();
    if (loop.joinable()) loop.join();
  };

  portal::Settings front;
  front.server.address = listen->address;
  front.server.port = listen->port;
  front.server.limits.connections =
      connections_for(raise_descriptor_limit(log), front.server.limits.connections);
  front.database.conninfo = urls->portal;
  front.database.application_name = "berth-portal";
  front.page = embedded::page();
  // Workspaces are pages of this machine: a file with another domain would lead to nowhere.
  if (cluster->simulated) front.own_cluster = demo->cluster;
  auto portal = portal::Portal::start(front, log.named("portal"));
  if (!portal) {
    stop_loop();
    return fail(within("start the portal", portal.error()));
  }

  Status lived;
  bool told_to_stop = false;
  const auto patience = Steady::now() + kReadyWithin;
  while (reconciler && !reconciler_reports(database->server(), demo->cluster.name) && !told_to_stop) {
    if (Steady::now() > patience) {
      std::cout << "demo: the reconciler has not reported yet; the portal is up all the same" << "\n"
                << std::flush;
      break;
    }
    told_to_stop = signals.wait(kReadyLook);
  }
  if (!told_to_stop) {
    print_welcome(fmt::format("http://{}:{}", listen->address, (*portal)->port()), options, *database_at,
                  *cluster, *password);
    lived = database->watch(signals, say, log);
  }

  say("stopping");
  (*portal)->stop(kStopGrace);
  stop_loop();
  reconciler.reset();
  if (cluster->simulated) cluster->simulated->stop();
  const auto stopped = database->stop();
  return lived ? stopped : lived;
}

}  // namespace berth::app
