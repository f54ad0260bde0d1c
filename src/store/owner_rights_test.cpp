// No role of a running program becomes the owner: what runs with the owner's rights looks nowhere where a
// caller may put something, and nobody but the owner makes objects. The database is made as an installation's
// is: by an owner that is no superuser, and the programs log in as members of the two groups.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/fixture.hpp"
#include "store/migrations.hpp"
#include "store/owner.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kNoPrivilege = "42501";
constexpr std::string_view kRoles = R"sql(
    DO $$
    DECLARE
      wanted text;
    BEGIN
      FOREACH wanted IN ARRAY ARRAY['berth_portal NOLOGIN', 'berth_reconciler NOLOGIN', 'own_owner LOGIN', 'own_maker LOGIN',
          'own_portal LOGIN IN ROLE berth_portal', 'own_reconciler LOGIN IN ROLE berth_reconciler'] LOOP
        BEGIN
          EXECUTE 'CREATE ROLE ' || wanted;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
      END LOOP;
    END $$
)sql";

// The catalogue that a function of the owner might find in the caller's own schema, which calls what the
// caller wrote.
constexpr const char* kFalseCatalogue = R"sql(
    CREATE FUNCTION pg_temp.evil() RETURNS oid LANGUAGE plpgsql AS $$ BEGIN
      IF current_user = 'own_owner' THEN
        EXECUTE 'GRANT SELECT, DELETE, UPDATE ON ALL TABLES IN SCHEMA berth TO own_reconciler';
      END IF;
      RETURN 0;
    END $$;
    CREATE TEMP VIEW pg_inherits AS SELECT i.inhrelid, i.inhparent FROM pg_catalog.pg_inherits i;
    CREATE TEMP VIEW pg_class AS SELECT c.oid, c.relname FROM pg_catalog.pg_class c WHERE (pg_temp.evil() = 0);
    GRANT SELECT ON pg_temp.pg_inherits, pg_temp.pg_class TO PUBLIC;
    SELECT berth.audit_drop_expired();
)sql";
// The same with a type that the trigger of the audit log declares.
constexpr const char* kFalseType = R"sql(
    CREATE FUNCTION pg_temp.evil(t pg_catalog.text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
      IF current_user = 'own_owner' THEN
        EXECUTE 'GRANT SELECT, DELETE, UPDATE ON ALL TABLES IN SCHEMA berth TO own_portal';
      END IF;
      RETURN true;
    END $$;
    CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (pg_temp.evil(value));
    BEGIN;
    SELECT set_config('berth.actor', 'user:' || id, true) FROM berth.app_user;
    UPDATE berth.app_user SET password_hash = password_hash;
    COMMIT;
)sql";

class OwnerRights : public testing::Test {
 protected:
  OwnerRights() : database_(testsupport::postgres().fresh_database()), root_(database_.connect()) {
    must(root_.run(std::string(kRoles)));
    must(root_.run(fmt::format("ALTER DATABASE {} OWNER TO own_owner", database_.name())));
    auto owner = login("own_owner");
    must(migrate(owner));
    must(
        owner.run("SET berth.actor = 'owner'; INSERT INTO berth.app_user (email, name, role) "
                  "VALUES ('ana@example.org', 'Ana', 'member')"));
  }

  pg::Connection login(std::string_view role) {
    return must(pg::Connection::connect(database_.settings_as(role)));
  }
  pg::Rows ask(const std::string& statement) {
    // Prepared statements are kept by name and must outlive the connection.
    auto connection = database_.connect();
    return must(connection.exec(pg::Query{"ask", statement}));
  }
  std::string log() {
    return ask("SELECT count(*) || ' ' || coalesce(max(id), 0) || ' ' || coalesce(string_agg(actor, ','), "
               "'') AS x"
               " FROM berth.audit WHERE action <> 'user.changed'")
        .front()
        .get<std::string>("x");
  }

  testsupport::Database database_;
  pg::Connection root_;
};

TEST_F(OwnerRights, NoFunctionOfTheOwnersLooksWhereACallerMayPutSomething) {
  const auto rows =
      ask("SELECT p.proname AS name, coalesce(array_to_string(p.proconfig, ';'), '') AS config,"
          " EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE "
          "a.grantee = 0) AS public"
          " FROM pg_proc p WHERE p.pronamespace = 'berth'::regnamespace");
  ASSERT_GT(rows.size(), 10U);
  for (const auto& row : rows) {
    const auto name = row.get<std::string>("name");
    EXPECT_EQ(row.get<std::string>("config"), "search_path=pg_catalog, pg_temp") << name;
    EXPECT_FALSE(row.get<bool>("public")) << name;
  }
  // Nor does one that a later migration makes belong to everyone.
  auto owner = login("own_owner");
  must(owner.run("CREATE FUNCTION berth.later() RETURNS int LANGUAGE sql AS 'SELECT 1'"));
  auto portal = login("own_portal");
  const auto called = portal.run("SELECT berth.later()");
  ASSERT_FALSE(called);
  EXPECT_EQ(called.error().slug, kNoPrivilege);
}

TEST_F(OwnerRights, NeitherProgramMakesObjectsAnywhere) {
  for (const std::string role : {"own_portal", "own_reconciler"}) {
    SCOPED_TRACE(role);
    const auto places = ask(fmt::format(
        "SELECT 'database' AS place WHERE has_database_privilege('{0}', current_database(), 'TEMP, CREATE')"
        " UNION ALL SELECT nspname FROM pg_namespace WHERE has_schema_privilege('{0}', oid, 'CREATE')"
        " UNION ALL SELECT spcname FROM pg_tablespace WHERE has_tablespace_privilege('{0}', oid, 'CREATE')"
        " UNION ALL SELECT relname FROM pg_class WHERE relnamespace = 'berth'::regnamespace"
        "   AND pg_has_role('{0}', relowner, 'MEMBER')"
        " UNION ALL SELECT rolname FROM pg_roles WHERE pg_has_role('{0}', oid, 'MEMBER')"
        "   AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication)",
        role));
    for (const auto& place : places) ADD_FAILURE() << place.get<std::string>("place");
  }
  auto root = database_.connect();
  EXPECT_THAT(must(loose_ends(root)), IsEmpty());
}

TEST_F(OwnerRights, WhatACallerPlantsIsNotMade) {
  for (const auto& [role, script] :
       {std::pair{"own_reconciler", kFalseCatalogue}, std::pair{"own_portal", kFalseType}}) {
    const auto before = log();
    auto connection = login(role);
    const auto planted = connection.run(script);
    ASSERT_FALSE(planted) << role;
    EXPECT_EQ(planted.error().slug, kNoPrivilege);
    const auto deleted = connection.run("ROLLBACK; DELETE FROM berth.audit");
    ASSERT_FALSE(deleted) << role;
    EXPECT_EQ(deleted.error().slug, kNoPrivilege);
    EXPECT_EQ(log(), before);
  }
}

TEST_F(OwnerRights, AndWouldNotBeFoundIfItWereMade) {
  // Somebody gave PUBLIC its old right back.
  must(root_.run(fmt::format("GRANT TEMP ON DATABASE {} TO PUBLIC", database_.name())));
  for (const auto& [role, script] :
       {std::pair{"own_reconciler", kFalseCatalogue}, std::pair{"own_portal", kFalseType}}) {
    const auto before = log();
    auto connection = login(role);
    must(connection.run(script));
    for (const auto* statement : {"DELETE FROM berth.audit", "UPDATE berth.audit SET actor = 'x'"}) {
      const auto changed = connection.run(statement);
      ASSERT_FALSE(changed) << role << ": " << statement;
      EXPECT_EQ(changed.error().slug, kNoPrivilege);
    }
    EXPECT_EQ(log(), before);
  }
}

TEST_F(OwnerRights, TheOwnerGivesUpMakingRoles) {
  const auto makes_roles = [&] {
    return ask("SELECT rolcreaterole AS x FROM pg_roles WHERE rolname = 'own_owner'").front().get<bool>("x");
  };
  must(root_.run("ALTER ROLE own_owner CREATEROLE"));
  auto owner = login("own_owner");
  if (ask("SELECT current_setting('server_version_num')::int >= 160000 AS x").front().get<bool>("x")) {
    // There a role has no say over itself, and one that makes roles none over those that it did not make.
    EXPECT_THAT(must(tie_up(owner)), ElementsAre(HasSubstr("ALTER ROLE own_owner NOCREATEROLE")));
    must(root_.run("ALTER ROLE own_owner NOCREATEROLE"));
  } else {
    EXPECT_THAT(must(tie_up(owner)), IsEmpty());
  }
  EXPECT_FALSE(makes_roles());
  EXPECT_THAT(must(tie_up(owner)), IsEmpty()) << "done again it changes nothing";
  EXPECT_TRUE(must(migrate(owner)).empty()) << "and the next migration does without";
}

TEST_F(OwnerRights, WhatIsLeftForTheAdminIsSaidWithItsStatement) {
  // A database of an admin who lets the owner make a schema there and no more.
  const auto database = testsupport::postgres().fresh_database();
  auto root = database.connect();
  must(root.run(
      fmt::format("GRANT CREATE ON DATABASE {} TO own_maker; GRANT CREATE ON SCHEMA public TO PUBLIC;"
                  "CREATE EXTENSION btree_gist WITH SCHEMA public",
                  database.name())));
  auto maker = must(pg::Connection::connect(database.settings_as("own_maker")));
  must(migrate(maker));
  EXPECT_THAT(
      must(tie_up(maker)),
      ElementsAre(HasSubstr(fmt::format("REVOKE TEMPORARY, CREATE ON DATABASE {} FROM PUBLIC, berth_portal, "
                                        "berth_reconciler",
                                        database.name())),
                  HasSubstr("REVOKE CREATE ON SCHEMA public FROM PUBLIC, berth_portal, berth_reconciler")));
  must(root.run(
      fmt::format("REVOKE TEMPORARY, CREATE ON DATABASE {} FROM PUBLIC, berth_portal, berth_reconciler;"
                  "REVOKE CREATE ON SCHEMA public FROM PUBLIC, berth_portal, berth_reconciler",
                  database.name())));
  EXPECT_THAT(must(tie_up(maker)), IsEmpty());
  // A superuser is all that and more.
  EXPECT_THAT(must(tie_up(root)), ElementsAre(HasSubstr("superuser")));
}

}  // namespace
}  // namespace berth::store
