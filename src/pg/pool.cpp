#include "pg/pool.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

namespace berth::pg {

struct Pool::Slot {
  std::optional<Connection> connection;  // empty: to be made
};

struct Pool::Shared {
  Settings settings;
  std::size_t size;
  std::mutex mutex;
  std::condition_variable freed;
  std::vector<std::unique_ptr<Slot>> idle;  // the last one back is the first one lent: warm caches
};

Pool::Pool(const Settings& settings, std::size_t size) : shared_(std::make_shared<Shared>()) {
  if (size == 0) throw Misuse("a pool of no connections");
  shared_->settings = settings;
  shared_->size = size;
  for (std::size_t i = 0; i < size; ++i) shared_->idle.push_back(std::make_unique<Slot>());
}

Pool::~Pool() = default;

Result<Pool::Lease> Pool::lease(std::chrono::milliseconds timeout) {
  std::unique_ptr<Slot> slot;
  {
    std::unique_lock lock(shared_->mutex);
    if (!shared_->freed.wait_for(lock, timeout, [&] { return !shared_->idle.empty(); })) {
      return fail(
          Code::kUnavailable,
          fmt::format("all {} database connections were in use for {} ms", shared_->size, timeout.count()),
          std::string(kNoConnectionFree));
    }
    slot = std::move(shared_->idle.back());
    shared_->idle.pop_back();
  }
  Lease lease(shared_, std::move(slot));  // from here on the slot goes back, whatever happens
  auto& connection = lease.slot_->connection;
  if (connection && !connection->still_open()) connection.reset();
  if (!connection) {
    auto made = Connection::connect(shared_->settings);
    if (!made) return fail(made.error());
    connection.emplace(std::move(*made));
  }
  return lease;
}

Pool::Lease::Lease(std::shared_ptr<Shared> shared, std::unique_ptr<Slot> slot)
    : shared_(std::move(shared)), slot_(std::move(slot)) {}

Pool::Lease::Lease(Lease&&) noexcept = default;

Pool::Lease::~Lease() {
  if (!slot_) return;
  auto& connection = slot_->connection;
  if (connection && (connection->broken() || connection->in_transaction())) connection.reset();
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->idle.push_back(std::move(slot_));
  }
  shared_->freed.notify_one();
}

Connection& Pool::Lease::operator*() const {
  return *slot_->connection;
}

}  // namespace berth::pg
