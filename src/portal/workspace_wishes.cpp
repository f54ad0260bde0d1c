#include "portal/workspace_wishes.hpp"

#include <utility>

#include "pg/listener.hpp"
#include "portal/render.hpp"
#include "store/check.hpp"
#include "store/unusable.hpp"
#include "store/users.hpp"

namespace berth::portal {
namespace {

/// Looked for although nothing was heard: what a portal took that is gone has to be taken by another.
constexpr std::chrono::milliseconds kLookEvery{5'000};
/// Where the audit log has it that it came from.
constexpr const char* kSource = "workspace";

said::Answer answer_to(const store::TakenWish& taken) {
  return {.id = taken.id, .granted = false, .end = taken.end};
}

said::Answer refusal(const store::TakenWish& taken, std::string why) {
  auto answer = answer_to(taken);
  answer.message = std::move(why);
  return answer;
}

/// What is clear before anybody's rules are asked; nothing where they have to be.
std::optional<said::Answer> answered_at_once(const store::TakenWish& taken) {
  if (!taken.runs) return refusal(taken, "The reservation is over, or ends already.");
  if (!taken.until) return refusal(taken, "Nobody can book until that time.");
  // Also one that was granted by a portal that went away before it could say so.
  if (taken.end >= *taken.until) {
    auto answer = answer_to(taken);
    answer.granted = true;
    return answer;
  }
  if (!taken.in_time) return refusal(taken, "Nobody decided it in time, so nothing was changed. Ask again.");
  return std::nullopt;
}

/// It was decided, and will be decided the same when it is asked again.
bool is_final(const Error& error) {
  return error.code == Code::kInvalid || error.code == Code::kConflict || error.code == Code::kForbidden ||
         error.code == Code::kNotFound;
}

store::ExtendRequest extension_of(const store::TakenWish& taken) {
  return {.version = taken.version, .end = {}, .by = std::chrono::ceil<minutes>(*taken.until - taken.end)};
}

std::string why_refused(pg::Connection& connection, const store::TakenWish& taken,
                        const store::Refused& refused) {
  auto why = sentence(refused);
  if (refused.shortage.resource != booking::Shortage::Resource::kUnits) return why;
  // The refusal stands without it.
  const store::AboutUnits about{.pool = {}, .device_class = {}, .reservation = taken.reservation};
  const auto unusable = store::why_unusable(connection, about, refused.shortage.at);
  return unusable && !unusable->empty() ? why + " " + *unusable : why;
}

/// How far it could go instead, where that can be told.
void tell_furthest(pg::Connection& connection, const store::TakenWish& taken, const model::Viewer& owner,
                   said::Answer& answer) {
  const auto forecast =
      store::check_extend(connection, owner, taken.reservation, {.version = {}, .end = {}, .by = minutes(1)});
  if (!forecast || !forecast->furthest) return;
  const auto& furthest = *forecast->furthest;
  if (furthest.end && *furthest.end > answer.end) answer.furthest = furthest.end;
  const auto* shortage = std::get_if<booking::Shortage>(&furthest.limit);
  answer.limit = shortage != nullptr ? sentence(*shortage) : std::get<Error>(furthest.limit).message;
}

/// Nothing where it is not known what became of it: it is looked at again.
std::optional<said::Answer> answer_of(pg::Connection& connection, const store::TakenWish& taken,
                                      const model::Viewer& owner, const Result<store::Answer>& given) {
  if (!given && !is_final(given.error())) return std::nullopt;
  if (const auto* changed = given ? std::get_if<store::Changed>(&*given) : nullptr) {
    auto answer = answer_to(taken);
    answer.granted = true;
    answer.end = changed->view.reservation.window.end;
    return answer;
  }
  auto answer = answer_to(taken);
  if (!given) {
    answer.message = given.error().message;
  } else if (const auto* stale = std::get_if<store::Stale>(&*given)) {
    answer.end = stale->current.reservation.window.end;
    answer.message = "Someone changed the reservation meanwhile. Ask again.";
  } else {
    answer.message = why_refused(connection, taken, std::get<store::Refused>(*given));
  }
  tell_furthest(connection, taken, owner, answer);
  return answer;
}

}  // namespace

WorkspaceWishes::WorkspaceWishes(const pg::Settings& listening, GatedDatabase& database, Desk& desk, Log log)
    : database_(database),
      desk_(desk),
      log_(std::move(log)),
      listener_(std::make_unique<pg::Listener>(listening,
                                               std::vector<std::string>{std::string(store::kWishChannel)})),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

WorkspaceWishes::~WorkspaceWishes() {
  stop();
}

void WorkspaceWishes::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  listener_->interrupt();
  thread_.join();
  std::unique_lock lock(mutex_);
  decided_.wait(lock, [this] { return deciding_.empty(); });  // the desk answers what it was handed
}

void WorkspaceWishes::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    listener_->wait(kLookEvery, stop);
    try {
      while (!stop.stop_requested() && serve_one()) {
      }
    } catch (const std::exception& fault) {
      log_.error("a workspace's wish was not decided", {{"error", fault.what()}});
    }
  }
}

bool WorkspaceWishes::serve_one() {
  std::optional<store::TakenWish> taken;
  std::optional<store::ChangeWish> change;
  const auto busy = [this] {
    const std::lock_guard lock(mutex_);
    return std::vector<model::PoolId>(deciding_.begin(), deciding_.end());
  }();
  const auto judge = [&](pg::Connection& connection) -> Status {
    auto next = store::take_wish(connection, busy);
    if (!next) return fail(next.error());
    taken = std::move(*next);
    if (!taken) return {};
    if (const auto answer = answered_at_once(*taken))
      return store::answer_wish(connection, taken->session, *answer);
    auto owner = store::load_viewer(connection, taken->owner);
    if (!owner && owner.error().code == Code::kNotFound) {
      return store::answer_wish(
          connection, taken->session,
          refusal(*taken, "The account of its owner is disabled, so it cannot be extended."));
    }
    if (!owner) return fail(owner.error());
    store::ChangeWish asked{.viewer = std::move(*owner),
                            .id = taken->reservation,
                            .version = taken->version,
                            .change = extension_of(*taken),
                            .not_after = taken->good_until};
    const auto may = store::pool_of(connection, asked);
    if (!may && is_final(may.error()))
      return store::answer_wish(connection, taken->session, refusal(*taken, may.error().message));
    if (!may) return fail(may.error());
    change = std::move(asked);
    return {};
  };
  Status judged;
  const auto had = database_.with([&](pg::Connection& connection) { judged = judge(connection); });
  if (had && !judged) log_.warning("a workspace's wish was not decided", {{"error", judged.error().message}});
  if (!had || !judged || !taken) return false;
  if (change) decide(*taken, std::move(*change));
  return true;
}

void WorkspaceWishes::decide(const store::TakenWish& taken, store::ChangeWish change) {
  {
    const std::lock_guard lock(mutex_);
    deciding_.insert(taken.pool);
  }
  auto answer = [this, taken, owner = change.viewer](pg::Connection& connection,
                                                     const Result<store::Answer>& given) {
    const auto known = answer_of(connection, taken, owner, given);
    const auto told =
        known ? store::answer_wish(connection, taken.session, *known) : Status(fail(given.error()));
    if (!told) log_.warning("a workspace's wish has no answer yet", {{"error", told.error().message}});
  };
  desk_.post({.pool = taken.pool,
              .wish = {store::author_of(taken.owner, taken.id, kSource), std::move(change)},
              .wanted = [] { return true; },
              .done =
                  [this, pool = taken.pool, answer = std::move(answer)](pg::Connection* connection,
                                                                        Result<store::Answer> given) {
                    try {
                      if (connection != nullptr) answer(*connection, given);
                    } catch (const std::exception& fault) {
                      log_.error("a workspace's wish has no answer", {{"error", fault.what()}});
                    }
                    is_decided(pool);
                  }});
}

/// The next of that pool may be taken. All under the lock: without it this may be gone.
void WorkspaceWishes::is_decided(model::PoolId pool) {
  const std::lock_guard lock(mutex_);
  deciding_.erase(pool);
  listener_->interrupt();
  decided_.notify_all();
}

}  // namespace berth::portal
