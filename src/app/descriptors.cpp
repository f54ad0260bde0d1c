#include "app/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace berth::app {
namespace {

/// For the database, the log, files that are read for a moment, and connections that are only being refused.
constexpr std::size_t kOwnDescriptors = 256;
/// A limit of less than this is somebody's wish to see what happens.
constexpr std::size_t kLeastConnections = 16;

}  // namespace

std::size_t raise_descriptor_limit(const Log& log) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const auto before = limit.rlim_cur;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
      log.warning("the limit of open files cannot be raised", {{"soft", before}, {"hard", limit.rlim_max}});
      return static_cast<std::size_t>(before);
    }
  }
  log.info("limit of open files", {{"before", before}, {"now", limit.rlim_cur}});
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t connections_for(std::size_t descriptors, std::size_t wanted) {
  const auto left = descriptors > kOwnDescriptors ? descriptors - kOwnDescriptors : 0;
  return std::min(wanted, std::max(left, kLeastConnections));
}

}  // namespace berth::app
