#include "portal/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>

namespace berth::portal {

namespace {

/// Methods are the client's to invent; label values are not.
bool known(std::string_view method) {
  constexpr std::array<std::string_view, 7> kKnown{"GET",   "HEAD",   "POST",   "PUT",
                                                   "PATCH", "DELETE", "OPTIONS"};
  return std::find(kKnown.begin(), kKnown.end(), method) != kKnown.end();
}

}  // namespace

struct Metrics::Parts {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("berth_http_requests_total")
                                                          .Help("Requests answered")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& durations =
      prometheus::BuildHistogram()
          .Name("berth_http_request_seconds")
          .Help("Time from the whole request to its answer")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& bookings =
      prometheus::BuildCounter().Name("berth_bookings_total").Help("Bookings by outcome").Register(registry);
  prometheus::Family<prometheus::Gauge>& load =
      prometheus::BuildGauge()
          .Name("berth_http_open")
          .Help("Open connections, streams, queued requests, requests that the desk answers")
          .Register(registry);
};

Metrics::Metrics(std::string_view version) : parts_(std::make_unique<Parts>()) {
  prometheus::BuildGauge()
      .Name("berth_build_info")
      .Help("1, labelled with the version")
      .Register(parts_->registry)
      .Add({{"version", std::string(version)}})
      .Set(1);
}
Metrics::~Metrics() = default;

void Metrics::count_request(std::string_view method, std::string_view route, int status,
                            std::chrono::duration<double> took) {
  const prometheus::Labels labels{{"method", std::string(known(method) ? method : "other")},
                                  {"route", std::string(route)}};
  auto counted = labels;
  counted["status"] = std::to_string(status);
  parts_->requests.Add(counted).Increment();
  parts_->durations
      .Add(labels, prometheus::Histogram::BucketBoundaries{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                           0.5, 1, 2.5, 10})
      .Observe(took.count());
}

void Metrics::count_booking(std::string_view outcome) {
  parts_->bookings.Add({{"outcome", std::string(outcome)}}).Increment();
}

void Metrics::set_load(const http::Server::Load& load) {
  parts_->load.Add({{"what", "connections"}}).Set(static_cast<double>(load.connections));
  parts_->load.Add({{"what", "streams"}}).Set(static_cast<double>(load.streams));
  parts_->load.Add({{"what", "queued"}}).Set(static_cast<double>(load.queued));
  parts_->load.Add({{"what", "answered_later"}}).Set(static_cast<double>(load.later));
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(parts_->registry.Collect());
}

}  // namespace berth::portal
