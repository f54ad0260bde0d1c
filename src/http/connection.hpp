// One client: requests are read, handed to a worker and answered, one after the other. For the I/O thread
// alone, save what runs on workers.
#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "http/core.hpp"
#include "http/request_reader.hpp"
#include "http/stream.hpp"
#include "http/transport.hpp"

namespace berth::http {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// Without a `group` there is no room for it: it is answered 503, whatever it asks.
  Connection(Core& core, std::unique_ptr<Transport> transport, std::string peer, Peers::Peer* group);

  void start();
  /// Closes, unless a request is being handled or answered: then after that.
  void begin_stop();
  void close();
  Spare spare() const;
  /// To the request that is handled.
  void answer(Response response);

 private:
  enum class Phase {
    kHandshake,
    kHead,      // waiting for a request or the rest of its head
    kVouching,  // a worker looks at the head
    kContinue,  // sending "100 Continue"
    kBody,      // waiting for the rest of the body
    kHandling,  // waits for a worker, one has it, or its answer comes later; a read is pending to notice that
                // the client goes
    kWriting,   // the answer goes out
    kStreaming,  // the answer goes on; a read is pending to notice that the client goes
    kLingering,  // all is said; waiting for the client to close, so that it can read the answer
    kClosed,
  };
  /// A request and its answer, for the log.
  struct Exchange {
    std::string request_id;
    std::string method;
    std::string path;
    std::string peer;
    std::chrono::steady_clock::time_point started;
    bool begun = false;  // and not logged yet
    int status = 0;      // 0: cut before there was an answer
    std::size_t sent_bytes = 0;
    bool keep_alive = false;
    bool http_1_0 = false;
  };

  void next_request();
  void say_farewell();
  void read();
  void on_read(const Transport::Error& error, std::size_t bytes);
  void on_input_end();
  void process();
  void on_head();
  void begin_exchange();
  void begin_body();
  void vouch();
  void read_body();
  void send_continue();
  void dispatch();
  bool withdraw();
  void refuse(int status, std::string_view detail);
  void refuse_with(Response response);
  void end_with(Response response);

  // On a worker; they touch nothing but `core_`, and post what they made.
  void run_handler(const Request& request, WorkerPool& pool, WorkerPool::Ticket ticket);
  void run_stream(const Request& request, Response response);
  void run_later(const Request& request, const std::function<void(std::shared_ptr<Reply>)>& on_later,
                 WorkerPool& pool, WorkerPool::Ticket ticket);
  void run_vouch(const Request& head);

  void begin_later(std::shared_ptr<Wanted> wanted);
  void forget_later();
  void begin_stream(const Response& response, std::shared_ptr<StreamQueue> queue);
  void flush_stream();
  void end_stream();

  void write(std::string first, std::string second = {}, std::string_view shared = {});
  void write_more();
  void on_all_written();
  void finish_exchange(std::string_view outcome);
  void end_answer();
  void linger();
  void say_goodbye();

  /// Tells what is held in memory for this connection now.
  void count_held();
  bool holds_too_much(std::size_t more) const;

  void arm(std::chrono::milliseconds timeout);
  void disarm();
  void on_deadline();

  Core& core_;
  const Limits& limits_;
  std::unique_ptr<Transport> transport_;
  const std::string peer_;
  Peers::Peer* const group_;
  Peers::Place place_;  // in `group_`
  std::size_t held_ = 0;
  boost::asio::steady_timer timer_;
  Phase phase_ = Phase::kHandshake;

  std::array<char, 8 * 1024> read_buffer_{};
  std::string in_;  // read and not yet used
  bool reading_ = false;
  bool goodbye_waits_ = false;  // for the pending read to end
  bool input_ended_ = false;
  bool head_begun_ = false;
  std::unique_ptr<RequestReader> reader_;
  bool head_known_ = false;  // `judgement_` is of this request
  Judgement judgement_;
  std::size_t fed_ = 0;         // bytes of the request that is read or handled
  WorkerPool* pool_ = nullptr;  // which has the request that is handled
  WorkerPool::Ticket ticket_ = 0;
  std::shared_ptr<Wanted> later_;  // of the answer that is owed; none: none is
  Exchange exchange_;

  std::array<std::string, 2> out_;
  std::array<std::string_view, 3> out_parts_;  // of them, and what is sent from where it is
  std::size_t out_part_ = 0;
  bool writing_ = false;
  std::size_t window_bytes_ = 0;  // taken by the other end since the deadline was set
  std::chrono::steady_clock::time_point progress_at_;

  std::shared_ptr<StreamQueue> stream_;
  bool stream_ends_ = false;    // after what is being written
  bool stream_is_cut_ = false;  // the same, but not properly
  bool refused_ = false;        // the client may still be sending what we do not want
  std::size_t drained_bytes_ = 0;
};

}  // namespace berth::http
