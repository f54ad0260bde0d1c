// What Prometheus reads of this portal. prometheus-cpp is included by metrics.cpp and watched_metrics.cpp
// alone.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "http/http.hpp"

namespace berth::portal {

/// Safe to use from several threads.
class Metrics {
 public:
  explicit Metrics(std::string_view version);
  ~Metrics();

  /// `route` is the pattern, never the address itself: labels stay few.
  void count_request(std::string_view method, std::string_view route, int status,
                     std::chrono::duration<double> took);
  /// booked, replayed, refused.
  void count_booking(std::string_view outcome);
  void set_load(const http::Server::Load& load);

  /// The text exposition format.
  std::string text() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace berth::portal
