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

using std::chrono::steady_clock;

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

/// One that cannot be read changes nothing.
std::optional<entry::AccessList> list_in(const json::value& object, const Log& log) {
  auto list = entry::parse_access_list(string_at(object, {"data", entry::kAccessListKey}));
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
  Front front(std::move(*memory), clock, settings.secure, log);

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

  const auto put_out = [&](const std::vector<std::string>& out) {
    for (const auto& user : out) log.info("put out", {{"user", user}});
    // Also where nobody is known to be out: somebody may be on the way in.
    (*ways)->look_again();
    (*tunnels)->look_again();
  };
  std::mutex mutex;
  std::optional<steady_clock::time_point> gone_at;  // the list, by hand; under the mutex as all that sets one
  const kube::Informer informer(
      cluster, access_list_of(settings.ns),
      [&](const kube::ObjectPtr&, const kube::ObjectPtr& after) {
        const std::lock_guard lock(mutex);
        if (!after) {
          log.warning("the list of who may enter is gone; the one before holds for a moment");
          gone_at = steady_clock::now();
          return;
        }
        auto list = list_in(*after, log);
        if (!list) return;  // what cannot be read is as good as gone where it was gone
        gone_at.reset();
        put_out(front.set(std::move(*list)));
      },
      log.named("gate.watch"));

  Status ended;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested() && ended) {
    changed.wait_for(lock, stop, kLookAtProxyEvery, [] { return false; });
    if (gone_at && steady_clock::now() - *gone_at >= settings.list_back_within) {
      log.warning("the list of who may enter is not back; nobody is let in until it is");
      gone_at.reset();
      put_out(front.lose_list());
    }
    if (proxy->ended()) ended = fail(Code::kUnavailable, "the proxy of the gate has ended by itself");
  }
  (*checker)->stop(kStopGrace);
  (*health)->stop(kStopGrace);
  return ended;
}

}  // namespace berth::gate
