#include "http/stream.hpp"

#include <utility>

namespace berth::http {
namespace {

class StreamHandle final : public Stream {
 public:
  explicit StreamHandle(std::shared_ptr<StreamQueue> queue) : queue_(std::move(queue)) {}
  ~StreamHandle() override { queue_->abandon(); }
  StreamHandle(const StreamHandle&) = delete;
  StreamHandle& operator=(const StreamHandle&) = delete;

  bool send(std::string bytes) override { return queue_->send(std::move(bytes)); }
  void finish() override { queue_->finish(); }
  bool open() const override { return queue_->open(); }

 private:
  std::shared_ptr<StreamQueue> queue_;
};

}  // namespace

StreamQueue::StreamQueue(std::size_t limit_bytes, std::function<void()> wake)
    : limit_bytes_(limit_bytes), wake_(std::move(wake)) {}

bool StreamQueue::send(std::string bytes) {
  const std::lock_guard lock(mutex_);
  if (closed_ || finished_ || too_slow_) return false;
  if (bytes.empty()) return true;
  if (bytes.size() > limit_bytes_ - waiting_.size() - in_flight_bytes_) {
    too_slow_ = true;
    woken_ = false;  // a wake before this one may be waiting for the very write that is stuck
    wake_once();
    return false;
  }
  if (waiting_.empty()) {
    waiting_ = std::move(bytes);
  } else {
    waiting_ += bytes;
  }
  wake_once();
  return true;
}

void StreamQueue::finish() {
  const std::lock_guard lock(mutex_);
  if (finished_ || closed_) return;
  finished_ = true;
  wake_once();
}

void StreamQueue::abandon() {
  const std::lock_guard lock(mutex_);
  if (finished_ || closed_) return;
  finished_ = true;
  abandoned_ = true;
  wake_once();
}

bool StreamQueue::open() const {
  const std::lock_guard lock(mutex_);
  return !closed_ && !finished_ && !too_slow_;
}

StreamQueue::Batch StreamQueue::take() {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  Batch batch{
      .bytes = std::exchange(waiting_, {}), .last = finished_ && !abandoned_, .abandoned = abandoned_};
  in_flight_bytes_ = batch.bytes.size();
  return batch;
}

void StreamQueue::sent() {
  const std::lock_guard lock(mutex_);
  in_flight_bytes_ = 0;
}

bool StreamQueue::too_slow() const {
  const std::lock_guard lock(mutex_);
  return too_slow_;
}

void StreamQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  waiting_ = {};
  wake_ = nullptr;  // it points to the connection
}

void StreamQueue::wake_once() {
  if (woken_ || closed_) return;
  woken_ = true;
  wake_();
}

std::shared_ptr<Stream> make_stream(std::shared_ptr<StreamQueue> queue) {
  return std::make_shared<StreamHandle>(std::move(queue));
}

}  // namespace berth::http
