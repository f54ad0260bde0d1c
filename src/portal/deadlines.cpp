#include "portal/deadlines.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace berth::portal {
namespace {

constexpr std::chrono::milliseconds kConnectTimeout{3'000};
constexpr std::chrono::milliseconds kStatementTimeout{5'000};
constexpr std::chrono::milliseconds kCancelGrace{500};
constexpr std::chrono::milliseconds kReadinessTimeout{1'000};
constexpr std::chrono::milliseconds kReadinessGrace{200};
// A portal whose host vanishes in the middle of a booking has the pool's lock: nobody else books there until
// the server ends its session. Between two statements the portal only computes, for far less than this.
constexpr std::chrono::milliseconds kIdleInTransactionTimeout{10'000};

pg::Settings with_deadlines(pg::Settings settings, std::chrono::milliseconds connect,
                            std::chrono::milliseconds statement, std::chrono::milliseconds grace) {
  settings.connect_timeout = std::min(settings.connect_timeout, connect);
  settings.statement_timeout = std::min(settings.statement_timeout, statement);
  settings.cancel_grace = std::min(settings.cancel_grace, grace);
  settings.idle_in_transaction_timeout =
      std::min(settings.idle_in_transaction_timeout, kIdleInTransactionTimeout);
  return settings;
}

}  // namespace

pg::Settings for_requests(pg::Settings settings) {
  return with_deadlines(std::move(settings), kConnectTimeout, kStatementTimeout, kCancelGrace);
}

pg::Settings for_readiness(pg::Settings settings) {
  return with_deadlines(std::move(settings), kReadinessTimeout, kReadinessTimeout, kReadinessGrace);
}

}  // namespace berth::portal
