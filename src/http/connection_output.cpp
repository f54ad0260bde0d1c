// The half of a connection that writes: answers, streams, and the last words.
#include <boost/asio/buffer.hpp>

#include "http/connection.hpp"
#include "http/headers.hpp"

namespace berth::http {
namespace {

// Below it a copy behind the head is cheaper than a second system call or TLS record.
constexpr std::size_t kCopiedBodyBytes = 16 * 1024;
constexpr std::string_view kTooMuchUnread =
    "too much of your answers waits to be read; please read them, then try again";

}  // namespace

void Connection::answer(Response response) {
  if (phase_ == Phase::kClosed) return;
  pool_ = nullptr;
  forget_later();
  fed_ = 0;
  phase_ = Phase::kWriting;
  // What only reads can be asked for again; whoever changed something has to be told.
  const bool only_reads = exchange_.method == "GET" || exchange_.method == "HEAD";
  if (only_reads && response.body.size() > kCopiedBodyBytes && holds_too_much(response.body.size()))
    response = core_.error_response(503, kTooMuchUnread, exchange_.request_id);
  const auto wish = find_header(response.headers, "Connection");
  if (core_.stopping || (wish && equal_without_case(*wish, "close"))) exchange_.keep_alive = false;
  exchange_.status = response.status;
  Framing framing{.keep_alive = exchange_.keep_alive,
                  .http_1_0 = exchange_.http_1_0,
                  .chunked = false,
                  .content_length = {}};
  if (response.on_stream) {
    framing.chunked = !exchange_.http_1_0;  // the answer to HEAD tells what GET would send
  } else if (has_body(response.status)) {
    framing.content_length = response.bytes().size();
  }
  auto head = make_head(response, framing, core_.date.now(), exchange_.request_id);
  if (exchange_.method == "HEAD" || !has_body(response.status)) return write(std::move(head));
  if (response.bytes().size() <= kCopiedBodyBytes) {
    head += response.bytes();
    return write(std::move(head));
  }
  if (!response.shared_body.empty()) return write(std::move(head), {}, response.shared_body);
  write(std::move(head), std::move(response.body));
}

void Connection::begin_stream(const Response& response, std::shared_ptr<StreamQueue> queue) {
  if (phase_ == Phase::kClosed) return queue->close();
  if (core_.stopping) {  // its client comes back for the rest, as after any stream's end
    queue->close();
    auto nothing = response;
    nothing.body.clear();
    nothing.shared_body = {};
    return answer(std::move(nothing));
  }
  pool_ = nullptr;
  fed_ = 0;
  phase_ = Phase::kStreaming;
  stream_ = std::move(queue);
  stream_ends_ = stream_is_cut_ = false;
  ++core_.streams;
  exchange_.status = response.status;
  if (exchange_.http_1_0) exchange_.keep_alive = false;  // its body ends with the connection
  const Framing framing{.keep_alive = exchange_.keep_alive,
                        .http_1_0 = exchange_.http_1_0,
                        .chunked = !exchange_.http_1_0,
                        .content_length = {}};
  write(make_head(response, framing, core_.date.now(), exchange_.request_id));
  read();
}

void Connection::flush_stream() {
  if (phase_ != Phase::kStreaming) return;
  if (stream_->too_slow()) {
    core_.log.warning("reader of a stream is too slow, cut off",
                      {{"request_id", exchange_.request_id}, {"path", exchange_.path}, {"peer", peer_}});
    return close();
  }
  if (writing_) return;
  auto batch = stream_->take();
  stream_ends_ = batch.last || batch.abandoned;
  stream_is_cut_ = batch.abandoned;
  if (batch.bytes.empty() && !stream_ends_) return;
  auto bytes = exchange_.http_1_0 ? std::move(batch.bytes) : make_chunk(batch.bytes);
  if (batch.last && !exchange_.http_1_0) bytes += kLastChunk;
  write(std::move(bytes));
}

void Connection::end_stream() {
  stream_->close();
  stream_.reset();
  --core_.streams;
}

void Connection::write(std::string first, std::string second, std::string_view shared) {
  out_ = {std::move(first), std::move(second)};
  out_parts_ = {out_[0], out_[1], shared};
  out_part_ = 0;
  writing_ = true;
  window_bytes_ = 0;
  progress_at_ = std::chrono::steady_clock::now();
  count_held();
  arm(limits_.write_timeout);
  write_more();
}

void Connection::write_more() {
  while (out_part_ < out_parts_.size() && out_parts_[out_part_].empty()) {
    if (out_part_ < out_.size()) out_[out_part_] = {};
    ++out_part_;
  }
  if (out_part_ == out_parts_.size()) {
    writing_ = false;
    count_held();
    return on_all_written();
  }
  transport_->write_some(boost::asio::buffer(out_parts_[out_part_]),
                         [self = shared_from_this()](const Transport::Error& error, std::size_t bytes) {
                           if (self->phase_ == Phase::kClosed) return;
                           if (error) return self->close();
                           self->out_parts_[self->out_part_].remove_prefix(bytes);
                           self->window_bytes_ += bytes;
                           self->progress_at_ = std::chrono::steady_clock::now();
                           self->exchange_.sent_bytes += bytes;
                           self->write_more();
                         });
}

void Connection::on_all_written() {
  disarm();
  if (phase_ == Phase::kContinue) {
    phase_ = Phase::kBody;
    arm(limits_.body_timeout);
    return in_.empty() ? read() : process();  // some may have come with a request before this one
  }
  if (phase_ == Phase::kStreaming) {
    stream_->sent();
    if (stream_is_cut_) return close();
    if (!stream_ends_) return flush_stream();
    end_stream();
  }
  end_answer();
}

void Connection::end_answer() {
  finish_exchange("whole");
  if (exchange_.keep_alive && !refused_) {
    next_request();
  } else {
    linger();
  }
}

void Connection::finish_exchange(std::string_view outcome) {
  if (!exchange_.begun) return;
  const std::chrono::duration<double, std::milli> taken =
      std::chrono::steady_clock::now() - exchange_.started;
  const bool harmless_read =
      exchange_.status < 400 && (exchange_.method == "GET" || exchange_.method == "HEAD");
  const Log::Fields fields = {{"method", exchange_.method},         {"path", exchange_.path},
                              {"status", exchange_.status},         {"duration_ms", taken.count()},
                              {"bytes", exchange_.sent_bytes},      {"outcome", outcome},
                              {"request_id", exchange_.request_id}, {"peer", exchange_.peer}};
  harmless_read ? core_.log.debug("request", fields) : core_.log.info("request", fields);
  exchange_.begun = false;
}

void Connection::linger() {
  phase_ = Phase::kLingering;
  if (input_ended_ || core_.stopping) return close();
  arm(limits_.drain_timeout);
  in_ = {};
  drained_bytes_ = 0;
  // Closing with bytes unread makes the kernel reset the connection, and the answer may be lost on its way.
  if (transport_->end_sending() || refused_) return read();
  if (!reading_) return say_goodbye();
  goodbye_waits_ = true;
  transport_->stop_reading();
}

void Connection::say_goodbye() {
  goodbye_waits_ = false;
  transport_->goodbye([self = shared_from_this()](const Transport::Error&) { self->close(); });
}

}  // namespace berth::http
