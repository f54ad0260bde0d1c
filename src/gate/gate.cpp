#include "gate/gate.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <optional>

#include "entry/access_list.hpp"
#include "gate/front.hpp"
#include "gate/memory.hpp"
#include "gate/proxy.hpp"
#include "http/http.hpp"
#include "kube/informer.hpp"
#include "tunnel/service.hpp"

namespace berth::gate {
namespace {

constexpr std::chrono::milliseconds kLookAtProxyEvery{500};
constexpr std::chrono::milliseconds kStopGrace{0};
// Longer than the configuration's worker_shutdown_timeout takes.
constexpr std::chrono::milliseconds kCutWithin{2500};
constexpr std::size_t kMostTunnels = 256;  // half of what nginx carries

/// Somebody has to be put out: told by the informer's thread, done by the gate's own.
class PutOut {
 public:
  void tell() {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
    changed_.notify_all();
  }
  /// True when somebody has to be, false when the patience is over or a stop was asked for.
  bool wait(std::stop_token stop, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, patience, [this] { return wanted_; });
    return std::exchange(wanted_, false);
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool wanted_ = false;
};

kube::InformerSettings access_list_of(const std::string& ns) {
  kube::InformerSettings settings;
  settings.resource = {"", "v1", "configmaps", "ConfigMap", true};
  settings.ns = ns;
  settings.field_selector = fmt::format("metadata.name={}", entry::kAccessListName);
  return settings;
}

/// Where the list is gone the session ends, and nobody is let in any more; one that cannot be read changes
/// nothing.
std::optional<entry::AccessList> list_in(const kube::ObjectPtr& object, const Log& log) {
  if (!object) return entry::AccessList{};
  auto list = entry::parse_access_list(string_at(*object, {"data", entry::kAccessListKey}));
  if (list) return std::move(*list);
  log.error("the list of who may enter cannot be read; the one before stays",
            {{"error", list.error().message}});
  return std::nullopt;
}

http::Response plain_error(int status, std::string_view detail, std::string_view) {
  return {.status = status, .headers = {{"Content-Type", "text/plain"}}, .body = std::string(detail) + "\n"};
}

}  // namespace

Status run(const Settings& settings, const kube::ClientFactory& cluster, const Clock& clock, Random& random,
           const Log& log, std::stop_token stop) {
  auto memory = Memory::open(settings.folder, random, clock.now());
  if (!memory) return fail(memory.error());
  Front front(std::move(*memory), clock, settings.secure, settings.portal_url, log);

  http::ServerSettings server;
  server.path = settings.folder / "check.sock";
  server.workers = 2;
  server.speaks_for_many = [](std::string_view) { return true; };  // nginx does
  auto checker = http::Server::start(
      server, [&front](const http::Request& it) { return front.answer(it); }, plain_error,
      log.named("gate.http"));
  if (!checker) return fail(checker.error());
  const auto start_proxy = [&] { return Proxy::start(settings.proxy_program, settings.proxy_config); };
  std::optional<Proxy> proxy;
  if (auto started = start_proxy(); started) {
    proxy.emplace(std::move(*started));
  } else {
    return fail(started.error());
  }
  const auto tunnels = tunnel::Service::of_ports(
      {.at = {.path = settings.folder / "ports.sock", .most = kMostTunnels}, .own_port = settings.own_port},
      log.named("gate.ports"));
  if (!tunnels) return fail(tunnels.error());

  PutOut put_out;
  const kube::Informer informer(
      cluster, access_list_of(settings.ns),
      [&](const kube::ObjectPtr&, const kube::ObjectPtr& after) {
        auto list = list_in(after, log);
        if (!list) return;
        const auto out = front.set(std::move(*list));
        for (const auto& user : out) log.info("put out", {{"user", user}});
        if (!out.empty()) put_out.tell();
      },
      log.named("gate.watch"));

  Status ended;
  while (!stop.stop_requested() && ended) {
    if (put_out.wait(stop, kLookAtProxyEvery)) {
      if (auto cut = proxy->cut_connections(kCutWithin); !cut) {
        log.error("whoever was put out may still be connected; the proxy is started anew",
                  {{"error", cut.error().message}});
        proxy.reset();
        auto again = start_proxy();
        if (!again) {
          ended = fail(again.error());
          break;
        }
        proxy.emplace(std::move(*again));
      }
    }
    if (proxy->ended()) ended = fail(Code::kUnavailable, "the proxy of the gate has ended by itself");
  }
  (*checker)->stop(kStopGrace);
  return ended;
}

}  // namespace berth::gate
