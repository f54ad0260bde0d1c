#include "testsupport/private_postgres.hpp"

#include <gtest/gtest.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <system_error>

namespace berth::testsupport {
namespace {

constexpr std::chrono::milliseconds kAdminTimeout{60'000};

template <typename T>
T need(Result<T> result, std::string_view what) {
  if (!result) throw std::runtime_error(within(what, result.error()).message);
  return std::move(*result);
}

void need(const Status& status, std::string_view what) {
  if (!status) throw std::runtime_error(within(what, status.error()).message);
}

constexpr std::string_view kMemory = "/dev/shm";
constexpr std::uint64_t kRoomInMemory = std::uint64_t{1} << 30;

/// In memory where there is room for it: a database is some three hundred files, and to make and remove them
/// takes six times as much of the processor on a disk. Containers often have 64 MiB there, which is no room.
std::string place_for_data() {
  struct statfs found{};
  const bool in_memory = ::statfs(kMemory.data(), &found) == 0 && found.f_type == TMPFS_MAGIC &&
                         found.f_bavail * static_cast<std::uint64_t>(found.f_bsize) >= kRoomInMemory &&
                         ::access(kMemory.data(), W_OK) == 0;
  return std::string(in_memory ? kMemory : "/tmp");
}

pgserver::Server start_server() {
  // The folder itself must be enterable by the server's user, who is not ours when we are root.
  auto folder = place_for_data() + "/test-pg-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) throw std::system_error(errno, std::generic_category(), folder);
  pgserver::Settings settings;
  settings.data_dir = folder;
  settings.fsync = false;
  settings.remove_data_at_end = true;
  settings.extra_conf = {{"max_connections", "200"},   {"shared_buffers", "64MB"}, {"autovacuum", "off"},
                         {"wal_level", "minimal"},     {"max_wal_senders", "0"},   {"max_wal_size", "128MB"},
                         {"log_min_messages", "fatal"}};
  return need(pgserver::Server::start(settings), "start a private PostgreSQL");
}

}  // namespace

Database::~Database() {
  if (!name_) return;
  try {
    server_->admin("DROP DATABASE " + pg::quote_identifier(*name_) + " WITH (FORCE)");
  } catch (const std::runtime_error& error) {
    ADD_FAILURE() << error.what();
  }
}

pg::Settings Database::settings() const {
  return settings_as(pgserver::kSuperuser);
}

pg::Settings Database::settings_as(std::string_view role) const {
  pg::Settings settings;
  settings.conninfo = server_->conninfo(*name_, role);
  settings.application_name = "test";
  return settings;
}

pg::Connection Database::connect() const {
  return need(pg::Connection::connect(settings()), "connect to " + *name_);
}

PrivatePostgres::PrivatePostgres() : server_(start_server()) {}

std::string PrivatePostgres::conninfo(std::string_view database, std::string_view user) const {
  return server_.conninfo(database, user);
}

void PrivatePostgres::admin(const std::string& sql) {
  const std::lock_guard lock(admin_mutex_);
  if (!admin_ || !admin_->still_open()) {
    pg::Settings settings;
    settings.conninfo = conninfo("postgres");
    settings.statement_timeout = kAdminTimeout;
    admin_.emplace(need(pg::Connection::connect(settings), "connect to the private PostgreSQL"));
  }
  need(admin_->run(sql), sql);
}

Database PrivatePostgres::fresh_database() {
  const std::lock_guard lock(mutex_);
  auto name = "test_" + std::to_string(++databases_);
  admin("CREATE DATABASE " + pg::quote_identifier(name));
  return {*this, std::move(name)};
}

Database PrivatePostgres::fresh_database(std::span<const base::EmbeddedFile> migrations,
                                         const std::string& schema) {
  const std::lock_guard lock(mutex_);
  const auto source = template_for(migrations, schema);
  auto name = "test_" + std::to_string(++databases_);
  // File by file, rather than each page through the write-ahead log: what the first connection would have to
  // look up anew is copied along.
  admin("CREATE DATABASE " + pg::quote_identifier(name) + " TEMPLATE " + pg::quote_identifier(source) +
        " STRATEGY FILE_COPY");
  return {*this, std::move(name)};
}

std::string PrivatePostgres::template_for(std::span<const base::EmbeddedFile> migrations,
                                          const std::string& schema) {
  std::string all = schema;
  for (const auto& migration : migrations) all.append(migration.path).append(migration.bytes);
  auto name = "template_" + std::to_string(std::hash<std::string>()(all));
  if (templates_.contains(name)) return name;
  admin("CREATE DATABASE " + pg::quote_identifier(name));
  pg::Settings settings;
  settings.conninfo = conninfo(name);
  auto connection = need(pg::Connection::connect(settings), "connect to " + name);
  need(pg::migrate(connection, migrations, {.schema = schema}), "migrate a template");
  templates_.insert(name);
  return name;
}

PrivatePostgres& postgres() {
  static PrivatePostgres server;
  return server;
}

}  // namespace berth::testsupport
