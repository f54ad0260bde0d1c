// How a link is made: the connection string is taken apart first, so that what libpq says about a broken one,
// which may quote a password, never leaves this file.
#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <map>

#include "pg/link.hpp"
#include "pg/wait.hpp"

namespace berth::pg {
namespace {

using Options = std::map<std::string, std::string>;

struct InfoDeleter {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

tl::unexpected<Error> refuse(std::string message) {
  return fail(Code::kUnavailable, std::move(message), std::string(kConnectFailed));
}

Result<Options> parse(const std::string& conninfo) {
  char* reason = nullptr;
  const std::unique_ptr<PQconninfoOption, InfoDeleter> parsed(PQconninfoParse(conninfo.c_str(), &reason));
  PQfreemem(reason);
  if (!parsed) {
    return refuse(
        "the PostgreSQL connection string is malformed (want postgresql://user@host:port/database or "
        "key=value pairs)");
  }
  Options options;
  for (const auto* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) options[option->keyword] = option->val;
  }
  // A reserved character left plain in a URL's password moves the rest of it into the host or the port.
  const auto& port = options["port"];
  if (options["host"].find('@') != std::string::npos ||
      port.find_first_not_of("0123456789,") != std::string::npos) {
    return refuse(
        "the PostgreSQL connection string has a malformed host or port; reserved characters in a URL's user "
        "or "
        "password must be percent-encoded");
  }
  return options;
}

std::string target_of(const Options& options) {
  const auto value = [&](const char* key, const char* otherwise) {
    const auto found = options.find(key);
    return found == options.end() || found->second.empty() ? std::string(otherwise) : found->second;
  };
  return fmt::format("database {} at {} port {} as {}", value("dbname", "(default)"),
                     value("host", "(default)"), value("port", "(default)"), value("user", "(default)"));
}

/// libpq's words, on one line.
std::string reason_of(PGconn* connection) {
  std::string text = PQerrorMessage(connection);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ';');
  std::replace(text.begin(), text.end(), '\t', ' ');
  return text;
}

}  // namespace

void ConnDeleter::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

/// libpq would print notices on standard error. One of them matters: what ends a session that runs no
/// statement.
void Link::on_notice(void* link, const pg_result* notice) {
  const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity == nullptr) return;
  const std::string_view text(severity);
  if (text == "FATAL" || text == "PANIC") static_cast<Link*>(link)->ended_by_server_ = true;
}

Result<std::unique_ptr<Link>> Link::open(const Settings& settings, int wake) {
  std::unique_ptr<Link> link(new Link(wake, settings.cancel_grace));
  if (auto started = link->start(settings); !started) return fail(started.error());

  // The codecs rely on UTC, ISO and hex. Statements are short: to compile one, or to start workers for it,
  // takes longer than to run it. Not sent as `options`: connection poolers refuse those.
  const auto setup = fmt::format(
      "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET bytea_output = 'hex'; SET extra_float_digits = "
      "1; "
      "SET jit = off; SET max_parallel_workers_per_gather = 0; SET client_min_messages = 'warning'; SET "
      "client_connection_check_interval = '5s'; "
      "SET idle_in_transaction_session_timeout = {}",
      settings.idle_in_transaction_timeout.count());
  const auto done = link->simple("set up the session", setup, settings.connect_timeout);
  if (!done) return fail(within("connect to PostgreSQL", done.error()));
  return link;
}

Status Link::start(const Settings& settings) {
  auto options = parse(settings.conninfo);
  if (!options) return fail(options.error());
  // A peer that vanished is noticed within about a minute. `insert` keeps what the connection string says
  // itself.
  options->insert({{"keepalives_idle", "30"},
                   {"keepalives_interval", "10"},
                   {"keepalives_count", "3"},
                   {"tcp_user_timeout", "60000"},
                   {"fallback_application_name", settings.application_name}});
  (*options)["client_encoding"] = "UTF8";

  std::vector<const char*> keys;
  std::vector<const char*> values;
  for (const auto& [key, value] : *options) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);

  const auto deadline = std::chrono::steady_clock::now() + settings.connect_timeout;
  const auto target = target_of(*options);
  connection_.reset(PQconnectStartParams(keys.data(), values.data(), 0));
  if (!connection_) return refuse(fmt::format("connect to {}: out of memory", target));
  auto* connection = connection_.get();
  PQsetNoticeReceiver(connection, &Link::on_notice, this);

  auto state = PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
    const bool write = state == PGRES_POLLING_WRITING;
    switch (wait_for(PQsocket(connection), !write, write, wake_, deadline)) {
      case Waited::kReady:
        state = PQconnectPoll(connection);
        break;
      case Waited::kDeadline:
        close();
        return refuse(
            fmt::format("connect to {}: no answer within {} ms", target, settings.connect_timeout.count()));
      case Waited::kWoken:
        close();
        return fail(Code::kUnavailable, fmt::format("connect to {}: interrupted", target),
                    std::string(kInterrupted));
      case Waited::kFailed:
        state = PGRES_POLLING_FAILED;
        break;
    }
  }
  if (state != PGRES_POLLING_OK || PQsetnonblocking(connection, 1) != 0) {
    auto reason = reason_of(connection);
    close();
    return refuse(fmt::format("connect to {}: {}", target, reason));
  }
  return {};
}

}  // namespace berth::pg
