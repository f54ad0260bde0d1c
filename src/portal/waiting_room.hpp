// Requests whose answer somebody else makes, and lays into the database: they are looked for until they are
// there, and hold no thread meanwhile.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "portal/call.hpp"
#include "portal/gated_database.hpp"

namespace berth::portal {

/// What a handler leaves behind that hands its answer on to the room.
struct Sought {
  std::chrono::milliseconds patience{0};
  /// On the room's thread, with a connection of its own, now and then: the answer, or none yet. With `last`
  /// nobody waits any more: whatever was asked is taken back.
  std::function<Result<std::optional<http::Response>>(pg::Connection&, bool last)> look;
  /// Told where there was none in time.
  Error silence;
};

class WaitingRoom {
 public:
  struct Bounds {
    std::chrono::milliseconds every{100};  // looks while somebody waits; nobody looks else
    std::size_t most = 64;                 // who comes to a full one gets one look
  };

  struct Waiting {
    Sought sought;
    std::function<bool()> wanted;
    /// Called once, on the room's thread, or by `add` once it is stopped. Must not throw.
    std::function<void(HandlerResult)> done;
  };

  explicit WaitingRoom(GatedDatabase& database) : WaitingRoom(database, Bounds{}) {}
  WaitingRoom(GatedDatabase& database, Bounds bounds);
  ~WaitingRoom();
  WaitingRoom(const WaitingRoom&) = delete;
  WaitingRoom& operator=(const WaitingRoom&) = delete;

  void add(Waiting waiting);
  /// Everybody gets a last look, and is told that the portal stops. May be called again.
  void stop();

 private:
  using Steady = std::chrono::steady_clock;
  struct Seat {
    Waiting waiting;
    Steady::time_point until;
    bool turned_away = false;
  };

  void run();
  /// Who is answered leaves.
  void attend_all(std::vector<Seat>& seated, bool stopping);
  /// True when it was answered. Without a connection `without` says why there is none.
  bool attend(Seat& seat, pg::Connection* connection, const Error& without, bool stopping);

  GatedDatabase& database_;
  const Bounds bounds_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Seat> incoming_;  // guarded, as the next two
  std::size_t here_ = 0;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace berth::portal
