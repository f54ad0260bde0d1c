#include "pg/connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include "pg/link.hpp"

namespace berth::pg {
namespace {

/// The statement's plan no longer fits the schema (a migration ran beside us), or the server forgot it.
bool is_stale_plan(const Error& error) {
  return error.slug == "0A000" || error.slug == "26000";
}

Status check_params(const Query& query, const Params& params) {
  constexpr std::size_t kMaxParams = 65'535;  // the protocol counts them in 16 bits
  if (params.size() > kMaxParams) {
    return fail(Code::kTooLarge,
                fmt::format("{}: {} parameters, at most {}", query.name, params.size(), kMaxParams));
  }
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (params[i] && params[i]->find('\0') != std::string::npos) {
      return fail(Code::kInvalid, fmt::format("{}: parameter {} holds a zero byte", query.name, i + 1));
    }
  }
  return {};
}

}  // namespace

Connection::Connection(Settings settings, std::unique_ptr<Link> link)
    : settings_(std::move(settings)), link_(std::move(link)) {}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

Result<Connection> Connection::connect(const Settings& settings) {
  return connect(settings, -1);
}

Result<Connection> Connection::connect(const Settings& settings, int wake) {
  auto link = Link::open(settings, wake);
  if (!link) return fail(link.error());
  return Connection(settings, std::move(*link));
}

bool Connection::broken() const {
  return !link_ || link_->closed();
}
bool Connection::in_transaction() const {
  return link_ && link_->in_transaction();
}
bool Connection::still_open() {
  return link_ && link_->still_open();
}

Result<const std::string*> Connection::prepare(const Query& query) {
  const auto known = prepared_.find(query.name);
  if (known != prepared_.end()) {
    if (known->second.sql != query.sql) throw Misuse("two statements are named " + std::string(query.name));
    return &known->second.server_name;
  }
  // The server cuts names at 63 bytes; the number keeps them apart, also from a stale one of the same name.
  Prepared made{fmt::format("{}_{}", query.name.substr(0, 40), ++prepared_ever_), std::string(query.sql)};
  const auto answer = link_->prepare(query.name, made.server_name, made.sql, settings_.statement_timeout);
  if (!answer) return fail(answer.error());
  return &prepared_.emplace(query.name, std::move(made)).first->second.server_name;
}

Result<Rows> Connection::exec_params(const Query& query, const Params& params) {
  if (auto checked = check_params(query, params); !checked) return fail(checked.error());
  const bool alone = !in_transaction();
  auto rows = exec_once(query, params);
  if (rows || !is_stale_plan(rows.error())) return rows;
  if (const auto stale = prepared_.find(query.name); stale != prepared_.end()) prepared_.erase(stale);
  // Nothing ran yet, so outside a transaction it is safe to go again; inside one everything is aborted
  // already.
  return alone ? exec_once(query, params) : std::move(rows);
}

Result<Rows> Connection::exec_once(const Query& query, const Params& params) {
  const auto name = prepare(query);
  if (!name) return fail(name.error());
  auto answer = link_->execute({query.name, *name, &params}, settings_.statement_timeout);
  if (!answer) return fail(answer.error());
  return Rows(std::move(*answer));
}

Result<std::vector<Rows>> Connection::exec(const Batch& batch) {
  if (batch.size() == 0) return std::vector<Rows>();
  return exec_between(nullptr, batch, nullptr);
}

Result<std::vector<Rows>> Connection::exec_between(const Query* before, const Batch& batch,
                                                   const Query* after) {
  if (batch.size() > Batch::kMaxStatements) {
    return fail(Code::kTooLarge,
                fmt::format("a batch of {} statements, at most {}", batch.size(), Batch::kMaxStatements));
  }
  const Params none;
  std::vector<Bound> bound;
  bound.reserve(batch.size() + 2);
  const auto bind = [&](const Query& query, const Params& params) -> Status {
    const auto name = prepare(query);
    if (!name) return fail(name.error());
    bound.push_back({query.name, *name, &params});
    return {};
  };
  if (before != nullptr) {
    if (auto fine = bind(*before, none); !fine) return fail(fine.error());
  }
  for (const auto& statement : batch.statements()) {
    if (auto checked = check_params(statement.query, statement.params); !checked)
      return fail(checked.error());
    if (auto fine = bind(statement.query, statement.params); !fine) return fail(fine.error());
  }
  if (after != nullptr) {
    if (auto fine = bind(*after, none); !fine) return fail(fine.error());
  }
  auto answers = link_->pipeline(bound, settings_.statement_timeout);
  if (!answers) {
    if (is_stale_plan(answers.error())) prepared_.clear();
    return fail(answers.error());
  }
  std::vector<Rows> all;
  all.reserve(batch.size());
  const std::size_t first = before == nullptr ? 0 : 1;
  for (std::size_t i = 0; i < batch.size(); ++i) all.emplace_back(std::move((*answers)[first + i]));
  return all;
}

Status Connection::run(std::string_view script) {
  const auto tag = run_for_tag(script);
  if (!tag) return fail(tag.error());
  return {};
}

Result<std::string> Connection::run_for_tag(std::string_view script) {
  if (script.find('\0') != std::string_view::npos)
    return fail(Code::kInvalid, "an SQL script holds a zero byte");
  constexpr std::size_t kLabelLength = 40;
  const auto label =
      script.size() <= kLabelLength && script.find('\n') == std::string_view::npos ? script : "script";
  auto answer = link_->simple(label, std::string(script), settings_.statement_timeout);
  if (!answer) return fail(answer.error());
  return std::string(PQcmdStatus(answer->get()));
}

}  // namespace berth::pg
