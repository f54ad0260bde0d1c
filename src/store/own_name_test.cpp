// The audit log is written by whom it watches, so the database sees to it that each writes in its own name
// alone.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/audit.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

using testing::HasSubstr;

constexpr const char* kStranger = "user:00000000-0000-4000-8000-000000000000";

class OwnName : public StoreTest {
 protected:
  model::UserId ana_ = add_user("ana@example.org");
  ReservationView mine_ = slice(ana_, 2, 4);

  /// What a role is told that changes a reservation as `actor`; "" when it may. Nothing of it stays.
  std::string change(const std::string& role, const std::string& actor, const std::string& authors = "") {
    return attempt(role, fmt::format("SELECT set_config('berth.actor', '{}', true),"
                                     " set_config('berth.authors', '{}', true);"
                                     "UPDATE berth.reservation SET reason = 'x', version = version + 1",
                                     actor, authors));
  }
  /// The same for a row that it writes into the log itself.
  std::string note(const std::string& actor, const std::string& action, const std::string& outcome) {
    return attempt("berth_portal",
                   fmt::format("INSERT INTO berth.audit (actor, action, object_type, object_id, outcome)"
                               " VALUES ('{}', '{}', 'user', 'x', '{}')",
                               actor, action, outcome));
  }

 private:
  std::string attempt(const std::string& role, const std::string& script) {
    auto connection = database_.connect();
    must(connection.run(fmt::format("BEGIN; SET LOCAL ROLE {}", role)));
    const auto done = connection.run(script);
    if (done) return "";
    EXPECT_EQ(done.error().slug, "42501") << done.error().message;
    return done.error().message;
  }
};

TEST_F(OwnName, ThePortalChangesRowsInTheNameOfItsUsers) {
  EXPECT_EQ(change("berth_portal", author(ana_).actor), "");
  EXPECT_EQ(change("berth_portal", "portal"), "") << "what it does unasked";
  for (const std::string actor : {"owner", "nobody", "reconciler:default", kStranger, "user:", "user:ana",
                                  "user:ana@example.org", "berth"}) {
    EXPECT_THAT(change("berth_portal", actor), HasSubstr("berth.actor is \"" + actor + "\"")) << actor;
  }
  // The id of a user, and nothing about it.
  for (const auto& actor : {author(ana_).actor + " ", " " + author(ana_).actor, "User:" + ana_.value}) {
    EXPECT_NE(change("berth_portal", actor), "") << actor;
  }
}

TEST_F(OwnName, WhoIsNamedForOneRowOfManyIsHeldToTheSame) {
  const auto named = [&](const std::string& actor, const std::string& at) {
    return change(
        "berth_portal", author(ana_).actor,
        fmt::format(R"({{"{}": {{"actor": "{}", "at": "{}"}}}})", mine_.reservation.id.value, actor, at));
  };
  EXPECT_EQ(named(author(ana_).actor, "2026-11-29T12:00:00Z"), "");
  for (const auto* actor : {"owner", "nobody", "reconciler:default", kStranger}) {
    EXPECT_THAT(named(actor, "2026-11-29T12:00:00Z"), HasSubstr("berth.actor is")) << actor;
  }
}

TEST_F(OwnName, NobodyWritesTheLogForAnotherTime) {
  for (const auto* at : {"2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"}) {
    auto connection = database_.connect();
    const auto before = must(database_now(connection));
    must(connection.run(fmt::format(
        R"(BEGIN; SET LOCAL ROLE berth_portal; SELECT set_config('berth.authors', '{{"{}": {{"actor": "{}", "at": "{}"}}}}', true);
           UPDATE berth.reservation SET reason = 'x', version = version + 1; COMMIT)",
        mine_.reservation.id.value, author(ana_).actor, at)));
    const auto said =
        sql("SELECT at FROM berth.audit WHERE object_type = 'reservation' ORDER BY id DESC LIMIT 1")
            .front()
            .get<Instant>("at");
    EXPECT_GE(said, before) << at;
    EXPECT_LE(said, must(database_now(connection))) << at;
  }
}

TEST_F(OwnName, AReconcilerChangesRowsInTheNameOfItsCluster) {
  EXPECT_EQ(change("berth_reconciler", reconciler_author("default").actor), "");
  for (const auto& actor : {std::string("owner"), std::string("nobody"), author(ana_).actor,
                            std::string("reconciler:"), std::string("reconciler:elsewhere")}) {
    EXPECT_THAT(change("berth_reconciler", actor), HasSubstr("berth_reconciler does not write")) << actor;
  }
}

TEST_F(OwnName, TheOwnerSaysWhoItIs) {
  EXPECT_EQ(change(std::string(pgserver::kSuperuser), "owner"), "");
  EXPECT_EQ(change(std::string(pgserver::kSuperuser), "restored by ops"), "");
}

TEST_F(OwnName, WhatIsNotedWithoutAChangeIsARefusalOrAboutSigningIn) {
  const auto ana = author(ana_).actor;
  EXPECT_EQ(note("nobody", "auth.refused", "refused"), "");
  EXPECT_EQ(note(ana, "auth.signed_in", "done"), "");
  EXPECT_EQ(note(ana, "pool.changed", "refused"), "");
  // A change of a row that was none, a sign-in of nobody, and another's name.
  EXPECT_THAT(note(ana, "reservation.changed", "done"),
              HasSubstr("not reservation.changed with the outcome done"));
  EXPECT_NE(note("nobody", "auth.signed_in", "done"), "");
  EXPECT_NE(note(kStranger, "auth.signed_in", "done"), "");
  EXPECT_NE(note("owner", "auth.refused", "refused"), "");
  EXPECT_NE(note("portal", "auth.signed_in", "done"), "") << "nobody asks in that name";
}

TEST_F(OwnName, AMemberOfBothGroupsIsHeldToOneOfBothNames) {
  sql("DO $$ BEGIN CREATE ROLE test_both IN ROLE berth_portal, berth_reconciler;"
      " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$");
  EXPECT_EQ(change("test_both", author(ana_).actor), "");
  EXPECT_EQ(change("test_both", reconciler_author("default").actor), "");
  EXPECT_NE(change("test_both", "owner"), "");
}

}  // namespace
}  // namespace berth::store
