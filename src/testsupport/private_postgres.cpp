#include "testsupport/private_postgres.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cerrno>
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

pgserver::Server start_server() {
  // The folder itself must be enterable by the server's user, who is not ours when we are root.
  std::string folder = "/tmp/test-pg-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) throw std::system_error(errno, std::generic_category(), folder);
  pgserver::Settings settings;
  settings.data_dir = folder;
  settings.fsync = false;
  settings.remove_data_at_end = true;
  settings.extra_conf = {{"max_connections", "200"},
                         {"shared_buffers", "64MB"},
                         {"autovacuum", "off"},
                         {"max_wal_size", "256MB"},
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
  pg::Settings settings;
  settings.conninfo = conninfo("postgres");
  settings.statement_timeout = kAdminTimeout;
  auto connection = need(pg::Connection::connect(settings), "connect to the private PostgreSQL");
  need(connection.run(sql), sql);
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
  admin("CREATE DATABASE " + pg::quote_identifier(name) + " TEMPLATE " + pg::quote_identifier(source));
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
