// The part of a connection that runs on workers: handlers, and how what they made gets back to the I/O
// thread.
#include <boost/asio/post.hpp>
#include <exception>

#include "http/connection.hpp"

namespace berth::http {
namespace {

namespace asio = boost::asio;

RequestName name_of(const Request& request) {
  return {.id = request.request_id, .method = request.method, .path = request.path};
}

}  // namespace

void Connection::run_vouch(const Request& head) {
  std::optional<Response> refusal;
  try {
    refusal = core_.settings.vouch(head);
  } catch (const std::exception& error) {
    core_.log_fault(name_of(head), "looking at the head threw", error.what());
    refusal = core_.error_response(500, kFault, head.request_id);
  }
  asio::post(core_.io, [self = shared_from_this(), refusal = std::move(refusal)]() mutable {
    if (self->phase_ != Phase::kVouching) return;
    self->pool_ = nullptr;
    refusal ? self->refuse_with(std::move(*refusal)) : self->read_body();
  });
}

void Connection::run_handler(const Request& request, WorkerPool& pool, WorkerPool::Ticket ticket) {
  Response response;
  std::string_view fault;
  std::string what;
  try {
    response = core_.handler(request);
    fault = fault_of(response);
  } catch (const std::exception& error) {
    fault = "the handler threw";
    what = error.what();
  } catch (...) {
    fault = "the handler threw";
  }
  if (!fault.empty()) {
    core_.log_fault(name_of(request), fault, what);
    response = core_.error_response(500, kFault, request.request_id);
  }
  if (response.on_later) return run_later(request, response.on_later, pool, ticket);
  if (response.on_stream && request.method != "HEAD") return run_stream(request, std::move(response));
  asio::post(core_.io, [self = shared_from_this(), response = std::move(response)]() mutable {
    self->answer(std::move(response));
  });
}

void Connection::run_stream(const Request& request, Response response) {
  auto on_stream = std::exchange(response.on_stream, nullptr);
  // `io` outlives every wake: the connection closes the queue before the I/O thread ends.
  auto queue =
      std::make_shared<StreamQueue>(limits_.stream_queue_bytes, [&io = core_.io, weak = weak_from_this()] {
        asio::post(io, [weak] {
          if (const auto self = weak.lock()) self->flush_stream();
        });
      });
  asio::post(core_.io, [self = shared_from_this(), response = std::move(response), queue] {
    self->begin_stream(response, queue);
  });
  std::string_view fault;
  std::string what;
  try {
    on_stream(make_stream(queue));
    return;
  } catch (const std::exception& error) {
    fault = "the handler of a stream threw";
    what = error.what();
  } catch (...) {
    fault = "the handler of a stream threw";
  }
  queue->abandon();
  core_.log_fault(name_of(request), fault, what);
}

void Connection::run_later(const Request& request,
                           const std::function<void(std::shared_ptr<Reply>)>& on_later, WorkerPool& pool,
                           WorkerPool::Ticket ticket) {
  auto wanted = std::make_shared<Wanted>(true);
  pool.owe(ticket);
  const auto reply =
      std::make_shared<OwedReply>(core_.way_back, weak_from_this(), pool, ticket, name_of(request), wanted);
  // Before anyone can answer.
  asio::post(core_.io, [self = shared_from_this(), wanted] { self->begin_later(wanted); });
  try {
    on_later(reply);
  } catch (const std::exception& error) {
    reply->fail(error.what());
  } catch (...) {
    reply->fail({});
  }
}

}  // namespace berth::http
