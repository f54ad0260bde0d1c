// Pools as they were declared, read again when a declaration was committed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "model/pool.hpp"

namespace berth::store {

/// Safe to call from several threads. Keeps one version of each pool: whoever asks says which revision
/// (berth.declared) they have read under the pool's lock, and gets nothing that goes with another one.
class PoolCache {
 public:
  std::shared_ptr<const model::Pool> find(model::PoolId id, std::int64_t revision) const;
  /// `revision` was read before the pool was.
  void keep(std::shared_ptr<const model::Pool> pool, std::int64_t revision);

 private:
  struct Kept {
    std::int64_t revision = 0;
    std::shared_ptr<const model::Pool> pool;
  };
  mutable std::mutex mutex_;
  std::map<model::PoolId, Kept> pools_;
};

}  // namespace berth::store
