#include "portal/portal.hpp"

#include <atomic>
#include <span>

#include "base/clock.hpp"
#include "base/embedded.hpp"
#include "portal/database_clock.hpp"
#include "portal/deadlines.hpp"
#include "portal/dispatch.hpp"
#include "portal/event_hub.hpp"
#include "portal/metrics.hpp"
#include "portal/page_files.hpp"
#include "portal/problem.hpp"
#include "portal/sign_in_guard.hpp"

namespace berth::embedded {
std::span<const base::EmbeddedFile> api_documents();
}

namespace berth::portal {
namespace {

class RunningPortal final : public Portal {
 public:
  RunningPortal(const Settings& settings, const Log& log)
      : database_(for_requests(settings.database), settings.database_connections),
        readiness_(for_readiness(settings.database), 1),
        metrics_(BERTH_VERSION),
        events_(for_requests(settings.database), settings.event_streams, clock_, log) {}

  Status listen(const Settings& settings, const Log& log) {
    auto document = ApiDocument::load(embedded::api_documents().front().bytes);
    if (!document) return fail(document.error());
    auto dispatcher = Dispatcher::make(
        std::move(*document),
        Services{events_, sign_ins_, metrics_, random_, clock_, log, settings.secure_cookies,
                 settings.web_session_length, BERTH_VERSION, !settings.trusted_proxies.empty()},
        Databases{database_, readiness_}, PageFiles(settings.page));
    if (!dispatcher) return fail(dispatcher.error());
    dispatcher_ = std::move(*dispatcher);
    auto edge = settings.server;
    edge.reserved_paths.assign(kProbePaths.begin(), kProbePaths.end());
    if (!settings.trusted_proxies.empty()) {
      edge.peer_of = [proxies = settings.trusted_proxies](const http::Request& request) {
        return client_address(proxies, request.peer, request.headers);
      };
    }
    edge.judge = [this](const http::Request& head) { return dispatcher_->judge(head); };
    auto server = http::Server::start(
        std::move(edge),
        [this](const http::Request& request) {
          const auto* running = listening_.load();
          if (running != nullptr && request.path == "/metrics") metrics_.set_load(running->load());
          return dispatcher_->handle(request);
        },
        [this, limits = settings.server.limits](int status, std::string_view detail,
                                                std::string_view request_id) {
          return edge_problem(status, detail, request_id, limits, clock_.now());
        },
        log);
    if (!server) return fail(server.error());
    server_ = std::move(*server);
    listening_ = server_.get();
    return {};
  }

  ~RunningPortal() override { stop(std::chrono::milliseconds(0)); }

  std::uint16_t port() const override { return server_->port(); }

  void stop(std::chrono::milliseconds grace) override {
    events_.stop();  // streams end properly before their connections are cut
    if (server_) server_->stop(grace);
  }

 private:
  pg::Pool database_;
  pg::Pool readiness_;
  Metrics metrics_;
  DatabaseClock clock_;
  EventHub events_;
  SignInGuard sign_ins_;
  SystemRandom random_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<http::Server> server_;
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
