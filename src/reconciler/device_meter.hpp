// How busy the devices of sessions are, asked of the cluster's DCGM exporters once a minute, in a thread of
// its own: what does not answer holds up nothing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "kube/kube.hpp"
#include "model/cluster.hpp"
#include "store/control_rows.hpp"

namespace berth::reconciler {

/// GET of "http://<pod>:<port>/metrics", the body as it came.
using FetchText = std::function<Result<std::string>(const std::string& server, const std::stop_token& stop)>;
/// The real one: past any proxy, without credentials, 5 s and said::kMaxDcgmBytes at most.
Result<std::string> fetch_metrics(const std::string& server, const std::stop_token& stop);

struct Measured {
  std::map<std::string, int> busy{};  // by namespace, the busiest device in thousandths
  std::string trouble{};              // the first exporter that did not answer and how many more; empty: none
};
/// Asks each exporter that runs. What some did not answer is in `trouble`; an error where there are none to
/// ask.
Result<Measured> measure_devices(kube::Client& client, const model::DcgmExporter& exporter,
                                 const FetchText& fetch, const std::stop_token& stop);

class DeviceMeter {
 public:
  DeviceMeter(kube::ClientFactory cluster, Log log, std::chrono::milliseconds every = std::chrono::minutes(1),
              FetchText fetch = fetch_metrics);
  /// Whom to ask from now on; nothing: nobody.
  void ask(const std::optional<model::DcgmExporter>& exporter);
  /// What was measured since this was last asked.
  std::vector<store::DeviceSample> take();

 private:
  void run(const std::stop_token& stop);
  void tell(const std::string& trouble);

  const kube::ClientFactory cluster_;
  const Log log_;
  const std::chrono::milliseconds every_;
  const FetchText fetch_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<model::DcgmExporter> exporter_;
  std::map<std::string, int> busy_;
  std::chrono::steady_clock::time_point measured_at_{};
  std::string told_;     // the trouble as it was last told; the thread's alone
  std::jthread thread_;  // last: it is stopped first
};

}  // namespace berth::reconciler
