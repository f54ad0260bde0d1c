// One file descriptor that is kept for the moment in which there are no others.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace berth::http {

class SpareDescriptor {
 public:
  SpareDescriptor() { static_cast<void>(take()); }
  ~SpareDescriptor() { static_cast<void>(give()); }
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;

  /// Takes one again; false where there is none to be had.
  bool take() {
    if (file_ < 0) file_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    return file_ >= 0;
  }
  /// False when it is given already.
  bool give() {
    if (file_ < 0) return false;
    ::close(std::exchange(file_, -1));
    return true;
  }

 private:
  int file_ = -1;
};

}  // namespace berth::http
