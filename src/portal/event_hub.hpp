// Server-sent events: one thread hears the database and writes to every open stream what its viewer may see.
#pragma once

#include <cstdint>
#include <deque>
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

  /// True when there is room for one more: for this viewer, and over all. Two that ask at the same moment may
  /// both be let in: the bound is about memory, not about fairness.
  bool has_room(const model::UserId& viewer) const;

  /// From now on `stream` gets what comes after `after`; `missed` is what happened between, read by the
  /// caller. It begins with a ping that carries `after` as its id, so that a stream which ends before its
  /// first event is resumed where it began; with `reset` it does not, so that a reset is not taken for seen.
  void add(std::shared_ptr<http::Stream> stream, model::Viewer viewer, std::int64_t after,
           const std::vector<store::Event>& missed, bool reset);

  void stop();

 private:
  struct Client {
    std::shared_ptr<http::Stream> stream;
    model::Viewer viewer;
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

  pg::Settings database_;
  std::size_t most_streams_;
  DatabaseClock& clock_;
  Log log_;
  mutable std::mutex mutex_;  // guards all below
  std::vector<Client> clients_;
  std::deque<store::Event> recent_;  // the last kRecent, so that nobody falls between a read and `add`
  std::int64_t cursor_ = -1;         // the newest that was handed on; -1: not yet known
  std::int64_t recent_from_ = 0;     // everything after this id, up to `cursor_`, is in `recent_`
  bool stopped_ = false;
  std::unique_ptr<pg::Listener> listener_;
  std::jthread thread_;
};

}  // namespace berth::portal
