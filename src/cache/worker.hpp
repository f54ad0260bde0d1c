// The one thing that is asked for or fetched at a time, on a thread of its own.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>

#include "cacheplan/report.hpp"
#include "modelcache/modelcache.hpp"

namespace berth::cache {

struct Job {
  cacheplan::ArtifactId artifact;
  modelcache::Source source;
  std::string commit{};  // of a fetch: the one that was told
  bool fetches = false;  // else it asks what there is
};
struct Outcome {
  Job job;
  Result<modelcache::Offered> offered;  // also of a fetch: what was fetched
  double rate = 0;                      // bytes a second; 0: too little came to tell
};

class Worker {
 public:
  explicit Worker(modelcache::FetchSettings settings) : settings_(std::move(settings)) {}
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  bool is_idle() const { return !thread_.joinable(); }
  /// Only while it is idle.
  void begin(Job job);
  /// What it is at; empty while it is idle.
  const std::optional<Job>& job() const { return job_; }
  /// Of a fetch, once there is something to tell.
  std::optional<cacheplan::Pulling> pulling() const;
  /// Once it is done; it is idle then.
  std::optional<Outcome> taken();
  /// Told to end early; `taken` gives what came of it.
  void tell_to_stop() { stop_ = true; }

 private:
  void stop();
  void work(const Job& job);
  void note(const modelcache::Progress& progress);

  modelcache::FetchSettings settings_;
  std::optional<Job> job_;  // of the thread that owns this
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::optional<modelcache::Progress> progress_;
  std::chrono::steady_clock::time_point noted_at_{};
  double rate_ = 0;
  std::optional<Outcome> outcome_;
  std::thread thread_;
};

}  // namespace berth::cache
