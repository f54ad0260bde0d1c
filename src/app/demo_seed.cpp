#include "app/demo_seed.hpp"

#include <fmt/format.h>

#include <array>
#include <set>

#include "pg/pg.hpp"
#include "store/apply.hpp"
#include "store/gate_keys.hpp"
#include "store/migrations.hpp"
#include "store/passwords.hpp"
#include "store/teams.hpp"
#include "store/users.hpp"

namespace berth::app {
namespace {

constexpr std::string_view kDatabase = "berth";
constexpr std::string_view kOwner = "berth_owner";
constexpr std::string_view kTeam = "vision";

struct Person {
  std::string_view email;
  std::string_view name;
  model::Role role;
  bool in_team;
  bool leads;
};
constexpr std::array<Person, 5> kPeople{
    {{"admin@berth.local", "Ada Admin", model::Role::kAdmin, false, false},
     {"lead@berth.local", "Lea Lead", model::Role::kLead, true, true},
     {"finance@berth.local", "Finn Finance", model::Role::kFinance, false, false},
     {"ana@berth.local", "Ana", model::Role::kMember, true, false},
     {"ben@berth.local", "Ben", model::Role::kMember, true, false}}};

// The owner makes no roles: both groups are there before the first migration looks for them.
constexpr std::string_view kOwnerRole = R"(
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'berth_owner') THEN CREATE ROLE berth_owner LOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'berth_portal') THEN CREATE ROLE berth_portal; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'berth_reconciler') THEN CREATE ROLE berth_reconciler; END IF;
  ALTER ROLE berth_owner NOCREATEROLE;  -- a demo from before has it
END $$)";
// Login roles of the demo alone; the rights come from the two groups.
constexpr std::string_view kLoginRoles = R"(
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'demo_portal') THEN
    CREATE ROLE demo_portal LOGIN IN ROLE berth_portal;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'demo_reconciler') THEN
    CREATE ROLE demo_reconciler LOGIN IN ROLE berth_reconciler;
  END IF;
END $$)";
constexpr pg::Query kHasDatabase{"demo_has_database", "SELECT 1 AS one FROM pg_database WHERE datname = $1"};
constexpr pg::Query kReports{
    "demo_reports",
    "SELECT 1 AS one FROM berth.heartbeat WHERE cluster = $1 AND at > pg_postmaster_start_time()"};

Result<pg::Connection> connect(const pgserver::Server& server, std::string_view database,
                               std::string_view user) {
  pg::Settings settings;
  settings.conninfo = server.conninfo(database, user);
  settings.application_name = "berth-demo";
  return pg::Connection::connect(settings);
}

Status make_database(const pgserver::Server& server) {
  auto root = connect(server, "postgres", pgserver::kSuperuser);
  if (!root) return fail(root.error());
  if (auto done = root->run(kOwnerRole); !done) return done;
  const auto there = root->exec(kHasDatabase, kDatabase);
  if (!there) return fail(there.error());
  if (!there->empty()) return {};
  return root->run(fmt::format("CREATE DATABASE {} OWNER {}", kDatabase, kOwner));
}

/// One hash for all who get it: it is slow to make.
class SharedHash {
 public:
  explicit SharedHash(std::string password) : password_(std::move(password)) {}
  Result<std::string> get() {
    if (hash_.empty()) {
      auto made = store::hash_password(password_);
      if (!made) return fail(made.error());
      hash_ = std::move(*made);
    }
    return hash_;
  }

 private:
  std::string password_;
  std::string hash_;
};

/// Whose password is known to all no longer may stay so. Those who chose another keep it.
Status renew_published(pg::Connection& connection, const store::Account& account, SharedHash& hash,
                       std::set<std::string>& kept) {
  if (!account.password_hash || kept.contains(*account.password_hash)) return {};
  if (!store::check_password(*account.password_hash, kPublishedPassword).matches) {
    kept.insert(*account.password_hash);
    return {};
  }
  const auto fresh = hash.get();
  if (!fresh) return fail(fresh.error());
  auto transaction = store::begin_write(connection, store::owner_author());
  if (!transaction) return fail(transaction.error());
  if (auto set = store::set_password_hash(*transaction, account.user.id, *fresh, store::KnownTo::kOwner);
      !set)
    return set;
  return transaction->commit();
}

Status add_people(pg::Connection& connection, const std::string& password) {
  SharedHash shared(password);
  std::set<std::string> kept;
  for (const auto& person : kPeople) {
    auto known = store::find_account(connection, person.email);
    if (!known) return fail(known.error());
    if (known->has_value()) {
      if (password == kPublishedPassword) continue;
      if (auto renewed = renew_published(connection, **known, shared, kept); !renewed) return renewed;
      continue;
    }
    const auto hash = shared.get();
    if (!hash) return fail(hash.error());
    auto transaction = store::begin_write(connection, store::owner_author());
    if (!transaction) return fail(transaction.error());
    auto user = store::create_user(*transaction, {.email = std::string(person.email),
                                                  .name = std::string(person.name),
                                                  .role = person.role,
                                                  .password_hash = *hash});
    if (!user) return fail(user.error());
    if (person.in_team) {
      auto team = store::find_team(transaction->connection(), kTeam);
      if (!team) return fail(team.error());
      if (!team->has_value()) {
        auto made = store::create_team(*transaction, std::string(kTeam));
        if (!made) return fail(made.error());
        *team = *made;
      }
      if (auto put = store::put_member(*transaction, **team, *user, person.leads); !put) return put;
    }
    if (auto done = transaction->commit(); !done) return done;
  }
  return {};
}

}  // namespace

Result<DatabaseUrls> prepare_database(const pgserver::Server& server, const DemoPool& demo,
                                      const std::string& password) {
  if (auto made = make_database(server); !made) return fail(made.error());
  auto owner = connect(server, kDatabase, kOwner);
  if (!owner) return fail(owner.error());
  if (auto migrated = store::migrate(*owner); !migrated) return fail(migrated.error());
  SystemRandom random;
  if (auto key = store::signing_key(*owner, random, store::owner_author()); !key) return fail(key.error());

  auto root = connect(server, kDatabase, pgserver::kSuperuser);
  if (!root) return fail(root.error());
  if (auto roles = root->run(kLoginRoles); !roles) return fail(roles.error());

  store::DeclareOptions options;
  options.labels.emplace().emplace(demo.pool.name, demo.labels);
  const auto applied = store::declare(*owner, store::owner_author(), {{demo.cluster}, {demo.pool}}, options);
  if (!applied) return fail(applied.error());
  if (const auto* in_use = std::get_if<store::PoolInUse>(&*applied))
    return fail(Code::kConflict, fmt::format("{}", fmt::join(in_use->conflicts, " ")), "pool_in_use");
  if (auto added = add_people(*owner, password); !added) return fail(added.error());
  return DatabaseUrls{server.conninfo(kDatabase, kOwner), server.conninfo(kDatabase, "demo_portal"),
                      server.conninfo(kDatabase, "demo_reconciler")};
}

bool reconciler_reports(const pgserver::Server& server, const std::string& cluster) {
  auto connection = connect(server, kDatabase, kOwner);
  if (!connection) return false;
  const auto rows = connection->exec(kReports, cluster);
  return rows && !rows->empty();
}

}  // namespace berth::app
