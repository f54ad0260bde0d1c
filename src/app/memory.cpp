#include "app/memory.hpp"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace berth::app {

void keep_little_memory() {
#ifdef __GLIBC__
  constexpr int kPools = 2;
  constexpr int kMappedFrom = 128 << 10;
  // Refused (0) it is as it was, which is no fault.
  mallopt(M_ARENA_MAX, kPools);
  mallopt(M_MMAP_THRESHOLD, kMappedFrom);
#endif
}

}  // namespace berth::app
