// The open watches: each is sent the changes it asked for, as they happen.
#pragma once

#include <cstddef>
#include <list>
#include <memory>

#include "http/http.hpp"
#include "simcluster/api.hpp"

namespace berth::simcluster {

class WatchHub {
 public:
  WatchHub(std::size_t max_watches, std::chrono::milliseconds bookmark_interval)
      : max_watches_(max_watches), bookmark_interval_(bookmark_interval) {}

  bool full() const { return watches_.size() >= max_watches_; }
  std::size_t size() const { return watches_.size(); }

  /// Sends what is there already, and then follows. A version that is forgotten gets an ERROR event with 410.
  void open(const World& world, WatchRequest request, std::shared_ptr<http::Stream> stream);
  /// Sends the changes since the last time; drops watches whose other end is gone.
  void follow(const World& world);
  /// Ends watches whose time is over and sends bookmarks that are due.
  void look_at_time(const World& world);
  /// Ends all: properly, or by cutting the connection.
  void end_all(bool properly);

 private:
  struct Watch {
    WatchRequest request;
    std::shared_ptr<http::Stream> stream;
    Revision sent;
    Instant ends;
    Instant next_bookmark;
  };
  bool send_event(Watch& watch, const StoreEvent& event) const;

  std::size_t max_watches_;
  std::chrono::milliseconds bookmark_interval_;
  std::list<Watch> watches_;
  Revision followed_ = 0;
};

}  // namespace berth::simcluster
