#include "modelcache/download.hpp"

#include <fmt/format.h>

#include <thread>

#include "base/text.hpp"

namespace berth::modelcache {
namespace {

constexpr std::chrono::milliseconds kTellEvery{500};

}  // namespace

Download::Download(const FetchSettings& settings, HubSettings hub, std::string commit,
                   std::filesystem::path blobs, std::vector<RemoteFile> files, Progress begun)
    : settings_(settings),
      hub_(std::move(hub)),
      commit_(std::move(commit)),
      blobs_(std::move(blobs)),
      rate_(settings.bytes_per_second),
      files_(std::move(files)),
      progress_(begun) {}

Progress Download::progress() const {
  const std::scoped_lock lock(mutex_);
  return progress_;
}

Status Download::run() {
  {
    std::vector<std::jthread> threads;
    workers_ = settings_.connections;
    for (int i = 0; i < settings_.connections; ++i) threads.emplace_back([this] { work(); });
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kTellEvery, [this] { return workers_ == 0; })) {
      if (settings_.stopped && settings_.stopped() && !fault_) {
        lock.unlock();
        stop_with({.code = Code::kConflict, .message = "told to stop", .slug = std::string(kStopped)});
        lock.lock();
      }
      if (!settings_.tell) continue;
      const auto now = progress_;
      lock.unlock();
      settings_.tell(now);
      lock.lock();
    }
  }
  if (fault_) return fail(*fault_);
  if (settings_.tell) settings_.tell(progress_);
  return {};
}

void Download::stop_with(const Error& error) {
  {
    const std::scoped_lock lock(mutex_);
    if (!fault_) fault_ = error;
  }
  pauses_.stop();
  changed_.notify_all();
}

void Download::work() {
  try {
    Web web({.ca_file = settings_.ca_file,
             .silence_seconds = settings_.silence_seconds,
             .slow_on_purpose = settings_.bytes_per_second > 0,
             .stopped = [this] { return pauses_.stopped(); }});
    while (const auto given = take()) {
      auto done = given->stream  ? do_stream(web, *given)
                  : given->piece ? do_piece(web, *given)
                                 : finish(*given);
      if (given->stream) {
        const std::scoped_lock lock(mutex_);
        given->job->streaming = false;
        changed_.notify_all();
      }
      if (!done) stop_with(done.error());
    }
  } catch (const std::exception& fault) {
    stop_with(
        {.code = Code::kInternal, .message = fmt::format("a download came to grief: {}", fault.what())});
  }
  const std::scoped_lock lock(mutex_);
  --workers_;
  changed_.notify_all();
}

std::optional<Download::Assignment> Download::take() {
  std::unique_lock lock(mutex_);
  while (!fault_) {
    for (const auto& job : jobs_) {
      if (auto given = take_of(job)) return given;
      if (fault_) return std::nullopt;
    }
    if (next_ < files_.size()) {
      jobs_.push_back(std::make_shared<Job>(Job{.file = files_[next_++]}));
      continue;
    }
    if (jobs_.empty()) return std::nullopt;
    changed_.wait(
        lock);  // until a piece is given back, or the last file is there: each ends within its own limits
  }
  return std::nullopt;
}

std::optional<Download::Assignment> Download::take_of(const std::shared_ptr<Job>& job) {
  if (job->finishing || job->streaming) return std::nullopt;
  if (!job->partial) {
    auto opened = Partial::open(blobs_, job->file, settings_.piece_bytes);
    if (!opened) {
      fault_ = opened.error();
      pauses_.stop();
      changed_.notify_all();
      return std::nullopt;
    }
    job->partial = std::move(*opened);
    progress_.bytes += job->partial->pieces().done_bytes();
  }
  auto& pieces = job->partial->pieces();
  Assignment given{.job = job, .partial = job->partial, .piece = {}, .stream = false};
  if (pieces.whole()) {
    job->finishing = true;
    return given;
  }
  if (job->ignores_range) {
    if (pieces.on_their_way() > 0) return std::nullopt;
    job->streaming = true;
    given.stream = true;
    return given;
  }
  given.piece = pieces.take();
  if (!given.piece) return std::nullopt;
  return given;
}

void Download::give_back(const Assignment& given) {
  const std::scoped_lock lock(mutex_);
  given.partial->pieces().give_back(given.piece->number);
  changed_.notify_all();
}

Status Download::piece_done(const Assignment& given, const Piece& piece) {
  if (auto noted = given.partial->note(piece.number); !noted) return noted;
  std::int64_t front = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (given.job->partial != given.partial) return {};  // thrown away meanwhile
    given.partial->pieces().done(piece.number);
    progress_.bytes += piece.length;
    front = given.partial->pieces().front();
    if (given.partial->pieces().whole()) changed_.notify_all();  // somebody finishes it: whoever looks next
  }
  return given.partial->hash_along(front);
}

Status Download::finish(const Assignment& given) {
  const auto& file = given.job->file;
  const auto digest = given.partial->digest();
  if (!digest) return fail(digest.error());
  if (*digest != file.hash) {
    return throw_away(given,
                      fmt::format("the {} of what came is {}, and the list of files says {}",
                                  file.hash.size() == 64 ? "SHA-256" : "git SHA-1", *digest, file.hash));
  }
  if (auto kept = given.partial->keep(); !kept) return kept;
  const std::scoped_lock lock(mutex_);
  ++progress_.files;
  jobs_.remove(given.job);
  changed_.notify_all();
  return {};
}

Status Download::throw_away(const Assignment& given, const std::string& why) {
  const std::scoped_lock lock(mutex_);
  auto& job = *given.job;
  if (job.partial != given.partial) return {};  // by another connection
  progress_.bytes -= given.partial->pieces().done_bytes();
  if (auto gone = given.partial->discard(); !gone) return gone;
  job.partial.reset();
  job.location.clear();
  job.finishing = false;
  changed_.notify_all();
  if (++job.thrown_away == 1) return {};
  return fail(Code::kMalformed, fmt::format("{} came wrong twice: {}", shown(job.file.path), why));
}

}  // namespace berth::modelcache
