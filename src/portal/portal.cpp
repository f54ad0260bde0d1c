#include "portal/portal.hpp"

#include <algorithm>
#include <atomic>
#include <span>

#include "base/clock.hpp"
#include "base/embedded.hpp"
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

// A browser gives up on nothing by itself, so the portal does: no request waits longer for the database than
// this.
constexpr std::chrono::milliseconds kConnectTimeout{3'000};
constexpr std::chrono::milliseconds kStatementTimeout{5'000};
constexpr std::chrono::milliseconds kCancelGrace{500};
// Whoever asks for readiness gives up after a second or so.
constexpr std::chrono::milliseconds kReadinessTimeout{1'000};
constexpr std::chrono::milliseconds kReadinessGrace{200};

pg::Settings with_deadlines(pg::Settings settings, std::chrono::milliseconds connect,
                            std::chrono::milliseconds statement, std::chrono::milliseconds grace) {
  settings.connect_timeout = std::min(settings.connect_timeout, connect);
  settings.statement_timeout = std::min(settings.statement_timeout, statement);
  settings.cancel_grace = std::min(settings.cancel_grace, grace);
  return settings;
}

pg::Settings for_requests(const pg::Settings& settings) {
  return with_deadlines(settings, kConnectTimeout, kStatementTimeout, kCancelGrace);
}

pg::Settings for_readiness(const pg::Settings& settings) {
  return with_deadlines(settings, kReadinessTimeout, kReadinessTimeout, kReadinessGrace);
}

class RunningPortal final : public Portal {
 public:
  RunningPortal(const Settings& settings, const Log& log)
      : database_(for_requests(settings.database), settings.database_connections),
        readiness_(for_readiness(settings.database), 1),
        metrics_(settings.version),
        events_(for_requests(settings.database), settings.event_streams, log) {}

  Status listen(const Settings& settings, const Log& log) {
    auto document = ApiDocument::load(embedded::api_documents().front().bytes);
    if (!document) return fail(document.error());
    auto dispatcher =
        Dispatcher::make(std::move(*document),
                         Services{events_, sign_ins_, metrics_, random_, log, settings.secure_cookies,
                                  settings.web_session_length, settings.version},
                         Databases{database_, readiness_}, PageFiles(settings.page));
    if (!dispatcher) return fail(dispatcher.error());
    dispatcher_ = std::move(*dispatcher);
    auto server = http::Server::start(
        settings.server,
        [this](const http::Request& request) {
          const auto* running = listening_.load();
          if (running != nullptr && request.path == "/metrics") metrics_.set_load(running->load());
          return dispatcher_->handle(request);
        },
        [limits = settings.server.limits](int status, std::string_view detail, std::string_view request_id) {
          return edge_problem(status, detail, request_id, limits);
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
  EventHub events_;
  SignInGuard sign_ins_;
  SystemRandom random_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<http::Server> server_;
  // Requests may come before `server_` is set; what they read is set once, after it.
  std::atomic<const http::Server*> listening_{nullptr};
};

}  // namespace

Result<std::unique_ptr<Portal>> Portal::start(Settings settings, Log log) {
  auto portal = std::make_unique<RunningPortal>(settings, log);
  if (auto listening = portal->listen(settings, log); !listening) return fail(listening.error());
  return std::unique_ptr<Portal>(std::move(portal));
}

}  // namespace berth::portal
