// For tests: a database with pools and people in it, and a portal in front of it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "model/permissions.hpp"
#include "portal/portal.hpp"
#include "portal/test_client.hpp"
#include "store/author.hpp"
#include "store/pools.hpp"
#include "testsupport/must.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::portal {

inline constexpr std::string_view kPassword = "correct horse battery";

using testsupport::must;

struct Person {
  model::UserId id;
  std::string email;
  std::string token;  // with the scopes read, write and, for an admin, admin
};

/// Pools: "lab", as deploy/pools has it but for a generous limit per user; "pair", with two slices of its own
/// and names shown. The team "vision" is ana's and tom's, led by lead; ben, finance and admin are in no team.
class Site {
 public:
  explicit Site(Log log = Log::silent());

  Settings settings() const;
  std::unique_ptr<Portal> start_portal(const Settings& settings) const;
  std::unique_ptr<Portal> start_portal() const { return start_portal(settings()); }

  Portal& portal() { return *portal_; }
  std::uint16_t port() const { return portal_->port(); }
  Client client(const Person& person) const { return client(person, port()); }
  static Client client(const Person& person, std::uint16_t port);
  Client stranger() const { return Client(port()); }
  /// Signed in with the password, as a browser is.
  Client browser(const Person& person) const;
  void restart_portal();

  /// As the owner of the schema.
  pg::Rows sql(const std::string& statement) const;
  std::string text(const std::string& statement) const {
    return sql(statement).front().get<std::string>("x");
  }
  std::int64_t number(const std::string& statement) const {
    return sql(statement).front().get<std::int64_t>("x");
  }
  std::string add_token(const Person& person, std::vector<std::string> scopes) const;
  /// Without a booking of any other test.
  Person add_person(const std::string& name, model::Role role);
  /// As the reconciler does it: APPROVED to ACTIVE, with a session and its steps.
  void begin_session(const std::string& reservation) const;

  /// The start of a stretch of 8 hours that no other caller gets, a day ahead or more.
  Instant fresh_day();

  testsupport::Database database;
  Person admin, lead, finance, ana, tom, ben;

 private:
  Log log_;
  Instant next_day_;
  std::unique_ptr<Portal> portal_;
};

inline Instant time_at(const json::value& body, std::string_view field) {
  return must(parse_rfc3339(string_at(body, {field})));
}

/// A reservation as lists and changes tell it: what becomes of its home is told to who asks for it by itself.
inline json::value without_home(json::value reservation) {
  EXPECT_EQ(reservation.as_object().erase("home"), 1U);
  return reservation;
}

/// A body for POST /reservations: `units` slices of the lab from `start`, for `hours`.
json::object booking_body(Instant start, int hours = 2, int units = 1,
                          std::string_view device_class = "slice-24gb");

/// One site for all tests of a suite.
class PortalTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { site_ = std::make_unique<Site>(); }
  static void TearDownTestSuite() { site_.reset(); }
  static Site& site() { return *site_; }

 private:
  static inline std::unique_ptr<Site> site_;
};

}  // namespace berth::portal
