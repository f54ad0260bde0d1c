// Server-sent events: one thread hears the database and writes to every open stream what its viewer may see.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "http/http.hpp"
#include "model/permissions.hpp"
#include "pg/pg.hpp"
#include "portal/database_clock.hpp"
#include "store/credentials.hpp"
#include "store/events.hpp"

namespace berth::portal {

/// One event as the stream carries it for this viewer. What concerns a reservation they may not see is a
/// change of the calendar to them, without its id.
std::string event_text(const store::Event& event, const model::Viewer& viewer);

class EventHub {
 public:
  /// Reads `clock` now and then, as it has a connection anyway; it must outlive this.
  EventHub(pg::Settings database, std::size_t most_streams, DatabaseClock& clock, Log log);
  ~EventHub();
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// Room for one stream of a viewer; it is free again when this goes without a stream.
  class Room {
   public:
    Room(EventHub& hub, model::UserId viewer) : hub_(hub), viewer_(std::move(viewer)) {}
    ~Room() {
      if (!taken_) hub_.give_back(viewer_);
    }
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;

   private:
    friend class EventHub;
    EventHub& hub_;
    const model::UserId viewer_;
    bool taken_ = false;
  };
  /// None when this viewer has as many as one may have, or all together.
  std::shared_ptr<Room> reserve(const model::UserId& viewer);

  /// Whose stream it is, and what it was opened with: it ends soon after that is no longer good.
  struct Subscriber {
    model::Viewer viewer;
    store::Credential credential;
  };

  /// From now on `stream` gets what comes after `after`; `missed` is what happened between, read by the
  /// caller. It begins with a ping that carries `after` as its id, so that a stream which ends before its
  /// first event is resumed where it began; with `reset` it does not, so that a reset is not taken for seen.
  void add(Room& room, std::shared_ptr<http::Stream> stream, Subscriber subscriber, std::int64_t after,
           const std::vector<store::Event>& missed, bool reset);

  /// The newest event that was handed on: whatever is read from now on shows it. None while none was read.
  std::optional<std::int64_t> handed_on() const;

  void stop();

 private:
  struct Client {
    std::shared_ptr<http::Stream> stream;
    model::Viewer viewer;
    store::Credential credential;
    std::int64_t seen = 0;
    std::chrono::steady_clock::time_point since;
  };

  void run(const std::stop_token& stop);
  /// Reads what is new and hands it on. False when the database did not answer.
  bool pump(pg::Connection& connection);
  /// False when the database did not answer.
  bool read_clock(pg::Connection& connection);
  void ping();
  /// For all open streams: what was not seen is not known, look at everything. With the lock held.
  void start_over(std::int64_t newest);
  void forget_closed();
  void give_back(const model::UserId& viewer);
  /// Ends the streams whose credentials are no longer good. False when the database did not answer.
  bool end_those_shut_out(pg::Connection& connection);

  pg::Settings database_;
  std::size_t most_streams_;
  DatabaseClock& clock_;
  Log log_;
  mutable std::mutex mutex_;  // guards all below
  std::vector<Client> clients_;
  std::map<model::UserId, std::size_t> reserved_;  // rooms without a stream yet
  std::deque<store::Event> recent_;  // the last kRecent, so that nobody falls between a read and `add`
  std::int64_t cursor_ = -1;         // the newest that was handed on; -1: not yet known
  std::int64_t recent_from_ = 0;     // everything after this id, up to `cursor_`, is in `recent_`
  bool stopped_ = false;
  std::unique_ptr<pg::Listener> listener_;
  std::jthread thread_;
};

}  // namespace berth::portal
