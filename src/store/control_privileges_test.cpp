// The whole of what the two programs may do to the database, column by column, told here a second time: a
// grant that is added or lost is then a decision and no accident. Nothing is read from the catalogue's own
// words about rights: every command is run, on a connection of a login role, as the programs run theirs.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <map>
#include <set>

#include "store/fixture.hpp"

namespace berth::store {
namespace {

constexpr std::string_view kNoPrivilege = "42501";

/// Columns by name with one space between them; "*" for all of the table's, "" for none.
struct Rights {
  std::string_view table;
  std::string_view select;
  std::string_view insert;
  std::string_view update;
  bool remove = false;
};

constexpr std::string_view kAuditInsert =
    "actor action object_type object_id outcome request_id source_ip token count since";

constexpr std::array kPortal{
    Rights{"activity", "*", "", "", false},
    Rights{"api_token", "*", "*", "last_used_at revoked_at", false},
    Rights{"app_user", "*", "email name role password_hash password_change_needed",
           "role password_hash disabled_at last_sign_in_at password_change_needed signed_out_at", false},
    Rights{"audit", "*", kAuditInsert, "", false},
    Rights{"audit_rest", "", "", "", false},
    Rights{"backup", "*", "", "", false},
    Rights{"cache_artifact", "*", "kind source bytes digest priority pinned note added_by",
           "priority pinned note", true},
    Rights{"cache_artifact_pool", "*", "*", "", true},
    Rights{"cache_node", "*", "*", "*", false},
    Rights{"cache_state", "*", "*", "*", true},
    Rights{"cache_token", "*", "node prefix token_hash made_by", "last_used_at revoked_at", false},
    Rights{"cluster", "*", "name facts", "facts version", false},
    Rights{"declared", "*", "", "", false},
    Rights{"device", "*", "*", "*", false},
    Rights{"device_class", "*", "*", "*", false},
    Rights{"device_use", "*", "", "", false},
    Rights{"event", "*", "", "", false},
    Rights{"finding", "*", "", "", false},
    Rights{"gate_key", "*", "id secret public_half", "", false},
    Rights{"heartbeat", "*", "", "", false},
    Rights{"hold", "*", "", "", false},
    Rights{"home", "*", "", "delete_asked_at", false},
    Rights{"idempotency", "*", "*", "", false},
    Rights{"installation", "*", "", "", false},
    Rights{"kubeconfig_request", "*", "id reservation asked_by public_key", "", true},
    Rights{"layout_order", "*", "node layout ways advertises units not_before ordered_by",
           "state retry_asked_at", false},
    Rights{"leader", "*", "", "", false},
    Rights{"node", "*", "*", "*", false},
    Rights{"person", "*", "", "", false},
    Rights{"pool", "*", "*", "*", false},
    Rights{"reservation", "*", "*",
           "device_class units cpu_milli memory_gib storage_gib mode start_at end_at state reason name "
           "rate_micros "
           "currency end_requested_at version",
           false},
    Rights{"reservation_artifact", "*", "", "", false},
    Rights{"reservation_guest", "*", "reservation member", "", true},
    Rights{"reservation_transition", "", "", "", false},
    Rights{"reservation_unit", "*", "*", "unit during live", true},
    Rights{"schema_migration", "*", "", "", false},
    Rights{"session", "*", "", "", false},
    Rights{"step", "*", "", "", false},
    Rights{"team", "*", "name", "", false},
    Rights{"team_member", "*", "*", "leads", true},
    Rights{"unit", "*", "*", "*", false},
    Rights{"unit_history", "*", "", "", false},
    Rights{"web_session", "*", "*", "", true},
    Rights{"wish", "*", "", "taken_at answered_at answer", false},
};

constexpr std::array kReconciler{
    Rights{"activity", "*", "", "", false},
    Rights{"api_token", "", "", "", false},
    Rights{"app_user", "id email name disabled_at signed_out_at", "", "", false},
    Rights{"audit", "", "", "", false},
    Rights{"audit_rest", "", "", "", false},
    Rights{"backup", "", "", "", false},
    Rights{"cache_artifact", "", "", "", false},
    Rights{"cache_artifact_pool", "", "", "", false},
    Rights{"cache_node", "", "", "", false},
    Rights{"cache_state", "", "", "", false},
    Rights{"cache_token", "", "", "", false},
    Rights{"cluster", "*", "", "", false},
    Rights{"declared", "", "", "", false},
    Rights{"device", "*", "", "", false},
    Rights{"device_class", "*", "", "", false},
    Rights{"device_use", "", "", "", false},
    Rights{"event", "*", "", "", false},
    Rights{"finding", "*", "*", "*", false},
    Rights{"gate_key", "id public_half created_at retired_at", "", "", false},
    Rights{"heartbeat", "*", "*", "*", false},
    Rights{"hold", "*", "*", "*", false},
    Rights{"home", "*", "", "", false},
    Rights{"idempotency", "", "", "", false},
    Rights{"installation", "*", "", "", false},
    Rights{"kubeconfig_request", "id reservation asked_by public_key created_at answered_at", "", "", false},
    Rights{"layout_order", "*", "",
           "state retry_asked_at label_given labelled_at had_others mig_state mig_state_since boot "
           "back_since tries "
           "step stuck "
           "sentence repair step_until in_force_since",
           false},
    Rights{"leader", "*", "*", "*", false},
    Rights{"node", "*", "", "", false},
    Rights{"person", "", "", "", false},
    Rights{"pool", "*", "", "", false},
    Rights{"reservation", "*", "", "state reason version", false},
    Rights{"reservation_artifact", "", "", "", false},
    Rights{"reservation_guest", "*", "", "", false},
    Rights{"reservation_transition", "", "", "", false},
    Rights{"reservation_unit", "*", "", "unit during live", false},
    Rights{"schema_migration", "*", "", "", false},
    Rights{"session", "*", "*", "*", false},
    Rights{"step", "*", "*", "*", false},
    Rights{"team", "", "", "", false},
    Rights{"team_member", "", "", "", false},
    Rights{"unit", "*", "", "", false},
    Rights{"unit_history", "", "", "", false},
    Rights{"web_session", "", "", "", false},
    Rights{"wish", "*", "", "", false},
};

/// Functions that a program may call; triggers need no right of their caller.
const std::map<std::string, std::set<std::string>> kFunctions{
    {"answer_kubeconfig", {"berth_reconciler"}},
    {"audit_drop_expired", {"berth_reconciler"}},
    {"audit_in_own_name", {}},
    {"audit_prepare_partitions", {"berth_reconciler"}},
    {"audit_reservations_changed", {}},
    {"audit_reservations_made", {}},
    {"audit_row", {}},
    {"authors", {}},
    {"check_layout_order", {}},
    {"check_people", {}},
    {"check_transition", {}},
    {"claims_follow_unit", {}},
    {"close_home", {"berth_reconciler"}},
    {"count_declared", {}},
    {"crowd_out_homes", {}},
    {"drop_kubeconfig", {"berth_reconciler"}},
    {"emit", {"berth_portal", "berth_reconciler"}},
    {"emit_all", {"berth_portal"}},
    {"forget_activity", {}},
    {"forget_wish", {}},
    {"give_back_home", {}},
    {"give_device", {}},
    {"hear_activity", {"berth_reconciler"}},
    {"hear_device_use", {"berth_reconciler"}},
    {"hear_wish", {"berth_reconciler"}},
    {"home_stays", {"berth_reconciler"}},
    {"housekeep", {"berth_reconciler"}},
    {"keep_claims", {}},
    {"keep_ended_claims", {}},
    {"keep_home", {"berth_reconciler"}},
    {"keep_unit_history", {}},
    {"leave_home", {"berth_reconciler"}},
    {"let_backups_read", {}},
    {"let_home_go", {"berth_reconciler"}},
    {"note_backup", {"berth_backup"}},
    {"place_claim", {}},
    {"repeat_facts", {}},
    {"repeat_on_claims", {}},
    {"spread_facts", {}},
    {"take_home", {}},
    {"wake", {}},
};

/// Nobody empties or alters a view, so there is nothing to try of that.
constexpr std::string_view kView = "person";

class ControlPrivileges : public StoreTest {
 protected:
  /// A connection of a role that can log in and has nothing but the membership, which is how the programs
  /// connect.
  pg::Connection login(const std::string& role) {
    const auto user = "login_" + role;
    sql("DO $$ BEGIN CREATE ROLE " + user + " LOGIN IN ROLE " + role +
        "; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$");
    return must(pg::Connection::connect(database_.settings_as(user)));
  }

  /// True when the role may; another refusal than for want of a right ends the test, for then nothing was
  /// learnt.
  static bool may(pg::Connection& connection, const std::string& statement) {
    must(connection.run("BEGIN; SELECT set_config('berth.actor', 'test', true)"));
    const auto done = connection.run(statement);
    must(connection.run("ROLLBACK"));
    // Of a view some columns are nobody's to write, whatever rights there are.
    const bool of_a_view = !done && done.error().message.find("of view") != std::string::npos;
    if (!done && done.error().slug != kNoPrivilege && !of_a_view)
      ADD_FAILURE() << statement << ": " << done.error().message;
    return done.has_value();
  }

  struct Column {
    std::string name;
    std::string type;
  };
  std::map<std::string, std::vector<Column>> tables() {
    std::map<std::string, std::vector<Column>> out;
    for (const auto& row :
         sql("SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type"
             " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = "
             "'berth'::regnamespace"
             " AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped"
             " ORDER BY c.relname, a.attnum")) {
      out[row.get<std::string>("table")].push_back(
          {row.get<std::string>("column"), row.get<std::string>("type")});
    }
    return out;
  }

  /// The columns, in the order of the table, for which `statement_of` may be run.
  template <typename StatementOf>
  static std::string allowed(pg::Connection& connection, const std::vector<Column>& columns,
                             const StatementOf& statement_of) {
    std::string out;
    std::size_t count = 0;
    for (const auto& column : columns) {
      if (!may(connection, statement_of(column))) continue;
      out += (out.empty() ? "" : " ") + column.name;
      ++count;
    }
    return count == columns.size() ? "*" : out;
  }

  template <typename Table>
  void expect_exactly(const std::string& role, const Table& expected) {
    auto connection = login(role);
    std::set<std::string> told;
    const auto all = tables();
    for (const auto& rights : expected) {
      const std::string table(rights.table);
      told.insert(table);
      ASSERT_TRUE(all.contains(table)) << table;
      const auto& columns = all.at(table);
      SCOPED_TRACE(role + ", berth." + table);
      EXPECT_EQ(allowed(connection, columns,
                        [&](const Column& it) {
                          return fmt::format("SELECT {} FROM berth.{} WHERE false", it.name, table);
                        }),
                rights.select)
          << "SELECT";
      EXPECT_EQ(allowed(connection, columns,
                        [&](const Column& it) {
                          return fmt::format(
                              "INSERT INTO berth.{} ({}) OVERRIDING SYSTEM VALUE"
                              " SELECT NULL::{} WHERE false",
                              table, it.name, it.type);
                        }),
                rights.insert)
          << "INSERT";
      EXPECT_EQ(allowed(connection, columns,
                        [&](const Column& it) {
                          return fmt::format("UPDATE berth.{} SET {} = DEFAULT WHERE false", table, it.name);
                        }),
                rights.update)
          << "UPDATE";
      EXPECT_EQ(may(connection, fmt::format("DELETE FROM berth.{} WHERE false", table)), rights.remove)
          << "DELETE";
      if (table != kView) expect_owners_alone(connection, table, columns.front().name);
    }
    // What no line tells of: a month of the audit log is for nobody, anything else is new and has no line
    // yet.
    for (const auto& [table, columns] : all) {
      if (told.contains(table)) continue;
      ASSERT_THAT(table, testing::MatchesRegex("audit_[0-9]+_[0-9]+"))
          << "a table without a line in this test";
      for (const auto* command : {"SELECT 1 FROM berth.{}", "DELETE FROM berth.{} WHERE false",
                                  "UPDATE berth.{} SET actor = 'x' WHERE false",
                                  "INSERT INTO berth.{} (actor) SELECT 'x' WHERE false"}) {
        EXPECT_FALSE(may(connection, fmt::format(fmt::runtime(command), table))) << role << ": " << command;
      }
      expect_owners_alone(connection, table, columns.front().name);
    }
  }

  static void expect_owners_alone(pg::Connection& connection, const std::string& table,
                                  const std::string& column) {
    for (const auto& statement :
         {fmt::format("TRUNCATE berth.{}", table), fmt::format("DROP TABLE berth.{} CASCADE", table),
          fmt::format("ALTER TABLE berth.{} ADD COLUMN mine int", table),
          fmt::format("CREATE INDEX ON berth.{} ({})", table, column)}) {
      EXPECT_FALSE(may(connection, statement)) << statement;
    }
  }
};

TEST_F(ControlPrivileges, ThePortalMayDoThisAndNothingElse) {
  expect_exactly("berth_portal", kPortal);
}

TEST_F(ControlPrivileges, TheReconcilerMayDoThisAndNothingElse) {
  expect_exactly("berth_reconciler", kReconciler);
}

TEST_F(ControlPrivileges, ABackupReadsEveryTableAndWritesNone) {
  sql("SELECT berth.let_backups_read()");  // as each `berth migrate` does
  std::vector<std::string> names;
  for (const auto& row :
       sql("SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'berth'::regnamespace "
           "AND relkind IN ('r', 'p') AND NOT relispartition"))
    names.push_back(row.get<std::string>("name"));
  std::vector<Rights> rights{{"audit_rest", "", "", "", false}, {"person", "", "", "", false}};
  for (const auto& name : names) rights.push_back({name, "*", "", "", false});
  ASSERT_GT(rights.size(), 30U);
  expect_exactly("berth_backup", rights);
}

TEST_F(ControlPrivileges, EachFunctionIsForWhomItIsMeant) {
  const auto rows =
      sql("SELECT p.proname AS name, p.prosecdef AS definer, r.rolname AS role, "
          "has_function_privilege(r.oid, p.oid, 'EXECUTE') AS may FROM pg_proc p, pg_roles r "
          "WHERE p.pronamespace = 'berth'::regnamespace AND r.rolname IN ('berth_portal', "
          "'berth_reconciler', 'berth_backup')");
  std::set<std::string> seen;
  for (const auto& row : rows) {
    const auto name = row.get<std::string>("name");
    const auto role = row.get<std::string>("role");
    seen.insert(name);
    const auto line = kFunctions.find(name);
    ASSERT_NE(line, kFunctions.end()) << "a function without a line in this test: " << name;
    EXPECT_EQ(row.get<bool>("may"), line->second.contains(role)) << role << ": " << name;
    EXPECT_TRUE(row.get<bool>("definer")) << name;
  }
  EXPECT_EQ(seen.size(), kFunctions.size());
}

TEST_F(ControlPrivileges, NoneMakesAnythingNorDrawsEventNumbers) {
  for (const auto* role : {"berth_portal", "berth_reconciler", "berth_backup"}) {
    auto connection = login(role);
    for (const auto* statement :
         {"CREATE TABLE berth.mine (x int)",
          "CREATE FUNCTION berth.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE SCHEMA mine",
          "SELECT nextval('berth.event_id')", "SELECT setval('berth.event_id', 1)", "CREATE ROLE mine",
          "ALTER SCHEMA berth RENAME TO mine"}) {
      EXPECT_FALSE(may(connection, statement)) << role << ": " << statement;
    }
  }
}

TEST_F(ControlPrivileges, NeitherBecomesTheOtherOrTheOwner) {
  for (const auto& [role, other] :
       {std::pair{"berth_portal", "berth_reconciler"}, std::pair{"berth_reconciler", "berth_portal"}}) {
    auto connection = login(role);
    EXPECT_TRUE(may(connection, fmt::format("SET ROLE {}", role)));
    EXPECT_FALSE(may(connection, fmt::format("SET ROLE {}", other)));
    EXPECT_FALSE(may(connection, fmt::format("SET ROLE {}", pgserver::kSuperuser)));
    EXPECT_FALSE(may(connection, "SET session_replication_role = replica"))
        << "it would put triggers to sleep";
  }
}

}  // namespace
}  // namespace berth::store
