#include "cache/cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "cache/worker.hpp"
#include "modelcache/holdings.hpp"
#include "modelcache/hub.hpp"

namespace berth::cache {
namespace {

using cacheplan::ArtifactId;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookEvery{200};  // whether the worker is done

cacheplan::Held held_of(modelcache::Holding holding) {
  return {.folder = std::move(holding.folder),
          .bytes = holding.bytes,
          .arriving = holding.arriving,
          .used_at = holding.published_at,
          .commits = std::move(holding.commits)};
}

class Daemon {
 public:
  Daemon(const Settings& settings, const Log& log)
      : settings_(settings), log_(log), portal_(settings.portal), worker_(settings.fetch) {}

  /// Asks the portal, goes on, and reports.
  void exchange() {
    ask_portal();
    advance();
    if (!let_in_) return;
    if (auto told = portal_.report(report()); told)
      of_report_.clear();
    else
      complain(of_report_, "the portal did not take the report", told.error());
  }

  /// Takes in what the worker did, looks at the disk, and gives it the next thing to do.
  void advance() {
    if (auto outcome = worker_.taken()) take_in(*outcome);
    if (!look_at_disk()) return;
    plan_ = let_in_ ? cacheplan::plan(situation_) : cacheplan::Plan();
    if (!worker_.is_idle()) {
      stop_what_gives_way();
      return;
    }
    // Where a folder could not be removed, another one goes instead.
    for (auto most = situation_.held.size(); !plan_.evictions.empty(); --most) {
      if (most == 0) return;
      evict();
      if (!look_at_disk()) return;
      plan_ = cacheplan::plan(situation_);
    }
    begin();
  }

  bool worker_is_done() {
    if (worker_.is_idle()) return false;
    auto outcome = worker_.taken();
    if (!outcome) return false;
    take_in(*outcome);
    return true;
  }

 private:
  static Instant now() { return SystemClock().now(); }

  void ask_portal() {
    auto wanted = portal_.wanted();
    if (wanted) {
      if (!let_in_ || !of_wanted_.empty()) log_.info("the portal answers");
      let_in_ = true;
      of_wanted_.clear();
      situation_.wanted = std::move(*wanted);
      forget_others();
      return;
    }
    complain(of_wanted_, "the portal did not say what is wanted", wanted.error());
    // Cut off, a node goes on with what was wanted. Sent away, it does not.
    const auto code = wanted.error().code;
    if (code == Code::kUnauthenticated || code == Code::kForbidden) let_in_ = false;
  }

  /// Once, until another one comes or all is well.
  void complain(std::string& last, std::string_view what, const Error& error) {
    if (error.message == last) return;
    last = error.message;
    log_.warning(what, {{"error", error.message}});
  }

  void forget_others() {
    const auto is_wanted = [this](const ArtifactId& id) {
      return std::ranges::any_of(situation_.wanted, [&](const auto& one) { return one.artifact.id == id; });
    };
    auto& memory = situation_.memory;
    std::erase_if(memory.told, [&](const auto& one) { return !is_wanted(one.first); });
    std::erase_if(memory.failures, [&](const auto& one) { return !is_wanted(one.first); });
    std::erase_if(memory.evicted, [&](const auto& one) { return !is_wanted(one.first); });
    std::erase_if(moved_, [&](const auto& id) { return !is_wanted(id); });
  }

  bool look_at_disk() {
    situation_.now = now();
    situation_.marks = settings_.marks;
    const auto room = modelcache::disk_room(settings_.fetch.cache);
    auto held = modelcache::holdings(settings_.fetch.cache);
    fault_ = !room ? room.error().message : !held ? held.error().message : std::string();
    if (!fault_.empty()) {
      if (fault_ != told_fault_) log_.error("the disk cannot be looked at", {{"error", fault_}});
      told_fault_ = fault_;
      return false;
    }
    told_fault_.clear();
    situation_.disk = {.bytes = room->bytes, .free = room->free};
    situation_.held.clear();
    for (auto& one : *held) situation_.held.push_back(held_of(std::move(one)));
    forget_folders();
    return true;
  }

  void forget_folders() {
    const auto is_gone = [this](const std::string& folder) {
      return std::ranges::find(situation_.held, folder, &cacheplan::Held::folder) == situation_.held.end();
    };
    auto& memory = situation_.memory;
    std::erase_if(memory.begun, [&](const auto& one) { return is_gone(one.first) && worker_.is_idle(); });
    std::erase_if(memory.stuck, [&](const auto& one) {
      return is_gone(one.first) || situation_.now >= one.second.at + cacheplan::kStuckPause;
    });
    for (const auto& [folder, failure] : memory.stuck) {
      if (!fault_.empty()) fault_ += "; ";
      fault_ += fmt::format("{} cannot be removed: {}", folder, failure.reason);
    }
  }

  void take_in(const Outcome& outcome) {
    const auto& id = outcome.job.artifact;
    auto& memory = situation_.memory;
    if (outcome.rate > 0) rate_ = outcome.rate;
    const auto source = outcome.job.source.text();
    if (outcome.offered) {
      memory.told[id] = {.commit = outcome.offered->commit, .bytes = outcome.offered->bytes, .at = now()};
      memory.failures.erase(id);
      if (outcome.job.fetches) {
        moved_.erase(id);
        log_.info("a model is there", {{"source", source}, {"commit", outcome.offered->commit}});
      }
      return;
    }
    const auto& error = outcome.offered.error();
    if (error.slug == modelcache::kStopped) {
      log_.info("a model was put off", {{"source", source}});
      return;
    }
    if (error.slug == modelcache::kMoved) {
      memory.told.erase(id);
      log_.info("a model has moved meanwhile", {{"source", source}, {"error", error.message}});
      // Asked again at once; a server that says one and the other waits as one that fails.
      if (moved_.insert(id).second) return;
    }
    auto& failure = memory.failures[id];
    failure.times = failure.reason.empty() ? 1 : failure.times + 1;
    failure.reason = error.message;
    failure.at = now();
    log_.warning("a model did not come",
                 {{"source", source}, {"error", error.message}, {"times", failure.times}});
  }

  void stop_what_gives_way() {
    const auto& job = *worker_.job();
    if (!let_in_ ||
        cacheplan::ends_early(situation_, plan_, {.artifact = job.artifact, .fetches = job.fetches}))
      worker_.tell_to_stop();
  }

  void evict() {
    for (const auto& one : plan_.evictions) {
      if (auto gone = modelcache::remove_model(settings_.fetch.cache, one.folder); !gone) {
        log_.error("a model could not be removed", {{"folder", one.folder}, {"error", gone.error().message}});
        situation_.memory.stuck[one.folder] = {.reason = gone.error().message, .at = now()};
        continue;
      }
      log_.info("a model was removed",
                {{"folder", one.folder}, {"bytes", one.bytes}, {"reason", one.reason}});
      for (const auto& id : one.artifacts) situation_.memory.evicted[id] = now();
    }
  }

  void begin() {
    const bool fetches = plan_.fetch.has_value();
    if (!fetches && !plan_.ask) return;
    const auto& id = fetches ? plan_.fetch->artifact : plan_.ask->artifact;
    const auto found =
        std::ranges::find_if(situation_.wanted, [&](const auto& one) { return one.artifact.id == id; });
    if (found == situation_.wanted.end()) return;
    auto source = modelcache::parse_source(found->artifact.source);
    if (!source) {
      situation_.memory.failures[id] = {.reason = source.error().message, .times = 1, .at = now()};
      return;
    }
    Job job{.artifact = id, .source = std::move(*source), .commit = {}, .fetches = fetches};
    if (fetches) {
      job.commit = situation_.memory.told.at(id).commit;
      note_begun(job);
    }
    worker_.begin(std::move(job));
  }

  void note_begun(const Job& job) {
    auto& memory = situation_.memory;
    memory.evicted.erase(job.artifact);
    const auto folder = job.source.folder();
    const auto before = memory.begun.find(folder);
    if (before != memory.begun.end() && before->second.commit == job.commit) return;
    // Of what a daemon before this one left there it is not known what it was for: it may be of this one.
    const auto held = std::ranges::find(situation_.held, folder, &cacheplan::Held::folder);
    const bool of_others = before != memory.begun.end() && held != situation_.held.end();
    memory.begun[folder] = {.commit = job.commit, .arrived_before = of_others ? held->arriving : 0};
  }

  cacheplan::Report report() const {
    const auto pulling = worker_.pulling();
    cacheplan::Report report{.disk = situation_.disk,
                             .marks = settings_.marks,
                             .rate = std::llround(pulling ? static_cast<double>(pulling->rate) : rate_),
                             .fault = std::string(first_bytes(fault_, cacheplan::kMostReasonCharacters)),
                             .artifacts = cacheplan::states(situation_, plan_, pulling)};
    for (const auto& held : situation_.held) report.held_bytes += held.bytes + held.arriving;
    return report;
  }

  const Settings& settings_;
  const Log& log_;
  Portal portal_;
  Worker worker_;
  cacheplan::Situation situation_;
  cacheplan::Plan plan_;
  bool let_in_ = false;
  double rate_ = 0;
  std::set<ArtifactId> moved_;  // since they were fetched last
  std::string fault_;
  std::string told_fault_;
  std::string of_wanted_;  // what the portal said last of the two calls, where it was no answer
  std::string of_report_;
};

Status check_marks(const cacheplan::Marks& marks) {
  constexpr int kMost = 99;
  if (marks.low >= 1 && marks.low <= marks.high && marks.high <= kMost) return {};
  return fail(invalid_field(
      "--low-mark", std::to_string(marks.low), fmt::format("1 to --high-mark {}", marks.high),
      fmt::format("the marks are percents from 1 to {}, the low one not above the high one", kMost)));
}

}  // namespace

Status run(const Settings& settings, const std::function<bool(std::chrono::milliseconds)>& wait,
           const Log& log) {
  if (auto fine = check_marks(settings.marks); !fine) return fine;
  if (auto fine = modelcache::check_hub({.endpoint = settings.fetch.endpoint, .token = settings.fetch.token});
      !fine)
    return fine;
  if (auto made = modelcache::make_folders(settings.fetch.cache); !made) return made;
  const auto lock = modelcache::take_cache(settings.fetch.cache);
  if (!lock) return fail(lock.error());
  Daemon daemon(settings, log);
  log.info("a node's cache is kept",
           {{"folder", settings.fetch.cache.string()}, {"portal", settings.portal.server}});
  while (true) {
    daemon.exchange();
    const auto next = Steady::now() + settings.every;
    while (Steady::now() < next) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(next - Steady::now());
      if (wait(std::clamp(left, std::chrono::milliseconds(1), kLookEvery))) return {};
      if (daemon.worker_is_done()) daemon.advance();
    }
  }
}

}  // namespace berth::cache
