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

constexpr std::chrono::milliseconds kLookAtProxyEvery{200};
constexpr std::chrono::milliseconds kStopGrace{0};
// What all of these may keep waiting, in the kernel and here, fits into the gate's memory (decision 46).
constexpr std::size_t kMostTunnels = 128;
constexpr std::size_t kMostPassages = 192;
// What nginx takes (4 buffers of 8 KiB) and what it adds: sites with single sign-on have long cookies.
constexpr std::size_t kHeadBytes = std::size_t{48} * 1024;

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
  server.limits.header_bytes = kHeadBytes;
  server.path = settings.folder / "check.sock";
  server.workers = 2;
  server.speaks_for_many = [](std::string_view) { return true; };  // nginx does
  const auto handler = [&front](const http::Request& it) { return front.answer(it); };
  auto checker = http::Server::start(server, handler, plain_error, log.named("gate.http"));
  if (!checker) return fail(checker.error());
  // Room of its own: whether this gate lives is asked there, and one that does not answer is ended.
  server.path = settings.folder / "health.sock";
  server.workers = 1;
  auto health = http::Server::start(server, handler, plain_error, log.named("gate.health"));
  if (!health) return fail(health.error());
  const tunnel::StillIn still_in = [&front](std::string_view holder) { return front.still_in(holder); };
  const auto ways =
      tunnel::Service::of_ways({.ways = {{settings.folder / "editor.sock", settings.ports.editor},
                                         {settings.folder / "lab.sock", settings.ports.lab},
                                         {settings.folder / "shells.sock", settings.ports.terminals}},
                                .still_in = still_in,
                                .most = kMostPassages},
                               log.named("gate.ways"));
  if (!ways) return fail(ways.error());
  const auto tunnels = tunnel::Service::of_ports(
      {.at = {.path = settings.folder / "ports.sock", .most = kMostTunnels, .still_in = still_in},
       .own_port = settings.own_port},
      log.named("gate.ports"));
  if (!tunnels) return fail(tunnels.error());
  auto proxy = Proxy::start(settings.proxy_program, settings.proxy_config);
  if (!proxy) return fail(proxy.error());

  const kube::Informer informer(
      cluster, access_list_of(settings.ns),
      [&](const kube::ObjectPtr&, const kube::ObjectPtr& after) {
        auto list = list_in(after, log);
        if (!list) return;
        const auto out = front.set(std::move(*list));
        for (const auto& user : out) log.info("put out", {{"user", user}});
        // Also where nobody is known to be out: somebody may be on the way in.
        (*ways)->look_again();
        (*tunnels)->look_again();
      },
      log.named("gate.watch"));

  Status ended;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested() && ended) {
    changed.wait_for(lock, stop, kLookAtProxyEvery, [] { return false; });
    if (proxy->ended()) ended = fail(Code::kUnavailable, "the proxy of the gate has ended by itself");
  }
  (*checker)->stop(kStopGrace);
  (*health)->stop(kStopGrace);
  return ended;
}

}  // namespace berth::gate
