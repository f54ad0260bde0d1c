#include "pg/cancel.hpp"

#include <libpq-fe.h>

#include <array>
#include <memory>
#include <system_error>
#include <thread>

namespace berth::pg {
namespace {

struct CancelDeleter {
  void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
};

bool send_request(PGcancel* cancel) {
  std::array<char, 256> reason{};  // the size that libpq recommends
  return PQcancel(cancel, reason.data(), static_cast<int>(reason.size())) == 1;
}

}  // namespace

Cancel::Cancel(pg_conn* connection) {
  std::unique_ptr<PGcancel, CancelDeleter> cancel(PQgetCancel(connection));
  if (!cancel) return;
  std::packaged_task<bool()> task([held = std::move(cancel)] { return send_request(held.get()); });
  auto delivered = task.get_future();
  try {
    std::thread(std::move(task)).detach();
  } catch (const std::system_error&) {
    return;  // no thread to be had: not delivered, so the connection is given up
  }
  delivered_ = std::move(delivered);
}

bool Cancel::delivered_by(Deadline deadline) {
  return delivered_.valid() && delivered_.wait_until(deadline) == std::future_status::ready &&
         delivered_.get();
}

}  // namespace berth::pg
