// The simulated cluster without ports and threads: requests in, answers out, one at a time, and time that
// passes when it is told to.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "http/http.hpp"
#include "simcluster/api.hpp"
#include "simcluster/pages.hpp"
#include "simcluster/watch_hub.hpp"

namespace berth::simcluster {

/// Safe to use from several threads. `settings` and `clock` must outlive it.
class Engine {
 public:
  Engine(const Settings& settings, const Clock& clock, const Log& log);

  /// Once, before anything else: takes the saved state where there is one, and makes what every cluster has.
  Status load();
  /// Writes the state when it changed since the last time. Does nothing without a state directory.
  Status save();

  /// What the faults say about a request, each used up by it.
  struct Meeting {
    std::optional<ApiAnswer> refusal;
    std::chrono::milliseconds latency{0};
    bool cut_before = false;
    bool cut_after = false;
    bool watch_gone = false;
  };
  Meeting meet(const ApiRequest& request);
  /// The answer, and everything that follows from it at this instant. Of a watch only `ApiAnswer::watch` is
  /// filled.
  ApiAnswer act(const ApiRequest& request, const Meeting& meeting);
  void open_watch(const WatchRequest& watch, std::shared_ptr<http::Stream> stream);

  /// Both at once, for callers without HTTP. A watch is answered with the events up to now and a bookmark, as
  /// if its time were over; `latency` and `cut` are told and not done.
  ApiAnswer call(const ApiRequest& request);
  /// In which the token's account is; empty: it is nobody's.
  std::string namespace_of_token(std::string_view token) const;
  /// The paths under /sim/.
  ApiAnswer control(const ApiRequest& request);
  Page page(std::string_view host);

  void tick();
  void compact();
  void cut_watches(bool properly);
  Faults& faults() { return faults_; }
  /// After faults changed: what they concern behaves accordingly at once.
  void look_at_everything();

  struct Counts {
    std::size_t objects = 0;
    std::size_t watches = 0;
    std::uint64_t revision = 0;
    std::uint64_t writes = 0;
  };
  Counts counts() const;

 private:
  const Settings& settings_;
  Log log_;
  std::unique_ptr<Random> random_;
  Faults faults_;
  mutable std::mutex mutex_;  // guards world_, hub_, writes_
  World world_;
  WatchHub hub_;
  std::uint64_t writes_ = 0;
  std::mutex save_mutex_;  // one writer of the file at a time; guards saved_revision_
  Revision saved_revision_ = 0;
  std::atomic<bool> loaded_{false};
};

}  // namespace berth::simcluster
