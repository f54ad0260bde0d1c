#include "simcluster/engine.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/private_file.hpp"
#include "simcluster/api_token.hpp"
#include "simcluster/saved_state.hpp"
#include "simcluster/seed.hpp"
#include "simcluster/sim_control.hpp"

namespace berth::simcluster {
namespace {

std::unique_ptr<Random> make_random(std::uint64_t seed) {
  if (seed != 0) return std::make_unique<SeededRandom>(seed);
  return std::make_unique<SystemRandom>();
}

/// Faults on a namespace's objects mean the namespace itself too.
const std::string& namespace_for_faults(const Route& route) {
  return route.type->storage == "namespaces" ? route.name : route.ns;
}

ApiAnswer refusal_of(const Fault& fault) {
  Refusal refusal;
  refusal.code = fault.code;
  refusal.reason = fault.reason;
  refusal.message = fault.message;
  refusal.retry_after_seconds = fault.retry_after_seconds;
  return answer(refusal);
}

/// Keeps what a watch sends.
class Collector final : public http::Stream {
 public:
  bool send(std::string bytes) override {
    text_ += bytes;
    return true;
  }
  void finish() override { open_ = false; }
  bool open() const override { return open_; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool open_ = true;
};

}  // namespace

Engine::Engine(const Settings& settings, const Clock& clock, const Log& log)
    : settings_(settings),
      log_(log),
      random_(make_random(settings.seed)),
      world_(settings, clock, *random_, faults_, log),
      hub_(settings.bounds.watches, settings.bookmark_interval) {}

Status Engine::load() {
  const std::lock_guard lock(mutex_);
  if (!settings_.state_dir.empty()) {
    std::error_code error;
    std::filesystem::create_directories(settings_.state_dir, error);
    if (error)
      return fail(Code::kUnavailable,
                  fmt::format("make {}: {}", settings_.state_dir.string(), error.message()));
    if (auto ok = load_state_file(state_file(settings_.state_dir), world_.store_for_restore()); !ok)
      return ok;
  }
  seed(world_);
  for (const auto& ns : world_.store().list("namespaces")) world_.touch(name_of(*ns));
  settle(world_);
  // What happened before anyone could watch is nobody's history.
  world_.store_for_restore().compact(world_.store().revision());
  loaded_ = true;
  return {};
}

Status Engine::save() {
  // A state that could not be read is not overwritten.
  if (settings_.state_dir.empty() || !loaded_) return {};
  const std::lock_guard writing(save_mutex_);
  std::string document;
  Revision revision = 0;
  {
    const std::lock_guard lock(mutex_);
    revision = world_.store().revision();
    if (revision == saved_revision_) return {};
    document = dump_state(world_.store());
  }
  // It holds Secrets.
  if (auto ok = write_private_file(state_file(settings_.state_dir), document); !ok) return ok;
  saved_revision_ = revision;
  return {};
}

Engine::Meeting Engine::meet(const ApiRequest& request) {
  Meeting out;
  const auto route = route_of(world_, request);  // reads the table alone, which never changes: no lock
  if (!route || !*route) return out;
  const auto& about = **route;
  for (const auto& fault :
       faults_.take(about.verb, about.type->plural, namespace_for_faults(about), about.name)) {
    out.latency += fault.latency;
    if (fault.kind == FaultKind::kStatus && !out.refusal) out.refusal = refusal_of(fault);
    if (fault.kind == FaultKind::kCutBefore) out.cut_before = true;
    if (fault.kind == FaultKind::kCutAfter) out.cut_after = true;
    if (fault.kind == FaultKind::kWatchGone) out.watch_gone = true;
  }
  return out;
}

ApiAnswer Engine::act(const ApiRequest& request, const Meeting& meeting) {
  if (meeting.refusal) return *meeting.refusal;
  ApiAnswer out;
  if (!meeting.cut_before) {
    const std::lock_guard lock(mutex_);
    if (request.method != "GET") ++writes_;
    out = answer(world_, request);
    hub_.follow(world_);
    if (out.watch && hub_.full()) out = answer(too_many_requests(1));
  }
  if (out.watch && meeting.watch_gone) out.watch->from = 0;  // older than anything that is known
  out.cut = meeting.cut_before || meeting.cut_after;
  out.latency = meeting.latency;
  return out;
}

void Engine::open_watch(const WatchRequest& watch, std::shared_ptr<http::Stream> stream) {
  const std::lock_guard lock(mutex_);
  hub_.open(world_, watch, std::move(stream));
}

ApiAnswer Engine::call(const ApiRequest& request) {
  auto out = act(request, meet(request));
  if (!out.watch || out.cut) return out;
  auto watch = std::move(*out.watch);
  out.watch.reset();
  watch.bookmarks = true;
  watch.timeout = seconds(0);
  const auto collected = std::make_shared<Collector>();
  const std::lock_guard lock(mutex_);
  WatchHub once(1, settings_.bookmark_interval);
  once.open(world_, std::move(watch), collected);
  once.look_at_time(world_);
  out.body = collected->text();
  return out;
}

std::string Engine::namespace_of_token(std::string_view token) const {
  const std::lock_guard lock(mutex_);
  return simcluster::namespace_of_token(world_, token);
}

ApiAnswer Engine::control(const ApiRequest& request) {
  auto out = handle_control(request, faults_);
  if (out.compact) compact();
  if (out.cut_watches) cut_watches(false);
  look_at_everything();
  return std::move(out.answer);
}

Page Engine::page(std::string_view host) {
  const std::lock_guard lock(mutex_);
  return page_for(world_, host);
}

void Engine::tick() {
  const std::lock_guard lock(mutex_);
  world_.wake();
  settle(world_);
  hub_.follow(world_);
  hub_.look_at_time(world_);
}

void Engine::compact() {
  const std::lock_guard lock(mutex_);
  hub_.follow(world_);
  world_.store_for_restore().compact(world_.store().revision());
}

void Engine::cut_watches(bool properly) {
  const std::lock_guard lock(mutex_);
  hub_.end_all(properly);
}

void Engine::look_at_everything() {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& ns : world_.store().list("namespaces")) world_.touch(name_of(*ns));
    world_.touch("");
  }
  tick();
}

Engine::Counts Engine::counts() const {
  const std::lock_guard lock(mutex_);
  return {world_.store().size(), hub_.size(), world_.store().revision(), writes_};
}

}  // namespace berth::simcluster
