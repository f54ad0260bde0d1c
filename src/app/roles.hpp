// The roles of the one binary: each takes its settings, runs until it is told to stop, and gives an exit
// code.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/signals.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "gate/gate.hpp"

namespace berth::app {

// Exit codes, the same for every command of `berth`.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  // it was understood and did not work
inline constexpr int kExitUsage = 2;   // it was not understood

/// "127.0.0.1:8080" or "[::1]:8080".
struct Listen {
  std::string address;
  std::uint16_t port = 0;
};
Result<Listen> parse_listen(const std::string& text, const std::string& option = "listen");

struct PortalOptions {
  std::string database_url;
  std::string listen = "127.0.0.1:8080";
  std::size_t workers = 8;
  int head_timeout_seconds = 10;
  int body_timeout_seconds = 30;
  int drain_seconds = 0;  // between being told to stop and stopping
  bool secure_cookies = false;
  std::vector<std::string> trusted_proxies;  // networks; see portal::TrustedProxies
  std::string probe_listen;                  // empty: probes and metrics are at `listen`
  bool public_metrics = false;
  std::string tls_certificate;
  std::string tls_key;
};
Status run_portal(const PortalOptions& options, const Signals& signals, const Log& log);

struct ReconcilerOptions {
  std::string database_url;
  std::string kubeconfig;  // empty: KUBECONFIG, the pod we run in, ~/.kube/config
  std::string context;
  std::string cluster = "default";
  std::string lease_namespace = "berth-system";
  bool once = false;
  bool plan = false;
  std::optional<int> exit_after_effects;
  int lease_seconds = 15;  // how long a reconciler that died keeps others waiting
  int cycle_seconds = 30;  // between cycles that nothing woke
  int layout_patience_percent = 100;
};
Status run_reconciler(const ReconcilerOptions& options, const Signals& signals, const Log& log);

struct GateOptions {
  std::string ns;  // empty: that of the pod we run in
  std::filesystem::path folder = "/run/gate";
  std::string proxy_program = "nginx";
  std::filesystem::path proxy_config = "/opt/berth/gate/nginx.conf";
  std::uint16_t port = 0;              // where nginx listens; 0: not known, and not kept
  std::vector<std::string> addresses;  // empty: all of the machine
  bool kept = false;                   // somebody holds the port for this one
  gate::InnerPorts ports;
  bool plain_http = false;
  std::string kubeconfig;  // empty: KUBECONFIG, the pod we run in
};
Status run_gate(const GateOptions& options, const Signals& signals, const Log& log);

struct TerminalsOptions {
  std::uint16_t port = 8082;
};
Status run_terminals(const TerminalsOptions& options, const Signals& signals, const Log& log);

/// kInvalid where there is none.
Status need_database(const std::string& url);

struct MigrateOptions {
  std::string database_url;
  std::string first_admin;                     // e-mail; made when there is no admin yet
  std::filesystem::path first_admin_password;  // its file; empty: standard input
  int wait_seconds = 0;                        // for a database that does not answer yet
  bool unless_newer = false;                   // fine too where it is newer and serves this program
};
Status run_migrate(const MigrateOptions& options);

struct InitOptions {
  std::string kubeconfig;  // empty: KUBECONFIG, ~/.kube/config
  std::string context;
  std::string ns = "berth-system";
  std::string first_admin;  // e-mail
  bool cloudnativepg = false;
};
Status run_init(const InitOptions& options);

struct DiscoverOptions {
  std::string kubeconfig;  // empty: KUBECONFIG, ~/.kube/config
  std::string context;
  std::string cluster = "default";
  std::string pool = "lab";
  std::string time_zone = "UTC";
  std::string currency = "EUR";
  bool time_zone_given = false;
  bool currency_given = false;
};
/// The file goes to standard output, where it is one that berth apply reads; else to standard error, with
/// what is wrong in it.
Status run_discover(const DiscoverOptions& options);

struct DemoOptions {
  std::string listen = "127.0.0.1:8080";
  std::filesystem::path data;
  std::string kubeconfig;           // empty: a simulated cluster
  std::string pool_file;            // empty: the reference pool
  bool simulated_faults = false;    // serve fault injection on the simulated cluster
  bool without_reconciler = false;  // whoever tests reconcilers starts their own
};
Status run_demo(const DemoOptions& options, const Signals& signals, LogLevel level);

}  // namespace berth::app
