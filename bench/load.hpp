// Keep-alive connections that each send their next request when their last one was answered. One thread and
// epoll: the machine is shared with what is measured, so this has to be cheap.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace berth::bench {

struct Answer {
  int status = 0;
  std::string_view head;
  std::string_view body;  // as it came, compressed or not

  /// Of the first header with this name, in any case; empty when there is none.
  std::string_view header(std::string_view name) const;
};

struct Load {
  std::vector<std::uint16_t> ports;  // clients are dealt out over them in turn
  int clients = 1;
  double seconds = 5;
  double answers_within = 15;  // seconds after the last request was sent

  std::uint16_t port_of(std::size_t client) const { return ports[client % ports.size()]; }
};

/// The next request of a client, whole.
using Next = std::function<std::string(std::size_t client)>;
using Note = std::function<void(std::size_t client, const Answer& answer, double millis)>;

struct LoadEnd {
  double seconds = 0;
  double cpu_seconds = 0;  // that this program took itself
  std::size_t unanswered = 0;
};

/// Throws when the server cannot be reached or says what is no answer: then there is nothing to measure.
LoadEnd drive(const Load& load, const Next& next, const Note& note);

struct Tally {
  std::vector<double> good_millis;
  std::map<int, std::uint64_t> others;  // by status
  std::string sample;                   // of an answer that is not as it should be

  void note(bool good, const Answer& answer, double millis);
};

/// Everything about how long the good ones took, and what came instead of others.
boost::json::object summary(Tally tally, const LoadEnd& end);

std::vector<std::string> lines_of(const std::string& file);

[[noreturn]] void give_up(const std::string& what);

}  // namespace berth::bench
