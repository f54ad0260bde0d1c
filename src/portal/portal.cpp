#include "portal/portal.hpp"

#include <algorithm>
#include <atomic>
#include <span>
#include <utility>

#include "base/clock.hpp"
#include "base/embedded.hpp"
#include "portal/audit_notes.hpp"
#include "portal/database_clock.hpp"
#include "portal/deadlines.hpp"
#include "portal/desk.hpp"
#include "portal/dispatch.hpp"
#include "portal/event_hub.hpp"
#include "portal/metrics.hpp"
#include "portal/page_files.hpp"
#include "portal/problem.hpp"
#include "portal/sign_in_guard.hpp"
#include "portal/unready.hpp"

namespace berth::embedded {
std::span<const base::EmbeddedFile> api_documents();
}

namespace berth::portal {
namespace {

constexpr std::string_view kMetricsPath = "/metrics";
constexpr std::string_view kReadyPath = "/readyz";
constexpr std::size_t kProbeConnections = 64;
constexpr std::chrono::milliseconds kFarewell{1'000};
constexpr std::chrono::milliseconds kLastWait{1'000};
constexpr std::size_t kRoomConnections = 1;
// And one to take wishes of workspaces with.
constexpr std::size_t kDeskConnections = Desk::Bounds{}.rounds + Desk::Bounds{}.lookups + 1;

/// A proxy of this machine that says so speaks for somebody else.
bool from_this_machine(const http::Request& request) {
  for (const auto* name : {"X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"}) {
    if (request.header(name)) return false;
  }
  return request.peer.starts_with("127.") || request.peer == "::1";
}

class RunningPortal final : public Portal {
 public:
  RunningPortal(const Settings& settings, const Log& log)
      : database_(for_requests(settings.database),
                  settings.database_connections + kDeskConnections + kRoomConnections),
        readiness_(for_readiness(settings.database), 1),
        metrics_(BERTH_VERSION),
        notes_(log),
        events_(for_requests(settings.database), settings.event_streams, clock_, log) {}

  Status listen(const Settings& settings, const Log& log) {
    auto document = ApiDocument::load(embedded::api_documents().front().bytes);
    if (!document) return fail(document.error());
    auto dispatcher = Dispatcher::make(
        std::move(*document),
        Services{events_, sign_ins_, metrics_, notes_, random_, clock_, log, settings.secure_cookies,
                 settings.web_session_length, BERTH_VERSION, !settings.trusted_proxies.empty(),
                 settings.own_cluster, settings.controller_patience, settings.password_cost},
        Databases{database_, readiness_, for_requests(settings.database)}, PageFiles(settings.page));
    if (!dispatcher) return fail(dispatcher.error());
    dispatcher_ = std::move(*dispatcher);
    auto server = http::Server::start(edge_of(settings), handler_of(settings),
                                      error_body_of(settings.server.limits, settings.secure_cookies), log);
    if (!server) return fail(server.error());
    server_ = std::move(*server);
    listening_ = server_.get();
    notes_wait_ = true;
    return settings.probes ? listen_for_probes(settings, log) : Status{};
  }

  ~RunningPortal() override { stop(std::chrono::milliseconds(0)); }

  std::uint16_t port() const override { return server_->port(); }
  std::uint16_t probe_port() const override { return probes_ ? probes_->port() : std::uint16_t{0}; }

  void begin_leaving() override { leaving_ = true; }

  void stop(std::chrono::milliseconds grace) override {
    events_.stop();  // streams end properly before their connections are cut
    if (server_) server_->stop(grace);
    if (probes_) probes_->stop(std::chrono::milliseconds(0));
    if (dispatcher_) dispatcher_->stop();
    if (std::exchange(notes_wait_, false)) write_notes();
  }

 private:
  /// What was counted and not yet written. A database that is away keeps nobody from stopping.
  void write_notes() {
    auto lease = database_.lease(kLastWait);
    if (lease) notes_.write_due(**lease, true);
  }

  http::ServerSettings edge_of(const Settings& settings) {
    auto edge = settings.server;
    edge.limits.farewell_timeout = kFarewell;
    edge.reserved_paths.assign(kProbePaths.begin(), kProbePaths.end());
    edge.judge = [this, secure = settings.secure_cookies](const http::Request& head) {
      auto judgement = dispatcher_->judge(head);
      if (judgement.refusal && secure) add_strict_transport(*judgement.refusal);
      return judgement;
    };
    edge.vouch = [this, secure = settings.secure_cookies](const http::Request& head) {
      auto refusal = dispatcher_->vouch(head);
      if (refusal && secure) add_strict_transport(*refusal);
      return refusal;
    };
    if (!settings.trusted_proxies.empty()) {
      edge.peer_of = [proxies = settings.trusted_proxies](const http::Request& request) {
        return client_address(proxies, request.peer, request.headers);
      };
      edge.speaks_for_many = [proxies = settings.trusted_proxies](std::string_view peer) {
        return proxies.trusts(peer);
      };
    }
    return edge;
  }

  http::Handler handler_of(const Settings& settings) {
    return [this, secure = settings.secure_cookies, everyone = settings.public_metrics,
            elsewhere = settings.probes.has_value()](const http::Request& request) {
      const bool hidden =
          request.path == kMetricsPath && !everyone && (elsewhere || !from_this_machine(request));
      auto response = hidden ? dispatcher_->nothing_here(request) : answer(request);
      if (!secure && !leaving_) return response;
      if (response.on_later) {
        response.on_later = [this, secure,
                             on_later = std::move(response.on_later)](std::shared_ptr<http::Reply> reply) {
          on_later(http::mapped(std::move(reply), [this, secure](http::Response late) {
            add_for_all(late, secure);
            return late;
          }));
        };
      } else {
        add_for_all(response, secure);
      }
      return response;
    };
  }

  void add_for_all(http::Response& response, bool secure) const {
    if (secure) add_strict_transport(response);
    if (leaving_) response.headers.emplace_back("Connection", "close");
  }

  http::ErrorBody error_body_of(const http::Limits& limits, bool secure) {
    return [this, limits, secure](int status, std::string_view detail, std::string_view request_id) {
      auto response = edge_problem(status, detail, request_id, limits, clock_.now());
      if (secure) add_strict_transport(response);
      return response;
    };
  }

  http::Response answer(const http::Request& request) {
    const auto* running = listening_.load();
    if (running != nullptr && request.path == kMetricsPath) metrics_.set_load(running->load());
    if (leaving_ && request.path == kReadyPath) return left(request);
    return dispatcher_->handle(request);
  }

  http::Response left(const http::Request& request) const {
    Error error;
    error.slug = kStopping;
    auto response = unready(error, request.request_id);
    add_common_headers(response, clock_.now());
    return response;
  }

  Status listen_for_probes(const Settings& settings, const Log& log) {
    http::ServerSettings edge;
    edge.address = settings.probes->address;
    edge.port = settings.probes->port;
    edge.workers = 1;
    edge.reserved_paths.assign(kProbePaths.begin(), kProbePaths.end());
    edge.limits.connections = kProbeConnections;
    auto server = http::Server::start(
        edge,
        [this](const http::Request& request) {
          const bool known = std::ranges::find(kProbePaths, request.path) != kProbePaths.end();
          return known ? answer(request) : dispatcher_->nothing_here(request);
        },
        error_body_of(edge.limits, false), log.named("probes"));
    if (!server) return fail(within("listen for probes", server.error()));
    probes_ = std::move(*server);
    return {};
  }

  pg::Pool database_;
  pg::Pool readiness_;
  Metrics metrics_;
  AuditNotes notes_;
  DatabaseClock clock_;
  EventHub events_;
  SignInGuard sign_ins_;
  SystemRandom random_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<http::Server> server_;
  bool notes_wait_ = false;
  std::atomic<bool> leaving_ = false;
  std::unique_ptr<http::Server> probes_;  // none: they are asked for at `server_`
  // Requests may come before `server_` is set; what they read is set once, after it.
  std::atomic<const http::Server*> listening_{nullptr};
};

}  // namespace

Result<std::unique_ptr<Portal>> Portal::start(const Settings& settings, const Log& log) {
  auto portal = std::make_unique<RunningPortal>(settings, log);
  if (auto listening = portal->listen(settings, log); !listening) return fail(listening.error());
  return std::unique_ptr<Portal>(std::move(portal));
}

}  // namespace berth::portal
