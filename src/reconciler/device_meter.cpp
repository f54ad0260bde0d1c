#include "reconciler/device_meter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "kube/curl_transport.hpp"
#include "manifests/manifests.hpp"
#include "said/dcgm.hpp"

namespace berth::reconciler {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{5};
constexpr int kOk = 200;

std::string server_of(const std::string& address, int port) {
  return address.find(':') == std::string::npos ? fmt::format("http://{}:{}", address, port)
                                                : fmt::format("http://[{}]:{}", address, port);
}

}  // namespace

Result<std::string> fetch_metrics(const std::string& server, const std::stop_token& stop) {
  kube::Config config;
  config.server = server;
  const auto transport =
      kube::make_curl_transport(config, std::make_shared<kube::Credentials>(config, std::chrono::minutes(1)),
                                {.user_agent = "berth", .connect_timeout = kPatience, .past_proxies = true});
  const auto answer = transport->exchange(
      {.target = "/metrics", .accept = "text/plain"},
      {.deadline = Steady::now() + kPatience, .max_body_bytes = said::kMaxDcgmBytes}, stop);
  if (!answer) return fail(answer.error().error);
  if (answer->status != kOk) return fail(Code::kUnavailable, fmt::format("it answered {}", answer->status));
  return answer->body;
}

Result<Measured> measure_devices(kube::Client& client, const model::DcgmExporter& exporter,
                                 const FetchText& fetch, const std::stop_token& stop) {
  const auto pods =
      client.list(kube::resources::pods(), {.ns = exporter.namespace_name, .label_selector = exporter.label});
  if (!pods)
    return fail(
        within(fmt::format("list the exporters in namespace {}", exporter.namespace_name), pods.error()));
  Measured measured;
  std::size_t asked = 0;
  std::size_t failed = 0;
  for (const auto& pod : pods->items) {
    const auto address = string_at(pod, {"status", "podIP"});
    if (string_at(pod, {"status", "phase"}) != "Running" || address.empty()) continue;
    ++asked;
    const auto text = fetch(server_of(address, exporter.port), stop);
    if (!text) {
      if (failed++ == 0)
        measured.trouble = fmt::format("exporter {} does not answer: {}",
                                       string_at(pod, {"metadata", "name"}), text.error().message);
      continue;
    }
    for (const auto& [name, busy] : said::busy_devices(*text, manifests::kNamespacePrefix)) {
      auto& most = measured.busy[name];
      most = std::max(most, busy);
    }
  }
  if (asked == 0) {
    return fail(Code::kUnavailable, fmt::format("no pod with label {} runs in namespace {}", exporter.label,
                                                exporter.namespace_name));
  }
  if (failed > 1) measured.trouble += fmt::format(" (and {} more)", failed - 1);
  return measured;
}

DeviceMeter::DeviceMeter(kube::ClientFactory cluster, Log log, std::chrono::milliseconds every,
                         FetchText fetch)
    : cluster_(std::move(cluster)),
      log_(std::move(log)),
      every_(every),
      fetch_(std::move(fetch)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void DeviceMeter::ask(const std::optional<model::DcgmExporter>& exporter) {
  const std::scoped_lock lock(mutex_);
  if (exporter == exporter_) return;
  exporter_ = exporter;
  busy_.clear();
  changed_.notify_all();
}

std::vector<store::DeviceSample> DeviceMeter::take() {
  const std::scoped_lock lock(mutex_);
  const auto age = std::chrono::duration_cast<Duration>(Steady::now() - measured_at_);
  std::vector<store::DeviceSample> samples;
  for (auto& [name, busy] : std::exchange(busy_, {})) samples.push_back({name, busy, age});
  return samples;
}

void DeviceMeter::run(const std::stop_token& stop) {
  auto client = cluster_.client(stop);
  auto next = Steady::now();
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!exporter_) {
      changed_.wait(lock, stop, [&] { return exporter_.has_value(); });
      continue;
    }
    const auto asked = *exporter_;
    if (changed_.wait_until(lock, stop, next, [&] { return exporter_ != asked; })) continue;
    if (stop.stop_requested()) break;
    lock.unlock();
    const auto begun = Steady::now();
    next = begun + every_;
    const auto measured = measure_devices(client, asked, fetch_, stop);
    if (!stop.stop_requested()) tell(measured ? measured->trouble : measured.error().message);
    lock.lock();
    if (measured && exporter_ == asked) {
      busy_ = measured->busy;
      measured_at_ = begun;
    }
  }
}

void DeviceMeter::tell(const std::string& trouble) {
  if (trouble == told_) return;
  if (trouble.empty()) {
    log_.info("the devices of sessions are measured again");
  } else {
    log_.warning("not all devices of sessions are measured", {{"error", trouble}});
  }
  told_ = trouble;
}

}  // namespace berth::reconciler
