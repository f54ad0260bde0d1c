// What the database itself refuses, whatever the code above it does. Each statement is run in the real roles.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/credentials.hpp"
#include "store/fixture.hpp"

namespace berth::store {
namespace {

using testing::HasSubstr;

constexpr std::string_view kDenied = "42501";

constexpr const char* kMakeSession = R"sql(
    INSERT INTO berth.session (reservation, attempt, cluster, namespace_name, host, phase)
    VALUES (gen_random_uuid(), 1, 'c', 'n', 'h', 'Starting')
)sql";
constexpr const char* kMakeClaim = R"sql(
    INSERT INTO berth.reservation_unit (reservation, unit, during)
    VALUES (gen_random_uuid(), 1, '[2030-01-01,2030-01-02)')
)sql";

class Privileges : public StoreTest {
 protected:
  model::UserId ana_ = add_user("ana@example.org");

  /// The SQLSTATE that a role gets for a script, "" when it works. Nothing of it stays.
  std::string as(const std::string& role, const std::string& script) {
    auto connection = database_.connect();
    const auto actor = role == "berth_portal" ? author(ana_).actor : reconciler_author("default").actor;
    must(connection.run(
        fmt::format("BEGIN; SET LOCAL ROLE {}; SELECT set_config('berth.actor', '{}', true)", role, actor)));
    const auto done = connection.run(script);
    return done ? "" : done.error().slug;
  }
  std::string as_portal(const std::string& script) { return as("berth_portal", script); }
  std::string as_reconciler(const std::string& script) { return as("berth_reconciler", script); }
};

TEST_F(Privileges, ThePortalReadsSessionsAndNeverWritesThem) {
  EXPECT_EQ(as_portal("SELECT * FROM berth.session"), "");
  for (const auto* script :
       {"UPDATE berth.session SET phase = 'Ready'", "DELETE FROM berth.session", kMakeSession,
        "UPDATE berth.step SET tries = 0", "UPDATE berth.hold SET released_at = now()",
        "UPDATE berth.leader SET epoch = 1", "UPDATE berth.heartbeat SET at = now()",
        "UPDATE berth.finding SET resolved_at = now()"}) {
    EXPECT_EQ(as_portal(script), kDenied) << script;
  }
}

TEST_F(Privileges, NobodyChangesTheAuditLog) {
  const auto partition = text(
      "SELECT inhrelid::regclass::text AS x FROM pg_inherits"
      " WHERE inhparent = 'berth.audit'::regclass LIMIT 1");
  for (const auto* role : {"berth_portal", "berth_reconciler"}) {
    for (const auto& script :
         {std::string("UPDATE berth.audit SET actor = 'x'"), std::string("DELETE FROM berth.audit"),
          std::string("TRUNCATE berth.audit"), std::string("DROP TABLE berth.audit"),
          "DELETE FROM " + partition, "UPDATE " + partition + " SET actor = 'x'", "DROP TABLE " + partition,
          "INSERT INTO " + partition + " (actor, action, object_type, object_id) VALUES ('a', 'a', 'a', 'a')",
          std::string("INSERT INTO berth.audit (at, actor, action, object_type, object_id)"
                      " VALUES ('2020-01-01', 'a', 'a', 'a', 'a')")}) {
      EXPECT_EQ(as(role, script), kDenied) << role << ": " << script;
    }
  }
  // What the reconciler changes is written down by triggers. The portal notes refused sign-ins too.
  const auto* note =
      "INSERT INTO berth.audit (actor, action, object_type, object_id, outcome)"
      " VALUES ('nobody', 'auth.refused', 'user', 'x', 'refused')";
  EXPECT_EQ(as_portal(note), "");
  EXPECT_EQ(as_reconciler(note), kDenied);
  EXPECT_EQ(as_reconciler("SELECT * FROM berth.audit"), kDenied);
}

TEST_F(Privileges, TheReconcilerReadsNoSecretsHash) {
  for (const auto* script :
       {"SELECT password_hash FROM berth.app_user", "SELECT * FROM berth.app_user",
        "SELECT token_hash FROM berth.api_token", "SELECT token_hash FROM berth.web_session",
        "SELECT body_hash FROM berth.idempotency"}) {
    EXPECT_EQ(as_reconciler(script), kDenied) << script;
  }
  EXPECT_EQ(as_reconciler("SELECT id, email, name FROM berth.app_user"), "");
}

TEST_F(Privileges, TheReconcilerBooksNothing) {
  for (const auto* script : {kMakeClaim, "UPDATE berth.reservation SET owner = gen_random_uuid()",
                             "UPDATE berth.reservation SET end_at = now()", "DELETE FROM berth.reservation",
                             "DELETE FROM berth.reservation_unit", "UPDATE berth.pool SET policy = '{}'",
                             "UPDATE berth.app_user SET role = 'admin'"}) {
    EXPECT_EQ(as_reconciler(script), kDenied) << script;
  }
}

TEST_F(Privileges, AClusterIsDeclaredThroughThePortalAlone) {
  EXPECT_EQ(as_portal("INSERT INTO berth.cluster (name, facts) VALUES ('east', '{}')"), "");
  EXPECT_EQ(as_portal("UPDATE berth.cluster SET facts = facts || '{\"scc\": \"x\"}', version = version + 1"),
            "");
  for (const auto* script : {"UPDATE berth.cluster SET name = 'east'", "DELETE FROM berth.cluster",
                             "TRUNCATE berth.cluster CASCADE", "SELECT berth.spread_facts()"}) {
    EXPECT_EQ(as_portal(script), kDenied) << script;
  }
  EXPECT_EQ(as_reconciler("SELECT name, facts FROM berth.cluster"), "");
  for (const auto* script :
       {"UPDATE berth.cluster SET facts = '{}'",
        "INSERT INTO berth.cluster (name, facts) VALUES ('east', '{}')", "DELETE FROM berth.cluster"}) {
    EXPECT_EQ(as_reconciler(script), kDenied) << script;
  }
}

TEST_F(Privileges, OwnerTeamAndPoolOfAReservationNeverChange) {
  for (const auto* column : {"owner", "team", "pool", "created_at", "id"}) {
    EXPECT_EQ(as_portal(fmt::format("UPDATE berth.reservation SET {0} = {0}", column)), kDenied) << column;
  }
  EXPECT_EQ(as_portal("DELETE FROM berth.reservation"), kDenied);
}

TEST_F(Privileges, TheSchemaIsItsOwners) {
  for (const auto* role : {"berth_portal", "berth_reconciler"}) {
    for (const auto* script :
         {"CREATE TABLE berth.mine (x int)", "ALTER TABLE berth.reservation DISABLE TRIGGER ALL",
          "INSERT INTO berth.reservation_transition VALUES ('COMPLETED', 'ACTIVE')",
          "UPDATE berth.installation SET audit_months = 3", "DROP FUNCTION berth.audit_row()",
          "INSERT INTO berth.event (id, kind) VALUES (1, 'x')"}) {
      EXPECT_EQ(as(role, script), kDenied) << role << ": " << script;
    }
  }
  EXPECT_EQ(as_portal("SELECT berth.audit_drop_expired()"), kDenied);
  EXPECT_EQ(as_portal("SELECT berth.housekeep()"), kDenied);
  EXPECT_EQ(as_reconciler("SELECT berth.housekeep()"), "");
}

TEST_F(Privileges, AChangeWithoutAnAuthorIsRefused) {
  const auto mine = slice(ana_, 2, 4);
  auto connection = portal_connection();
  const auto changed = connection.run("UPDATE berth.reservation SET state = 'CANCELED'");
  ASSERT_FALSE(changed);
  EXPECT_THAT(changed.error().message, HasSubstr("berth.actor is not set"));
  const auto user = connection.run("UPDATE berth.app_user SET role = 'admin'");
  EXPECT_FALSE(user);
  EXPECT_EQ(must(load_reservation(connection_, viewer(ana_), mine.reservation.id)).reservation.state,
            model::ReservationState::kApproved);
}

TEST_F(Privileges, EveryStateChangeHasItsAuditRowInTheSameTransaction) {
  const auto mine = slice(ana_, 2, 4);
  const auto id = mine.reservation.id.value;
  begin(mine.reservation.id);
  sql("UPDATE berth.reservation SET state = 'COMPLETED' WHERE id = '" + id + "'");
  const auto rows =
      sql("SELECT a.before->>'state' AS was, a.after->>'state' AS is FROM berth.audit a"
          " WHERE object_id = '" +
          id + "' AND object_type = 'reservation' ORDER BY a.id");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].get<std::string>("is"), "APPROVED");
  EXPECT_EQ(rows[1].get<std::string>("was"), "APPROVED");
  EXPECT_EQ(rows[1].get<std::string>("is"), "ACTIVE");
  EXPECT_EQ(rows[2].get<std::string>("is"), "COMPLETED");

  // What is rolled back leaves neither.
  const auto before = number("SELECT count(*) AS x FROM berth.audit");
  const auto other = slice(ana_, 6, 8);
  EXPECT_EQ(as_portal("UPDATE berth.reservation SET state = 'CANCELED' WHERE id = '" +
                      other.reservation.id.value + "'"),
            "");
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit"), before + 1) << "the booking's alone";
}

TEST_F(Privileges, TheLifecycleIsHeldByTheDatabaseAsByTheModel) {
  const auto mine = slice(ana_, 2, 4);
  const auto id = mine.reservation.id.value;
  for (const auto from : model::kReservationStates) {
    for (const auto to : model::kReservationStates) {
      if (from == to) continue;
      auto connection = database_.connect();
      must(
          connection.run(fmt::format("BEGIN; SELECT set_config('berth.actor', 'test', true);"
                                     "ALTER TABLE berth.reservation DISABLE TRIGGER reservation_transition;"
                                     "UPDATE berth.reservation SET state = '{}';"
                                     "ALTER TABLE berth.reservation ENABLE TRIGGER reservation_transition",
                                     to_string(from))));
      const auto done = connection.run(
          fmt::format("UPDATE berth.reservation SET state = '{}' WHERE id = '{}'", to_string(to), id));
      bool allowed = false;
      for (const auto event :
           {model::ReservationEvent::kSessionBegun, model::ReservationEvent::kCanceledByUser,
            model::ReservationEvent::kSessionGone, model::ReservationEvent::kSessionFailed,
            model::ReservationEvent::kDeadlinePassed}) {
        allowed = allowed || model::after(from, event) == to;
      }
      EXPECT_EQ(done.has_value(), allowed) << to_string(from) << " to " << to_string(to);
      EXPECT_EQ(done ? pg::kCheckViolation : done.error().slug, pg::kCheckViolation);
    }
  }
}

TEST_F(Privileges, DoubleBookingIsRefusedWhateverIsWritten) {
  const auto mine = slice(ana_, 2, 4);
  const auto other = slice(ana_, 3, 5);
  const auto unit_of = [](const ReservationView& view) {
    return fmt::format("(SELECT unit FROM berth.reservation_unit WHERE reservation = '{}')",
                       view.reservation.id.value);
  };
  EXPECT_EQ(as_portal(fmt::format("UPDATE berth.reservation_unit SET unit = {} WHERE reservation = '{}'",
                                  unit_of(mine), other.reservation.id.value)),
            pg::kExclusionViolation);
  EXPECT_EQ(as_portal(fmt::format(
                "UPDATE berth.reservation_unit SET unit = CASE reservation WHEN '{}' THEN {} ELSE {} END",
                mine.reservation.id.value, unit_of(other), unit_of(mine))),
            "")
      << "a swap in one statement is none";
  for (const auto* range : {"empty", "(,2030-01-01)", "[2030-01-01,)", "(2030-01-01,2030-01-02)",
                            "[2030-01-01,2030-01-02]", "[-infinity,2030-01-01)", "[2030-01-01,infinity)"}) {
    EXPECT_EQ(
        as_portal(fmt::format("UPDATE berth.reservation_unit SET during = '{}' WHERE reservation = '{}'",
                              range, mine.reservation.id.value)),
        pg::kCheckViolation)
        << range;
  }
}

TEST_F(Privileges, ClaimsOfWhatHasBegunAreKept) {
  const auto mine = slice(ana_, 0, 4);
  EXPECT_EQ(as_portal("DELETE FROM berth.reservation_unit"), "")
      << "an edit before the start may give one back";
  begin(mine.reservation.id);
  EXPECT_EQ(as_portal("DELETE FROM berth.reservation_unit"), pg::kCheckViolation);
}

TEST_F(Privileges, ClaimsOfWhatIsOverAreNeverChanged) {
  const auto mine = slice(ana_, 0, 4);
  const auto id = mine.reservation.id.value;
  const auto unit = number("SELECT max(id) AS x FROM berth.unit");
  const auto each = [&](const std::string& want) {
    for (const auto* role : {"berth_portal", "berth_reconciler"}) {
      for (const auto& set :
           {fmt::format("unit = {}", unit), std::string("live = false"),
            std::string("during = tstzrange(lower(during), upper(during) - interval '1 min')")}) {
        EXPECT_EQ(
            as(role, fmt::format("UPDATE berth.reservation_unit SET {} WHERE reservation = '{}'", set, id)),
            want)
            << role << ": " << set;
      }
    }
  };
  each("");
  begin(mine.reservation.id);
  each("");
  for (const auto* state : {"COMPLETED", "FAILED"}) {
    auto connection = database_.connect();
    must(connection.run("BEGIN; SELECT set_config('berth.actor', 'test', true)"));
    must(connection.run(fmt::format("UPDATE berth.reservation SET state = '{}' WHERE id = '{}'", state, id)));
    const auto changed = connection.run("UPDATE berth.reservation_unit SET live = false");
    ASSERT_FALSE(changed) << state;
    EXPECT_EQ(changed.error().slug, pg::kCheckViolation);
  }
  sql("UPDATE berth.reservation SET state = 'COMPLETED' WHERE id = '" + id + "'");
  each(std::string(pg::kCheckViolation));

  const auto canceled = slice(ana_, 6, 8);
  must(end(connection_, author(ana_), viewer(ana_), canceled.reservation.id));
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.reservation_unit WHERE NOT live"), 1) << "given up";
  EXPECT_EQ(as_portal("UPDATE berth.reservation_unit SET live = true WHERE NOT live"), pg::kCheckViolation);
}

TEST_F(Privileges, RetentionDropsWholeOldMonthsAndNothingElse) {
  const auto partitions = [&] {
    return number("SELECT count(*) AS x FROM pg_inherits WHERE inhparent = 'berth.audit'::regclass");
  };
  const auto add = [&](const std::string& month, const std::string& first, const std::string& next) {
    sql("CREATE TABLE berth.audit_" + month + " PARTITION OF berth.audit FOR VALUES FROM ('" + first +
        "') TO ('" + next + "')");
    sql("INSERT INTO berth.audit (at, actor, action, object_type, object_id) VALUES ('" + first +
        "', 'a', 'a', 'a', '" + month + "')");
  };
  // The month that is exactly as old as is kept stays; the one before goes.
  const auto month = [&](int ago, const char* format) {
    return text(fmt::format(
        "SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') - interval '{} months', '{}') AS x",
        ago, format));
  };
  add(month(25, "YYYY_MM"), month(25, "YYYY-MM-DD") + " 00:00Z", month(24, "YYYY-MM-DD") + " 00:00Z");
  add(month(24, "YYYY_MM"), month(24, "YYYY-MM-DD") + " 00:00Z", month(23, "YYYY-MM-DD") + " 00:00Z");
  const auto before = partitions();
  auto reconciler = database_.connect();
  must(reconciler.run("SET ROLE berth_reconciler; SELECT berth.audit_drop_expired()"));
  EXPECT_EQ(partitions(), before - 1);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit WHERE object_id = '" + month(25, "YYYY_MM") + "'"),
            0);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit WHERE object_id = '" + month(24, "YYYY_MM") + "'"),
            1);
  must(reconciler.run("SELECT berth.audit_drop_expired(); SELECT berth.audit_prepare_partitions()"));
  EXPECT_EQ(partitions(), before - 1);
}

}  // namespace
}  // namespace berth::store
