// The scheduling plane: validates, books, persists, returns. It talks to PostgreSQL and to nobody else.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/embedded.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "http/http.hpp"
#include "model/cluster.hpp"
#include "pg/pg.hpp"
#include "portal/client_address.hpp"
#include "store/passwords.hpp"

namespace berth::portal {

struct Settings {
  http::ServerSettings server;  // address, port, workers, limits, TLS
  pg::Settings database;        // as the role berth_portal
  /// As many as workers: a handler holds one at a time. The desk and wishes of workspaces have seven more of
  /// their own, and who waits for the reconciler one.
  std::size_t database_connections = 8;
  bool secure_cookies = false;  // the cookie's Secure attribute: on wherever TLS ends in front or here
  std::chrono::hours web_session_length{12};
  TrustedProxies trusted_proxies;     // whose X-Forwarded-For is believed; empty: nobody's
  std::size_t event_streams = 2'000;  // open at once, over all users
  /// A listener of their own for /healthz, /readyz and /metrics, which nobody but the cluster need reach:
  /// what is done to the public one does not touch it.
  struct Probes {
    std::string address;
    std::uint16_t port = 0;
  };
  std::optional<Probes> probes;
  /// Where there is no such listener, /metrics answers callers of this machine alone, unless this is set.
  bool public_metrics = false;
  /// A cluster that this installation simulates: its flavour and the addresses of its workspaces are as here,
  /// whatever is declared.
  std::optional<model::Cluster> own_cluster{};
  /// How long a request waits for what only the reconciler can answer.
  std::chrono::milliseconds controller_patience{15'000};
  store::PasswordCost password_cost{};       // of new hashes, and of checks for accounts that are not there
  std::span<const base::EmbeddedFile> page;  // the web page's files, see PageFiles; none: the API alone
};

class Portal {
 public:
  /// Listens when it returns. A database that is away is no reason not to start: /readyz says so, requests
  /// get 503.
  static Result<std::unique_ptr<Portal>> start(const Settings& settings, const Log& log);
  virtual ~Portal() = default;
  virtual std::uint16_t port() const = 0;
  virtual std::uint16_t probe_port() const = 0;  // 0: none
  /// Says at /readyz that nobody be sent here any more, and asks who keeps a connection to make a new one;
  /// all are answered as before. `stop` comes once whoever sends people here has heard.
  virtual void begin_leaving() = 0;
  /// No new connections; requests that have come get `grace`; streams end.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace berth::portal
