#include "portal/event_hub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.hpp"
#include "pg/listener.hpp"
#include "portal/told_once.hpp"
#include "store/author.hpp"
#include "store/program_role.hpp"

namespace berth::portal {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kRecent = 4096;
constexpr int kReadBack = 256;
constexpr std::size_t kStreamsPerUser = 32;
constexpr std::chrono::seconds kPingEvery{15};
constexpr std::chrono::seconds kLookWhoIsShutOutEvery{2};
/// The stream ends and its page comes back: rights and sessions are looked at anew.
constexpr std::chrono::minutes kStreamLife{5};
constexpr std::chrono::milliseconds kListenWait{1'000};

std::string ping_text(Instant now) {
  return fmt::format("event: ping\ndata: {{\"server_time\":\"{}\"}}\n\n", format_rfc3339(now));
}

std::string opening_text(std::optional<std::int64_t> begins_after, Instant now) {
  const auto id = begins_after ? fmt::format("id: {}\n", *begins_after) : std::string();
  return "retry: 2000\n" + id + ping_text(now);
}

std::string reset_text(std::int64_t newest) {
  return fmt::format("id: {}\nevent: reset\ndata: {{}}\n\n", newest);
}

bool may_see(const store::Event& event, const model::Viewer& viewer) {
  return event.owner && event.reservation &&
         model::allowed(viewer, model::Action::kSee, *event.reservation, *event.owner, event.team);
}

std::string event_text(const store::Event& event, bool visible) {
  json::object data{{"kind", event.kind}, {"at", format_rfc3339(event.at)}};
  if (event.pool) data["pool"] = *event.pool;
  if (event.reservation && visible) data["reservation"] = event.reservation->value;
  if (event.reservation && !visible) data["kind"] = store::event_kind::kCalendar;
  return fmt::format("id: {}\nevent: change\ndata: {}\n\n", event.id, json::serialize(data));
}

/// One event for many streams: there are only two texts of it.
class Rendered {
 public:
  explicit Rendered(const store::Event& event) : event_(event) {}
  const std::string& text_for(const model::Viewer& viewer) {
    auto& text = may_see(event_, viewer) ? seen_ : hidden_;
    if (text.empty()) text = event_text(event_, &text == &seen_);
    return text;
  }

 private:
  const store::Event& event_;
  std::string seen_;
  std::string hidden_;
};

/// Each trouble goes to the log once with its reason, and so does its end.
class Troubles {
 public:
  explicit Troubles(const Log& log) : log_(log) {}
  void tell(const std::string& trouble, const Status& status) {
    if (!told_[trouble].is_news(status ? std::string() : status.error().message)) return;
    if (status) {
      log_.info("it is over", {{"trouble", trouble}});
    } else {
      log_.warning(trouble, {{"error", status.error().message}});
    }
  }

 private:
  const Log& log_;
  std::map<std::string, ToldOnce> told_;
};

/// Why events could not be read: what is asked first is asked once more.
Status readable(pg::Connection& connection, bool were_read) {
  if (were_read) return {};
  const auto newest = store::newest_event(connection);
  return newest ? Status() : Status(fail(newest.error()));
}

}  // namespace

std::string event_text(const store::Event& event, const model::Viewer& viewer) {
  return event_text(event, may_see(event, viewer));
}

EventHub::EventHub(pg::Settings database, std::size_t most_streams, DatabaseClock& clock, Log log)
    : database_(std::move(database)),
      most_streams_(most_streams),
      clock_(clock),
      log_(std::move(log)),
      listener_(std::make_unique<pg::Listener>(database_,
                                               std::vector<std::string>{std::string(store::kEventChannel)})),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

EventHub::~EventHub() {
  stop();
}

void EventHub::stop() {
  if (thread_.joinable()) {
    thread_.request_stop();
    listener_->interrupt();
    thread_.join();
  }
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (auto& client : clients_) client.stream->finish();
  clients_.clear();
}

std::shared_ptr<EventHub::Room> EventHub::reserve(const model::UserId& viewer) {
  const std::lock_guard lock(mutex_);
  forget_closed();
  std::size_t all = clients_.size();
  for (const auto& [user, count] : reserved_) all += count;
  const auto own = std::count_if(clients_.begin(), clients_.end(),
                                 [&](const Client& client) { return client.viewer.id == viewer; });
  const auto waiting = reserved_.find(viewer);
  const auto taken = static_cast<std::size_t>(own) + (waiting == reserved_.end() ? 0 : waiting->second);
  if (all >= most_streams_ || taken >= kStreamsPerUser) return nullptr;
  ++reserved_[viewer];
  return std::make_shared<Room>(*this, viewer);
}

void EventHub::give_back(const model::UserId& viewer) {
  const std::lock_guard lock(mutex_);
  const auto found = reserved_.find(viewer);
  if (--found->second == 0) reserved_.erase(found);
}

void EventHub::add(Room& room, std::shared_ptr<http::Stream> stream, Subscriber subscriber,
                   std::int64_t after, const std::vector<store::Event>& missed, bool reset) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return stream->finish();
  const auto reserved = reserved_.find(room.viewer_);
  if (--reserved->second == 0) reserved_.erase(reserved);
  room.taken_ = true;
  Client client{std::move(stream), std::move(subscriber.viewer), std::move(subscriber.credential), after,
                Steady::now()};
  const auto send = [&](const store::Event& event) {
    if (event.id <= client.seen) return;
    client.stream->send(event_text(event, client.viewer));
    client.seen = event.id;
  };
  const auto read_up_to = missed.empty() ? after : missed.back().id;
  if (cursor_ < 0) {
    // Nothing was read yet: reading begins where this stream ends, and nobody misses what lies between.
    cursor_ = recent_from_ = read_up_to;
  } else if (recent_from_ > read_up_to) {
    // Events fell between the caller's read and now that are no longer kept here either.
    reset = true;
  }
  client.stream->send(opening_text(reset ? std::nullopt : std::optional(after), clock_.now()));
  if (reset) {
    client.seen = std::max(after, cursor_);
    client.stream->send(reset_text(client.seen));
  } else {
    for (const auto& event : missed) send(event);
    for (const auto& event : recent_) send(event);
  }
  clients_.push_back(std::move(client));
}

std::optional<std::int64_t> EventHub::handed_on() const {
  const std::lock_guard lock(mutex_);
  return cursor_ < 0 ? std::nullopt : std::optional(cursor_);
}

void EventHub::start_over(std::int64_t newest) {
  cursor_ = recent_from_ = newest;
  recent_.clear();
  for (auto& client : clients_) {
    client.seen = newest;
    client.stream->send(reset_text(newest));
  }
}

void EventHub::forget_closed() {
  std::erase_if(clients_, [](const Client& client) { return !client.stream->open(); });
}

bool EventHub::pump(pg::Connection& connection) {
  std::int64_t after = 0;
  {
    const std::lock_guard lock(mutex_);
    after = cursor_;
  }
  if (after < 0) {
    const auto newest = store::newest_event(connection);
    if (!newest) return false;
    // From a while ago: a stream whose own events were read before the newest was asked for misses none.
    const auto begin = store::event_before(connection, *newest, kReadBack);
    if (!begin) return false;
    const std::lock_guard lock(mutex_);
    if (cursor_ < 0)
      cursor_ = recent_from_ = *begin;  // a stream that came meanwhile has set it to its own place
    after = cursor_;
  }
  while (true) {
    const auto found = store::events_after(connection, after);
    if (!found) return false;
    if (found->gap) {
      const auto newest = store::newest_event(connection);
      if (!newest) return false;
      const std::lock_guard lock(mutex_);
      start_over(*newest);
      return true;
    }
    const std::lock_guard lock(mutex_);
    for (const auto& event : found->events) {
      Rendered rendered(event);
      for (auto& client : clients_) {
        if (event.id <= client.seen) continue;
        client.stream->send(rendered.text_for(client.viewer));
        client.seen = event.id;
      }
      recent_.push_back(event);
      after = cursor_ = event.id;
    }
    while (recent_.size() > kRecent) {
      recent_from_ = recent_.front().id;
      recent_.pop_front();
    }
    if (found->events.size() < static_cast<std::size_t>(store::kMaxEventsAtOnce)) return true;
  }
}

bool EventHub::read_clock(pg::Connection& connection) {
  const auto asked = Steady::now();
  const auto told = store::database_now(connection);
  if (told) clock_.note(*told, asked, Steady::now());
  return told.has_value();
}

bool EventHub::end_those_shut_out(pg::Connection& connection) {
  std::set<store::Credential> asked;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& client : clients_) asked.insert(client.credential);
  }
  if (asked.empty()) return true;
  const auto good = store::still_good(connection, asked);
  if (!good) return false;
  const std::lock_guard lock(mutex_);
  for (auto& client : clients_) {
    // One that was opened since was not asked for.
    if (asked.contains(client.credential) && !good->contains(client.credential)) client.stream->finish();
  }
  forget_closed();
  return true;
}

void EventHub::ping() {
  const std::lock_guard lock(mutex_);
  const auto text = ping_text(clock_.now());
  const auto now = Steady::now();
  for (auto& client : clients_) {
    if (now - client.since > kStreamLife) {
      client.stream->finish();
    } else {
      client.stream->send(text);
    }
  }
  forget_closed();
}

void EventHub::run(const std::stop_token& stop) {
  std::optional<pg::Connection> connection;
  auto next_ping = Steady::now() + kPingEvery;
  auto next_reading = Steady::now();
  auto next_look = Steady::now();
  bool behind = true;
  bool fit = false;
  Troubles troubles(log_);
  while (!stop.stop_requested()) {
    const auto heard = listener_->wait(kListenWait, stop);
    if (stop.stop_requested()) break;
    behind = behind || heard.may_have_missed || !heard.notifications.empty();
    const bool clock_is_due = Steady::now() >= next_reading;
    const bool look_is_due = Steady::now() >= next_look;
    // Also unasked: no page is to be behind for longer, whatever became of a notification.
    behind = behind || look_is_due;
    if ((behind || clock_is_due || look_is_due) && (!connection || connection->broken())) {
      connection.reset();
      auto made = pg::Connection::connect(database_);
      if (made) connection.emplace(std::move(*made));
      troubles.tell("the database cannot be reached", made ? Status() : Status(fail(made.error())));
      fit = false;
    }
    // A database that does not fit is looked at again, as somebody may be migrating it.
    if (connection && !fit && (behind || clock_is_due)) {
      const auto fits = store::check_portal_database(*connection);
      fit = fits.has_value();
      if (!connection->broken()) troubles.tell("the database is not as the portal needs it", fits);
    }
    if (clock_is_due && connection && read_clock(*connection))
      next_reading = Steady::now() + DatabaseClock::kReadEvery;
    if (look_is_due && connection && end_those_shut_out(*connection))
      next_look = Steady::now() + kLookWhoIsShutOutEvery;
    if (behind) {
      behind = !connection || !pump(*connection);
      if (connection && fit) troubles.tell("events cannot be read right now", readable(*connection, !behind));
    }
    if (Steady::now() >= next_ping) {
      ping();
      next_ping = Steady::now() + kPingEvery;
    }
  }
}

}  // namespace berth::portal
