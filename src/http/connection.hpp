// One client: requests are read, handed to a worker and answered, one after the other. For the I/O thread
// alone, save `run_handler`.
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
  enum class Admission { kWelcome, kTooMany };  // the latter are answered 503, whatever they ask

  Connection(Core& core, std::unique_ptr<Transport> transport, std::string peer, Admission admission);

  void start();
  /// Closes, unless a request is being handled or answered: then after that.
  void begin_stop();
  void close();
  Admission admission() const { return admission_; }

 private:
  enum class Phase {
    kHandshake,
    kHead,       // waiting for a request or the rest of its head
    kContinue,   // sending "100 Continue"
    kBody,       // waiting for the rest of the body
    kHandling,   // waits for a worker, or one has it; a read is pending to notice that the client goes
    kWriting,    // the answer goes out
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
  void read();
  void on_read(const Transport::Error& error, std::size_t bytes);
  void on_input_end();
  void process();
  void on_head();
  void begin_exchange();
  void send_continue();
  void dispatch();
  bool withdraw();
  void refuse(int status, std::string_view detail);

  // On a worker; they touch nothing but `core_`, and post what they made.
  void run_handler(const Request& request);
  void run_stream(const Request& request, Response response);
  void log_fault(const Request& request, std::string_view fault, std::string_view what) const;

  void answer(Response response);
  void begin_stream(const Response& response, std::shared_ptr<StreamQueue> queue);
  void flush_stream();
  void end_stream();

  void write(std::string first, std::string second = {});
  void write_more();
  void on_all_written();
  void finish_exchange(std::string_view outcome);
  void end_answer();
  void linger();
  void say_goodbye();

  void arm(std::chrono::milliseconds timeout);
  void disarm();
  void on_deadline();

  Core& core_;
  const Limits& limits_;
  std::unique_ptr<Transport> transport_;
  const std::string peer_;
  const Admission admission_;
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
  WorkerPool* pool_ = nullptr;  // which has the request that is handled
  WorkerPool::Ticket ticket_ = 0;
  Exchange exchange_;

  std::array<std::string, 2> out_;
  std::size_t out_part_ = 0;
  std::size_t out_at_ = 0;
  bool writing_ = false;

  std::shared_ptr<StreamQueue> stream_;
  bool stream_ends_ = false;    // after what is being written
  bool stream_is_cut_ = false;  // the same, but not properly
  bool refused_ = false;        // the client may still be sending what we do not want
  std::size_t drained_bytes_ = 0;
};

}  // namespace berth::http
