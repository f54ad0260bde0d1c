#include "pg/link.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include "pg/cancel.hpp"
#include "pg/result_error.hpp"
#include "pg/wait.hpp"

namespace berth::pg {
namespace {

Deadline after(std::chrono::milliseconds limit) {
  return std::chrono::steady_clock::now() + limit;
}

bool is_copy(ExecStatusType status) {
  return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

bool is_error(ExecStatusType status) {
  return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_PIPELINE_ABORTED;
}

/// "Canceled on request" would be true and no help: the request was ours.
Error explain(Error error, std::string_view label, bool late, std::chrono::milliseconds limit) {
  if (late && error.slug == kQueryCanceled) {
    error.message =
        fmt::format("{}: canceled, it took longer than {} ms ({})", label, limit.count(), error.slug);
  }
  return error;
}

std::vector<const char*> pointers(const Params& params) {
  std::vector<const char*> all;
  all.reserve(params.size());
  for (const auto& param : params) all.push_back(param ? param->c_str() : nullptr);
  return all;
}

}  // namespace

Result<ResultPtr> Link::simple(std::string_view label, const std::string& sql,
                               std::chrono::milliseconds limit) {
  if (closed()) return fail(lost(label));
  return converse(label, limit, PQsendQuery(connection_.get(), sql.c_str()));
}

Result<ResultPtr> Link::prepare(std::string_view label, const std::string& name, const std::string& sql,
                                std::chrono::milliseconds limit) {
  if (closed()) return fail(lost(label));
  return converse(label, limit, PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr));
}

Result<ResultPtr> Link::execute(const Bound& bound, std::chrono::milliseconds limit) {
  if (closed()) return fail(lost(bound.label));
  const auto values = pointers(*bound.params);
  return converse(bound.label, limit,
                  PQsendQueryPrepared(connection_.get(), bound.prepared->c_str(),
                                      static_cast<int>(values.size()), values.data(), nullptr, nullptr, 0));
}

Result<ResultPtr> Link::converse(std::string_view label, std::chrono::milliseconds limit, int sent) {
  if (sent == 0) return fail(lost(label));
  ResultPtr kept;
  const auto late = read_all(label, limit, [&](ResultPtr next) {
    if (!next) return false;  // nothing more comes
    if (!kept || !is_error(PQresultStatus(kept.get()))) kept = std::move(next);
    return true;
  });
  if (!late) return fail(late.error());
  if (!kept) return fail(lost(label));
  if (is_error(PQresultStatus(kept.get())))
    return fail(explain(error_of(label, kept.get()), label, *late, limit));
  return kept;
}

Result<std::vector<ResultPtr>> Link::pipeline(const std::vector<Bound>& all,
                                              std::chrono::milliseconds limit) {
  const std::string_view label = all.empty() ? "batch" : all.front().label;
  if (closed()) return fail(lost(label));
  auto* connection = connection_.get();
  bool sent = PQenterPipelineMode(connection) == 1;
  for (const auto& bound : all) {
    const auto values = pointers(*bound.params);
    sent = sent && PQsendQueryPrepared(connection, bound.prepared->c_str(), static_cast<int>(values.size()),
                                       values.data(), nullptr, nullptr, 0) == 1;
  }
  sent = sent && PQpipelineSync(connection) == 1;
  if (!sent) return fail(lost(label));

  std::vector<ResultPtr> answers;
  std::optional<Error> first;
  const auto late = read_all(label, limit, [&](ResultPtr next) {
    if (!next) return true;  // the gap between two statements
    const auto status = PQresultStatus(next.get());
    if (status == PGRES_PIPELINE_SYNC) return false;
    if (is_error(status) && !first) {
      first = error_of(answers.size() < all.size() ? all[answers.size()].label : label, next.get());
    }
    answers.push_back(std::move(next));
    return true;
  });
  if (!late) return fail(late.error());
  if (!closed() && PQexitPipelineMode(connection) != 1) return fail(lost(label));
  if (first) return fail(explain(std::move(*first), label, *late, limit));
  if (answers.size() != all.size()) return fail(lost(label));
  return answers;
}

Result<bool> Link::read_all(std::string_view label, std::chrono::milliseconds limit, const Take& take) {
  auto drained = drain(after(limit), take);
  const bool late = drained == Drained::kDeadline;
  if (late) {
    // Whatever the server answers now counts: a statement that was done before the request reached it was
    // done.
    Cancel cancel(connection_.get());
    const auto grace = after(cancel_grace_);
    drained = drain(grace, take);
    if (drained == Drained::kDone && !cancel.delivered_by(grace)) {
      close();  // the answer is whole, but the request may still hit a later statement
      return late;
    }
  }
  if (drained == Drained::kDone) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) close();
    return late;
  }
  auto error = lost(label);
  if (late) {
    error.code = Code::kTimeout;
    error.message = fmt::format("{}: PostgreSQL did not answer within {} ms, nor to the cancel request",
                                label, limit.count());
  } else if (drained == Drained::kWoken) {
    error.slug = kInterrupted;
    error.message = fmt::format("{}: interrupted", label);
  }
  return fail(std::move(error));
}

Link::Drained Link::drain(Deadline deadline, const Take& take) {
  auto* connection = connection_.get();
  while (true) {
    const int unsent = PQflush(connection);
    while (PQisBusy(connection) == 0) {
      ResultPtr next(PQgetResult(connection));
      if (next && is_copy(PQresultStatus(next.get())))
        return Drained::kLost;  // never ends, and is not offered
      const bool over = PQstatus(connection) == CONNECTION_BAD && !next;
      if (!take(std::move(next))) return Drained::kDone;
      if (over) return Drained::kLost;
    }
    if (PQstatus(connection) == CONNECTION_BAD) return Drained::kLost;
    switch (wait_for(PQsocket(connection), true, unsent == 1, wake_, deadline)) {
      case Waited::kReady:
        break;
      case Waited::kDeadline:
        return Drained::kDeadline;
      case Waited::kWoken:
        return Drained::kWoken;
      case Waited::kFailed:
        return Drained::kLost;
    }
    // A failure shows in the status; what the server said before it left is still to be read as a result.
    static_cast<void>(PQconsumeInput(connection));
  }
}

Result<std::vector<Notification>> Link::notifications(std::size_t most, Deadline deadline) {
  std::vector<Notification> heard;
  while (!closed()) {
    auto* connection = connection_.get();
    if (PQconsumeInput(connection) == 0) break;
    while (heard.size() < most) {
      const std::unique_ptr<PGnotify, decltype(&PQfreemem)> next(PQnotifies(connection), &PQfreemem);
      if (!next) break;
      heard.push_back({next->relname, next->extra});
    }
    if (!heard.empty()) return heard;
    const auto waited = wait_for(PQsocket(connection), true, false, wake_, deadline);
    if (waited == Waited::kDeadline || waited == Waited::kWoken) return heard;
    if (waited == Waited::kFailed) break;
  }
  return fail(lost("wait for notifications"));
}

bool Link::still_open() {
  constexpr int kMaxReads = 16;  // what a server says unasked is short
  for (int i = 0; i < kMaxReads && !closed(); ++i) {
    auto* connection = connection_.get();
    if (wait_for(PQsocket(connection), true, false, -1, after(std::chrono::milliseconds(0))) ==
        Waited::kDeadline)
      break;
    if (PQconsumeInput(connection) == 0)
      close();
    else
      // Reads what came: the last words of a server are a notice here.
      static_cast<void>(PQisBusy(connection));
    if (ended_by_server_) close();
  }
  return !closed();
}

bool Link::in_transaction() const {
  if (closed()) return false;
  const auto status = PQtransactionStatus(connection_.get());
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

Error Link::lost(std::string_view label) {
  close();
  return {.code = Code::kUnavailable,
          .message = fmt::format("{}: the connection to PostgreSQL is broken", label),
          .slug = std::string(kConnectionLost),
          .fields = {},
          .retry_after_seconds = 0};
}

}  // namespace berth::pg
