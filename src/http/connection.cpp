// The half of a connection that reads: requests, their deadlines, and the way to a worker.
#include "http/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <charconv>

#include "base/text.hpp"
#include "http/address.hpp"
#include "http/headers.hpp"

namespace berth::http {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kLoggedPathBytes = 256;
// A reader who took nothing for so long is one that can be spared where connections are short.
constexpr std::chrono::seconds kStuckAfter{1};
constexpr std::string_view kTooMuchHeld = "too much waits to be read or sent right now; please try again";
constexpr std::string_view kTooManyAtOnce =
    "too many requests of yours wait at one time; please let some be answered first";
constexpr std::string_view kOverloaded = "the server has more to do than it can; please try again";

std::string too_large_body(std::size_t limit) {
  return "the body is larger than the limit of " + std::to_string(limit) + " bytes";
}

}  // namespace

Connection::Connection(Core& core, std::unique_ptr<Transport> transport, std::string peer, Peers::Peer* group)
    : core_(core),
      limits_(core.settings.limits),
      transport_(std::move(transport)),
      peer_(std::move(peer)),
      group_(group),
      timer_(core.io) {
  if (group_ != nullptr) place_ = Peers::enter(*group_, *this);
}

void Connection::start() {
  arm(limits_.header_timeout);
  transport_->handshake([self = shared_from_this()](const Transport::Error& error) {
    if (self->phase_ == Phase::kClosed) return;
    if (error) return self->close();
    if (self->group_ == nullptr) return self->refuse(503, kOverloaded);
    self->next_request();
  });
}

void Connection::begin_stop() {
  switch (phase_) {
    case Phase::kHandshake:
      return say_farewell();
    case Phase::kHead:
      return head_begun_ ? void() : say_farewell();
    case Phase::kStreaming:
      return stream_ends_ ? void() : close();
    case Phase::kLingering:
      return close();
    case Phase::kVouching:  // a request that has begun is read and answered; `stop` has the limit
    case Phase::kContinue:
    case Phase::kBody:
    case Phase::kHandling:
    case Phase::kWriting:
    case Phase::kClosed:
      return;
  }
}

void Connection::say_farewell() {
  limits_.farewell_timeout.count() > 0 ? arm(limits_.farewell_timeout) : close();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  withdraw();
  forget_later();
  finish_exchange("cut");
  if (stream_) end_stream();
  disarm();
  transport_->close();
  if (group_ != nullptr) {
    core_.peers.hold(*group_, held_, 0);
    core_.peers.leave(*group_, place_);
    --core_.connections;
  } else {
    --core_.being_refused;
  }
  core_.open.erase(this);
  if (core_.stopping && core_.open.empty()) {
    const std::lock_guard lock(core_.drained_mutex);
    core_.is_drained = true;
    core_.drained.notify_all();
  }
}

void Connection::next_request() {
  if (core_.stopping && limits_.farewell_timeout.count() == 0 && in_.empty()) return close();
  exchange_ = {};
  fed_ = 0;
  if (group_ != nullptr) Peers::used(*group_, place_);
  reader_ = std::make_unique<RequestReader>(limits_);
  phase_ = Phase::kHead;
  head_begun_ = head_known_ = false;
  arm(core_.stopping ? limits_.farewell_timeout : limits_.idle_timeout);
  if (in_.empty()) {
    read();
  } else {
    process();
  }
}

void Connection::read() {
  if (reading_) return;
  if (input_ended_) return on_input_end();
  reading_ = true;
  transport_->read_some(asio::buffer(read_buffer_),
                        [self = shared_from_this()](const Transport::Error& error, std::size_t bytes) {
                          self->reading_ = false;
                          self->on_read(error, bytes);
                        });
}

void Connection::on_read(const Transport::Error& error, std::size_t bytes) {
  if (phase_ == Phase::kClosed) return;
  if (goodbye_waits_) return say_goodbye();
  if (error && error != asio::error::eof) return close();
  if (error) {
    input_ended_ = true;
    return on_input_end();
  }
  if (phase_ == Phase::kLingering) {
    drained_bytes_ += bytes;
    return drained_bytes_ > limits_.drain_bytes ? close() : read();
  }
  if (refused_) return;
  in_.append(read_buffer_.data(), bytes);
  if (phase_ == Phase::kHead || phase_ == Phase::kBody) return process();
  // The next request may come while this one is handled or answered, but it is not stored without end.
  if (phase_ == Phase::kStreaming) return in_.size() > limits_.header_bytes ? close() : read();
  if (phase_ == Phase::kHandling && in_.size() <= limits_.header_bytes) read();
  count_held();
}

void Connection::on_input_end() {
  switch (phase_) {
    case Phase::kHead:
      return in_.empty() ? close() : refuse(400, "the request ended in the middle of its head");
    case Phase::kBody:
      return refuse(400, "the request ended in the middle of its body");
    case Phase::kHandshake:
    case Phase::kStreaming:  // half-closed or gone looks the same, and for whom would the stream be
    case Phase::kLingering:
      return close();
    case Phase::kHandling:  // a client may send its last request and close its side: it is answered, if soon
      return arm(limits_.abandoned_timeout);
    case Phase::kVouching:
    case Phase::kContinue:
    case Phase::kWriting:
    case Phase::kClosed:
      return;
  }
}

Spare Connection::spare() const {
  switch (phase_) {
    case Phase::kHead:
      return head_begun_ ? Spare::kPartial : Spare::kIdle;
    case Phase::kHandshake:
    case Phase::kBody:
    case Phase::kLingering:
      return Spare::kPartial;
    case Phase::kContinue:
    case Phase::kWriting:
    case Phase::kStreaming: {
      const bool stuck = writing_ && std::chrono::steady_clock::now() - progress_at_ > kStuckAfter;
      return stuck ? Spare::kStuck : Spare::kNot;
    }
    case Phase::kVouching:
    case Phase::kHandling:
    case Phase::kClosed:
      return Spare::kNot;
  }
  return Spare::kNot;
}

void Connection::count_held() {
  if (group_ == nullptr || phase_ == Phase::kClosed) return;
  const auto now = in_.size() + fed_ + out_[0].size() + out_[1].size();
  core_.peers.hold(*group_, held_, now);
  held_ = now;
}

bool Connection::holds_too_much(std::size_t more) const {
  if (group_ == nullptr) return false;
  if (core_.peers.bytes() + more > limits_.held_bytes) return true;
  return !group_->many && group_->bytes + more > limits_.held_bytes_per_peer;
}

void Connection::process() {
  const auto used = reader_->feed(in_);
  in_.erase(0, used);
  fed_ += used;
  count_held();
  const auto state = reader_->state();
  if (!head_known_ && (state == RequestReader::State::kBody || state == RequestReader::State::kDone))
    on_head();
  switch (reader_->state()) {
    case RequestReader::State::kHead:
      if (!in_.empty() && !head_begun_) {
        head_begun_ = true;
        arm(limits_.header_timeout);
      }
      return read();
    case RequestReader::State::kBody:
      if (phase_ == Phase::kHead) return begin_body();
      if (fed_ > limits_.header_bytes && fed_ - limits_.header_bytes > judgement_.body_bytes)
        return refuse(413, too_large_body(judgement_.body_bytes));
      if (holds_too_much(0)) return refuse(503, kTooMuchHeld);
      return read();
    case RequestReader::State::kDone:
      return dispatch();
    case RequestReader::State::kRefused:
      return refuse(reader_->refusal().status, reader_->refusal().detail);
  }
}

/// What can be known before the body is read comes before it.
void Connection::begin_body() {
  if (judgement_.refusal) return refuse_with(std::move(*judgement_.refusal));
  const auto length = reader_->request().header("Content-Length").value_or("0");
  std::size_t declared = 0;  // the reader has refused what is too large to be read
  std::from_chars(length.data(), length.data() + length.size(), declared);
  if (declared > judgement_.body_bytes) return refuse(413, too_large_body(judgement_.body_bytes));
  if (holds_too_much(declared)) return refuse(503, kTooMuchHeld);
  if (judgement_.vouch && core_.settings.vouch) return vouch();
  read_body();
}

void Connection::vouch() {
  phase_ = Phase::kVouching;
  arm(limits_.body_timeout);
  auto head = std::make_shared<Request>(reader_->request());
  pool_ = &core_.workers;
  const auto posted = pool_->post(judgement_.share, Weight::kLight,
                                  [self = shared_from_this(), head](auto) { self->run_vouch(*head); });
  ticket_ = posted.ticket;
  if (posted.offer == FairQueue::Offer::kTooManyOfShare) return refuse(429, kTooManyAtOnce);
  if (posted.offer == FairQueue::Offer::kFull) return refuse(503, kOverloaded);
}

void Connection::read_body() {
  phase_ = Phase::kBody;
  arm(limits_.body_timeout);
  if (reader_->expects_continue()) return send_continue();
  in_.empty() ? read() : process();
}

void Connection::send_continue() {
  phase_ = Phase::kContinue;
  write("HTTP/1.1 100 Continue\r\n\r\n");
}

void Connection::on_head() {
  head_known_ = true;
  auto& request = reader_->request();
  const auto given = request.header("X-Request-Id");
  request.request_id = given && is_request_id(*given) ? std::string(*given) : random_uuid(core_.random);
  request.peer = peer_;
  if (core_.settings.peer_of) request.peer = core_.settings.peer_of(request);
  judgement_ = core_.settings.judge ? core_.settings.judge(request) : Judgement{};
  if (judgement_.share.name.empty()) judgement_.share = {.name = address_group(request.peer), .many = true};
}

void Connection::begin_exchange() {
  exchange_ = {};
  exchange_.begun = true;
  exchange_.started = std::chrono::steady_clock::now();
  exchange_.peer = peer_;
  if (reader_) {
    const auto& request = reader_->request();
    exchange_.method = request.method;
    exchange_.path = first_bytes(request.path, kLoggedPathBytes);
    exchange_.keep_alive = reader_->keep_alive();
    exchange_.http_1_0 = reader_->is_http_1_0();
    if (!request.peer.empty()) exchange_.peer = request.peer;
    exchange_.request_id = request.request_id;
    const auto given = request.header("X-Request-Id");
    if (exchange_.request_id.empty() && given && is_request_id(*given)) exchange_.request_id = *given;
  }
  if (exchange_.request_id.empty()) exchange_.request_id = random_uuid(core_.random);
}

void Connection::dispatch() {
  disarm();
  begin_exchange();
  phase_ = Phase::kHandling;
  // Shared, as std::function wants to be copied; it never is.
  auto request = std::make_shared<Request>(std::move(reader_->request()));
  reader_.reset();
  pool_ = &core_.workers_for(request->path);
  const auto posted =
      pool_->post(judgement_.share, judgement_.weight,
                  [self = shared_from_this(), request, &pool = *pool_](WorkerPool::Ticket ticket) {
                    self->run_handler(*request, pool, ticket);
                  });
  ticket_ = posted.ticket;
  switch (posted.offer) {
    case FairQueue::Offer::kTaken:
      return read();
    case FairQueue::Offer::kTooManyOfShare:
      return answer(core_.error_response(429, kTooManyAtOnce, exchange_.request_id));
    case FairQueue::Offer::kFull:
      return answer(core_.error_response(503, kOverloaded, exchange_.request_id));
  }
}

/// True when nobody has begun with the request, and now nobody will.
bool Connection::withdraw() {
  if (pool_ == nullptr || !pool_->withdraw(ticket_)) return false;
  ++core_.abandoned;
  return true;
}

void Connection::begin_later(std::shared_ptr<Wanted> wanted) {
  later_ = std::move(wanted);
  if (phase_ == Phase::kClosed) return forget_later();
  if (input_ended_) arm(limits_.abandoned_timeout);  // it was not known that it can be dropped
}

void Connection::forget_later() {
  if (!later_) return;
  *later_ = false;
  later_.reset();
}

void Connection::refuse(int status, std::string_view detail) {
  begin_exchange();
  end_with(core_.error_response(status, detail, exchange_.request_id));
}

void Connection::refuse_with(Response response) {
  begin_exchange();
  end_with(std::move(response));
}

void Connection::end_with(Response response) {
  exchange_.keep_alive = false;
  refused_ = true;
  in_ = {};
  reader_.reset();
  answer(std::move(response));
}

void Connection::arm(std::chrono::milliseconds timeout) {
  timer_.expires_after(timeout);
  timer_.async_wait([self = shared_from_this()](const Transport::Error& error) {
    // A wait that ended just before it was armed anew is called all the same.
    if (error || self->timer_.expiry() > std::chrono::steady_clock::now()) return;
    self->on_deadline();
  });
}

void Connection::disarm() {
  timer_.expires_at(asio::steady_timer::time_point::max());
}

void Connection::on_deadline() {
  switch (phase_) {
    case Phase::kHead:
      return head_begun_ ? refuse(408, "the head of the request did not come in time") : close();
    case Phase::kBody:
      return refuse(408, "the body of the request did not come in time");
    case Phase::kHandling:  // of a client that has closed its side
      if (withdraw()) return close();
      if (later_) *later_ = false;
      return;
    case Phase::kContinue:
    case Phase::kWriting:
    case Phase::kStreaming:
      if (window_bytes_ < limits_.least_written_bytes) return close();
      window_bytes_ = 0;
      return arm(limits_.write_timeout);
    case Phase::kHandshake:
    case Phase::kVouching:
    case Phase::kLingering:
      return close();
    case Phase::kClosed:
      return;
  }
}

}  // namespace berth::http
