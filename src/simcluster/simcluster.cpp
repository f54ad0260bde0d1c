#include "simcluster/simcluster.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/base64.hpp"
#include "base/simulated.hpp"
#include "entry/safe_path.hpp"
#include "http/http.hpp"
#include "simcluster/api_token.hpp"
#include "simcluster/certificate.hpp"
#include "simcluster/engine.hpp"

namespace berth::simcluster {
namespace {

constexpr std::chrono::milliseconds kStopGrace{2'000};
constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kMaxConnections = 1024;
constexpr std::size_t kPageWorkers = 2;

ApiRequest to_api(const http::Request& request) {
  ApiRequest out;
  out.method = request.method;
  out.path = request.path;
  out.query = request.query;
  out.accept = request.header("Accept").value_or("");
  out.content_type = request.header("Content-Type").value_or("");
  out.user_agent = request.header("User-Agent").value_or("");
  out.body = request.body;
  return out;
}

http::Response to_http(ApiAnswer answer) {
  http::Response out;
  out.status = answer.status;
  out.headers.emplace_back("Content-Type", std::move(answer.content_type));
  if (answer.retry_after_seconds > 0)
    out.headers.emplace_back("Retry-After", std::to_string(answer.retry_after_seconds));
  out.body = std::move(answer.body);
  return out;
}

/// An answer that ends in the middle: the stream is let go without being finished.
http::Response cut_off() {
  http::Response out;
  out.headers.emplace_back("Content-Type", "application/json");
  out.on_stream = [](const std::shared_ptr<http::Stream>&) {};
  return out;
}

http::Response refused_by_server(int status, std::string_view detail) {
  Refusal refusal;
  refusal.code = status;
  refusal.reason = status == 413   ? "RequestEntityTooLarge"
                   : status == 503 ? "ServiceUnavailable"
                   : status == 408 ? "Timeout"
                   : status >= 500 ? "InternalError"
                                   : "BadRequest";
  refusal.message = detail;
  return to_http(answer(refusal));
}

http::Response to_http(Page page) {
  http::Response out;
  out.status = page.status;
  out.headers = {{"Content-Type", "text/html; charset=utf-8"},
                 {"Content-Security-Policy", content_security_policy()},
                 {"X-Content-Type-Options", "nosniff"},
                 {"Referrer-Policy", "no-referrer"},
                 {"Cache-Control", "no-store"}};
  if (page.status == 503) out.headers.emplace_back("Retry-After", "2");
  out.body = std::move(page.html);
  return out;
}

/// Takes as long whether the first or the last byte differs.
bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char differences = 0;
  for (std::size_t i = 0; i < a.size(); ++i) differences |= static_cast<unsigned char>(a[i] ^ b[i]);
  return differences == 0;
}

}  // namespace

class SimCluster::Impl {
 public:
  Impl(Settings settings, const Clock& clock, Log log, std::filesystem::path tls_dir)
      : settings_(std::move(settings)),
        tls_dir_(std::move(tls_dir)),
        log_(std::move(log)),
        engine_(settings_, clock, log_) {
    SystemRandom secret;
    token_ = random_secret(secret, kTokenBytes);
  }

  ~Impl() {
    if (auto ok = stop(); !ok) log_.error("stop the simulated cluster", {{"error", ok.error().message}});
  }

  Status start() {
    if (auto ok = engine_.load(); !ok) return ok;
    if (settings_.serve) {
      if (auto ok = listen(); !ok) return ok;
    }
    if (settings_.tick.count() > 0) ticker_ = std::jthread([this] { run(); });
    return {};
  }

  Status stop() {
    {
      const std::lock_guard lock(ending_mutex_);
      if (ending_) return {};
      ending_ = true;
    }
    ending_changed_.notify_all();
    if (ticker_.joinable()) ticker_.join();
    engine_.cut_watches(true);
    if (pages_) pages_->stop(kStopGrace);
    if (api_) api_->stop(kStopGrace);
    return engine_.save();
  }

  std::string kubeconfig() const {
    return fmt::format(
        "apiVersion: v1\nkind: Config\ncurrent-context: simulated\nclusters:\n- name: simulated\n  "
        "cluster:\n    server: {}\n{}"
        "contexts:\n- name: simulated\n  context:\n    cluster: simulated\n    user: simulated\nusers:\n- "
        "name: simulated\n"
        "  user:\n    token: {}\n",
        url(),
        authority_.empty() ? ""
                           : fmt::format("    certificate-authority-data: {}\n", base64_encode(authority_)),
        token_);
  }

  std::string url() const {
    const bool v6 = settings_.address.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}", authority_.empty() ? "http" : "https", v6 ? "[" : "",
                       settings_.address, v6 ? "]" : "", port());
  }
  std::uint16_t port() const { return api_ ? api_->port() : std::uint16_t{0}; }
  std::uint16_t pages_port() const { return pages_ ? pages_->port() : std::uint16_t{0}; }
  Engine& engine() { return engine_; }
  const Engine& engine() const { return engine_; }

 private:
  Status listen() {
    http::ServerSettings api;
    api.address = settings_.address;
    api.port = settings_.port;
    api.workers = settings_.workers;
    api.limits.body_bytes = settings_.bounds.body_bytes;
    api.limits.stream_queue_bytes = settings_.bounds.watch_queue_bytes;
    api.limits.connections = kMaxConnections;
    if (!tls_dir_.empty()) {
      auto made = make_certificate(tls_dir_, settings_.address);
      if (!made) return fail(within("make the simulated API's certificate", made.error()));
      api.tls = made->files;
      authority_ = std::move(made->authority);
    }
    auto started = http::Server::start(
        api, [this](const http::Request& request) { return handle(request); },
        [](int status, std::string_view detail, std::string_view) {
          return refused_by_server(status, detail);
        },
        log_.named("simcluster-api"));
    if (!started) return fail(within("listen for the simulated API", started.error()));
    api_ = std::move(*started);

    http::ServerSettings pages;
    pages.address = settings_.address;
    pages.port = settings_.pages_port;
    pages.workers = kPageWorkers;
    pages.limits.connections = kMaxConnections;
    auto pages_started = http::Server::start(
        pages,
        [this](const http::Request& request) {
          // A gate is not simulated: whoever has the address sees the page that says so.
          if (request.path == "/_gate/open") {
            return http::Response{
                .status = 303,
                .headers = {{"Location", entry::safe_path(request.query_value("to").value_or("/"))},
                            {std::string(kSimulatedHeader), "1"},
                            {"Referrer-Policy", "no-referrer"},
                            {"Cache-Control", "no-store"}}};
          }
          return to_http(engine_.page(request.header("Host").value_or("")));
        },
        [](int status, std::string_view detail, std::string_view) {
          http::Response out;
          out.status = status;
          out.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
          out.body = detail;
          return out;
        },
        log_.named("simcluster-pages"));
    if (!pages_started) return fail(within("listen for simulated workspaces", pages_started.error()));
    pages_ = std::move(*pages_started);
    return {};
  }

  /// Nothing where it may be asked: by whoever started this, or by an account of a namespace about that.
  std::optional<Refusal> refusal_of(const http::Request& request) const {
    const auto header = request.header("Authorization").value_or("");
    constexpr std::string_view kBearer = "Bearer ";
    if (!header.starts_with(kBearer)) return unauthorized();
    const auto token = header.substr(kBearer.size());
    if (same_secret(token, token_)) return std::nullopt;
    const auto ns = engine_.namespace_of_token(token);
    if (ns.empty()) return unauthorized();
    if (may_ask(to_api(request), ns)) return std::nullopt;
    return forbidden({"", "namespaces", "Namespace", ""},
                     fmt::format("a service account of {} asks for what lies elsewhere", ns));
  }

  http::Response handle(const http::Request& request) {
    // The health of a server is nobody's secret, here as in a real cluster.
    const bool open = request.path == "/healthz" || request.path == "/readyz" || request.path == "/livez" ||
                      request.path == "/version";
    if (!open) {
      if (const auto refusal = refusal_of(request)) return to_http(answer(*refusal));
    }
    const auto api = to_api(request);
    if (settings_.faults_over_http && api.path.starts_with("/sim/")) return to_http(engine_.control(api));

    const auto meeting = engine_.meet(api);
    pause(meeting.latency);
    auto out = engine_.act(api, meeting);
    if (out.cut) return cut_off();
    if (!out.watch) return to_http(std::move(out));
    http::Response streaming;
    streaming.headers.emplace_back("Content-Type", "application/json");
    streaming.on_stream = [this, watch = std::move(*out.watch)](std::shared_ptr<http::Stream> stream) {
      engine_.open_watch(watch, std::move(stream));
    };
    return streaming;
  }

  /// Until the time is over or the server stops; true when it stops.
  bool pause(std::chrono::milliseconds time) {
    if (time.count() <= 0) return false;
    std::unique_lock lock(ending_mutex_);
    return ending_changed_.wait_for(lock, time, [this] { return ending_; });
  }

  void run() {
    using Steady = std::chrono::steady_clock;
    auto next_save = Steady::now() + settings_.save_interval;
    while (!pause(settings_.tick)) {
      engine_.tick();
      if (Steady::now() < next_save) continue;
      if (auto ok = engine_.save(); !ok)
        log_.error("save the simulated cluster", {{"error", ok.error().message}});
      next_save = Steady::now() + settings_.save_interval;
    }
  }

  const Settings settings_;
  const std::filesystem::path tls_dir_;
  Log log_;
  Engine engine_;
  std::string token_;
  std::string authority_;  // PEM that clients trust; empty: plain HTTP
  std::mutex ending_mutex_;
  std::condition_variable ending_changed_;
  bool ending_ = false;  // guarded by ending_mutex_
  std::unique_ptr<http::Server> api_;
  std::unique_ptr<http::Server> pages_;
  std::jthread ticker_;
};

SimCluster::SimCluster(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SimCluster::~SimCluster() = default;

Result<std::unique_ptr<SimCluster>> SimCluster::start(Settings settings, const Clock& clock, Log log,
                                                      std::filesystem::path tls_dir) {
  if (auto ok = check_settings(settings); !ok) return fail(ok.error());
  auto impl = std::make_unique<Impl>(std::move(settings), clock, std::move(log), std::move(tls_dir));
  if (auto ok = impl->start(); !ok) return fail(ok.error());
  return std::unique_ptr<SimCluster>(new SimCluster(std::move(impl)));
}

std::string SimCluster::kubeconfig() const {
  return impl_->kubeconfig();
}
std::string SimCluster::url() const {
  return impl_->url();
}
std::uint16_t SimCluster::port() const {
  return impl_->port();
}
std::uint16_t SimCluster::pages_port() const {
  return impl_->pages_port();
}
Status SimCluster::stop() {
  return impl_->stop();
}
ApiAnswer SimCluster::call(const ApiRequest& request) {
  return impl_->engine().call(request);
}
void SimCluster::tick() {
  impl_->engine().tick();
}
void SimCluster::compact() {
  impl_->engine().compact();
}
void SimCluster::cut_watches(bool properly) {
  impl_->engine().cut_watches(properly);
}

Result<std::uint64_t> SimCluster::add_fault(Fault fault) {
  auto id = impl_->engine().faults().add(std::move(fault));
  impl_->engine().look_at_everything();
  return id;
}

bool SimCluster::remove_fault(std::uint64_t id) {
  const bool was = impl_->engine().faults().remove(id);
  impl_->engine().look_at_everything();
  return was;
}

void SimCluster::clear_faults() {
  impl_->engine().faults().clear();
  impl_->engine().look_at_everything();
}

SimCluster::Counts SimCluster::counts() const {
  const auto [objects, watches, revision, writes] = impl_->engine().counts();
  return {objects, watches, revision, writes};
}

}  // namespace berth::simcluster
