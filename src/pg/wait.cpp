#include "pg/wait.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace berth::pg {

namespace {

Waited poll_both(int socket, short events, int wake, Deadline deadline) {
  while (true) {
    // Poll skips a negative descriptor.
    std::array<pollfd, 2> watched{{{socket, events, 0}, {wake, POLLIN, 0}}};
    // Rounded up: rounded down, the last millisecond would be spent spinning.
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const auto limit = std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 60'000);
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(limit));
    if (ready < 0 && errno != EINTR) return Waited::kFailed;
    if (ready > 0 && watched[0].revents != 0) return Waited::kReady;
    if (ready > 0 && watched[1].revents != 0) return Waited::kWoken;
    if (ready == 0 && std::chrono::steady_clock::now() >= deadline) return Waited::kDeadline;
  }
}

}  // namespace

Waited wait_for(int socket, bool read, bool write, int wake, Deadline deadline) {
  if (socket < 0) return Waited::kFailed;
  return poll_both(socket, static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0)), wake, deadline);
}

Waited wait_for_wake(int wake, Deadline deadline) {
  return poll_both(-1, 0, wake, deadline);
}

}  // namespace berth::pg
