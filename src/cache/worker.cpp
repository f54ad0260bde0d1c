#include "cache/worker.hpp"

#include <fmt/format.h>

#include <cmath>
#include <exception>
#include <utility>

namespace berth::cache {
namespace {

using Steady = std::chrono::steady_clock;

/// A file of a few bytes says nothing about a line.
constexpr std::int64_t kLeastMeasuredBytes = 1 << 20;

}  // namespace

void Worker::begin(Job job) {
  stop_ = false;
  job_ = job;
  progress_.reset();
  outcome_.reset();
  rate_ = 0;
  noted_at_ = Steady::now();
  thread_ = std::thread([this, job = std::move(job)] { work(job); });
}

void Worker::work(const Job& job) {
  auto settings = settings_;
  settings.source = job.source;
  settings.commit = job.commit;
  settings.stopped = [this] { return stop_.load(); };
  settings.tell = [this](const modelcache::Progress& now) { note(now); };
  Outcome outcome{.job = job, .offered = modelcache::Offered{}};
  try {
    if (job.fetches) {
      auto fetched = modelcache::fetch(settings);
      if (fetched)
        outcome.offered = modelcache::Offered{.commit = fetched->commit,
                                              .bytes = fetched->progress.of_bytes,
                                              .files = fetched->progress.of_files};
      else
        outcome.offered = fail(fetched.error());
    } else {
      outcome.offered = modelcache::look(settings);
    }
  } catch (const std::exception& fault) {
    outcome.offered = fail(Code::kInternal, fmt::format("it came to grief: {}", fault.what()));
  }
  const std::scoped_lock lock(mutex_);
  if (progress_ && progress_->downloaded >= kLeastMeasuredBytes) outcome.rate = rate_;
  outcome_ = std::move(outcome);
}

void Worker::note(const modelcache::Progress& progress) {
  const std::scoped_lock lock(mutex_);
  const auto now = Steady::now();
  const auto before = progress_ ? progress_->downloaded : 0;
  rate_ = cacheplan::blended_rate(rate_, progress.downloaded - before,
                                  std::chrono::duration<double>(now - noted_at_).count());
  progress_ = progress;
  noted_at_ = now;
}

std::optional<cacheplan::Pulling> Worker::pulling() const {
  if (!job_ || !job_->fetches) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  if (!progress_) return std::nullopt;
  return cacheplan::Pulling{.artifact = job_->artifact,
                            .bytes = progress_->bytes,
                            .of_bytes = progress_->of_bytes,
                            .rate = std::llround(rate_)};
}

std::optional<Outcome> Worker::taken() {
  {
    const std::scoped_lock lock(mutex_);
    if (!outcome_) return std::nullopt;
  }
  thread_.join();
  job_.reset();
  return std::exchange(outcome_, std::nullopt);
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  stop_ = true;
  thread_.join();
}

}  // namespace berth::cache
