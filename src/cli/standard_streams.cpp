#include "cli/standard_streams.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace berth::cli {
namespace {

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    // Somebody else may have made it one that does not wait.
    pollfd one{.fd = file, .events = POLLOUT, .revents = 0};
    if (errno == EAGAIN) {
      ::poll(&one, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

InputReader::InputReader(int file, std::size_t most, std::function<void(std::string)> take)
    : take_(std::move(take)),
      wake_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this, file, most] { run(file, most); }) {}

InputReader::~InputReader() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto told = ::write(wake_, &one, sizeof(one));
  thread_.join();
  ::close(wake_);
}

void InputReader::more() {
  const std::lock_guard lock(mutex_);
  wanted_ = true;
  changed_.notify_all();
}

bool InputReader::wait_until_wanted() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return wanted_ || stopped_; });
  wanted_ = false;
  return !stopped_;
}

void InputReader::run(int file, std::size_t most) {
  std::string piece;
  while (wait_until_wanted()) {
    for (;;) {
      std::array<pollfd, 2> files{pollfd{.fd = file, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = wake_, .events = POLLIN, .revents = 0}};
      const int ready = ::poll(files.data(), files.size(), -1);
      if (files[1].revents != 0) return;
      if (ready < 0 && errno == EINTR) continue;
      piece.resize(most);
      const auto size = ::read(file, piece.data(), piece.size());
      if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      piece.resize(size > 0 ? static_cast<std::size_t>(size) : 0);  // a terminal that has gone is an end, too
      break;
    }
    const bool ended = piece.empty();
    take_(std::move(piece));
    if (ended) return;
  }
}

OutputWriter::OutputWriter(std::function<void(bool)> done)
    : done_(std::move(done)), thread_([this] { run(); }) {}

OutputWriter::~OutputWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void OutputWriter::write(int file, std::string bytes) {
  const std::lock_guard lock(mutex_);
  piece_ = {file, std::move(bytes)};
  changed_.notify_all();
}

void OutputWriter::run() {
  for (;;) {
    std::optional<Piece> piece;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return piece_ || stopped_; });
      piece = std::exchange(piece_, std::nullopt);
    }
    if (!piece) return;
    done_(write_all(piece->file, piece->bytes));
  }
}

}  // namespace berth::cli
