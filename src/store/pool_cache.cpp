#include "store/pool_cache.hpp"

namespace berth::store {

std::shared_ptr<const model::Pool> PoolCache::find(model::PoolId id, std::int64_t revision) const {
  const std::lock_guard lock(mutex_);
  const auto found = pools_.find(id);
  return found == pools_.end() || found->second.revision != revision ? nullptr : found->second.pool;
}

void PoolCache::keep(std::shared_ptr<const model::Pool> pool, std::int64_t revision) {
  const std::lock_guard lock(mutex_);
  auto& kept = pools_[pool->id];
  if (revision >= kept.revision) kept = {revision, std::move(pool)};
}

}  // namespace berth::store
