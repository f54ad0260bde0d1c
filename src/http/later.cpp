#include "http/later.hpp"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "http/connection.hpp"
#include "http/core.hpp"
#include "http/response_writer.hpp"

namespace berth::http {
namespace {

std::string_view fault_of_later(const Response& response) {
  if (response.on_stream || response.on_later) return "an answer that comes later has to be a plain one";
  return fault_of(response);
}

class MappedReply final : public Reply {
 public:
  MappedReply(std::shared_ptr<Reply> reply, std::function<Response(Response)> change)
      : reply_(std::move(reply)), change_(std::move(change)) {}

  void send(Response response) override {
    // What is not sent any more is not counted either, or whatever else the change does.
    if (sent_.exchange(true)) return reply_->send(std::move(response));
    try {
      response = change_(std::move(response));
    } catch (const std::exception& error) {
      return reply_->fail(error.what());
    } catch (...) {
      return reply_->fail({});
    }
    reply_->send(std::move(response));
  }
  void fail(std::string what) override {
    sent_ = true;
    reply_->fail(std::move(what));
  }
  bool wanted() const override { return reply_->wanted(); }

 private:
  const std::shared_ptr<Reply> reply_;
  const std::function<Response(Response)> change_;
  std::atomic<bool> sent_ = false;
};

}  // namespace

std::shared_ptr<Reply> mapped(std::shared_ptr<Reply> reply, std::function<Response(Response)> change) {
  return std::make_shared<MappedReply>(std::move(reply), std::move(change));
}

void WayBack::close() {
  const std::lock_guard lock(mutex_);
  core_ = nullptr;
}

OwedReply::OwedReply(std::shared_ptr<WayBack> way, std::weak_ptr<Connection> connection, WorkerPool& pool,
                     WorkerPool::Ticket ticket, RequestName request, std::shared_ptr<const Wanted> wanted)
    : way_(std::move(way)),
      pool_(pool),
      ticket_(ticket),
      owed_{std::move(connection), std::move(request), std::move(wanted)} {}

OwedReply::~OwedReply() {
  if (!given_) give({.fault = "the answer was never given", .dropped = true});
}

void OwedReply::send(Response response) {
  give({.response = std::move(response)});
}

void OwedReply::fail(std::string what) {
  give({.fault = "no answer could be made", .what = std::move(what)});
}

void OwedReply::give(Outcome outcome) {
  const bool first = !given_.exchange(true);
  way_->with([&](Core& core) {
    if (first) pool_.answered(ticket_);
    // The log and the application's error body may take their time: not on this thread.
    boost::asio::post(core.io, [&core, first, owed = owed_, outcome = std::move(outcome)]() mutable {
      if (first) return deliver(core, owed, std::move(outcome));
      core.log_fault(owed.request, "it was answered twice; the second answer is lost", outcome.what);
    });
  });
}

void OwedReply::deliver(Core& core, const Owed& owed, Outcome outcome) {
  const auto connection = owed.connection.lock();
  if (outcome.dropped && !*owed.wanted) {
    ++core.abandoned;
    if (connection) connection->close();
    return;
  }
  if (outcome.fault.empty()) outcome.fault = fault_of_later(outcome.response);
  if (!outcome.fault.empty()) {
    core.log_fault(owed.request, outcome.fault, outcome.what);
    outcome.response = core.error_response(500, kFault, owed.request.id);
  }
  if (connection) connection->answer(std::move(outcome.response));
}

}  // namespace berth::http
