#include "portal/fixture.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "poolfile/poolfile.hpp"
#include "store/apply.hpp"
#include "store/credentials.hpp"
#include "store/migrations.hpp"
#include "store/passwords.hpp"
#include "store/teams.hpp"
#include "store/users.hpp"
#include "testsupport/lab.hpp"

namespace berth::portal {
namespace {

poolfile::Declared many_bookings_lab() {
  auto declared = testsupport::lab_file();
  auto& pool = declared.pools.at(0);
  pool.policy.max_live_per_user = 500;
  return declared;
}

model::Pool pair_pool() {
  auto document = testsupport::lab_documents().at(1);
  auto& root = document.as_object();
  root["name"] = "pair";
  root.at("policy").as_object()["show_names"] = true;
  auto& node = root.at("nodes").as_array().at(0).as_object();
  node["name"] = node["kubernetes_name"] = "gpu-node-2";
  auto& devices = node.at("devices").as_array();
  devices.erase(devices.begin() + 1, devices.end());
  auto& units = devices.at(0).as_object().at("units").as_array();
  units.erase(units.begin() + 2, units.end());
  auto& classes = root.at("device_classes").as_array();
  classes.erase(classes.begin());  // the whole GPU, of which there is none here
  return must(poolfile::parse_pool(document));
}

/// One for all sites, like what a portal of theirs makes.
const std::string& password_hash() {
  static const std::string hash = must(store::hash_password(kPassword, store::kCheapPassword));
  return hash;
}

}  // namespace

Site::Site(Log log)
    : database(testsupport::postgres().fresh_database(embedded::migrations(), std::string(store::kSchema))),
      log_(std::move(log)) {
  auto connection = database.connect();
  must(store::apply(connection, store::owner_author(), many_bookings_lab()));
  must(store::apply_pool(connection, store::owner_author(), pair_pool()));
  admin = add_person("admin", model::Role::kAdmin);
  lead = add_person("lead", model::Role::kLead);
  finance = add_person("finance", model::Role::kFinance);
  ana = add_person("ana", model::Role::kMember);
  tom = add_person("tom", model::Role::kMember);
  ben = add_person("ben", model::Role::kMember);
  auto transaction = must(store::begin_write(connection, store::owner_author()));
  const auto vision = must(store::create_team(transaction, "vision"));
  for (const auto* member : {&lead, &ana, &tom})
    must(store::put_member(transaction, vision, member->id, member == &lead));
  must(transaction.commit());
  next_day_ = ceil_to_step(must(store::database_now(connection)), hours(24)) + hours(24);
  portal_ = start_portal();
}

Person Site::add_person(const std::string& name, model::Role role) {
  auto connection = database.connect();
  Person person{{}, name + "@example.org", {}};
  auto transaction = must(store::begin_write(connection, store::owner_author()));
  person.id = must(store::create_user(transaction, {person.email, name, role, password_hash()}));
  must(transaction.commit());
  std::vector<std::string> scopes{"read", "write"};
  if (role == model::Role::kAdmin) scopes.emplace_back("admin");
  person.token = add_token(person, scopes);
  return person;
}

std::string Site::add_token(const Person& person, std::vector<std::string> scopes) const {
  auto connection = database.connect();
  SystemRandom random;
  auto transaction = must(store::begin_write(connection, store::owner_author()));
  auto created = must(store::create_token(transaction, random, person.id, {"test", std::move(scopes), {}}));
  must(transaction.commit());
  return created.secret;
}

Settings Site::settings() const {
  Settings settings;
  settings.database = database.settings();
  // With no more rights than the portal has where it runs.
  settings.database.conninfo += " options='-c role=berth_portal'";
  settings.password_cost = store::kCheapPassword;
  return settings;
}

std::unique_ptr<Portal> Site::start_portal(const Settings& settings) const {
  return must(Portal::start(settings, log_));
}

Client Site::client(const Person& person, std::uint16_t port) {
  return Client(port, {{"Authorization", "Bearer " + person.token}});
}

Client Site::browser(const Person& person) const {
  const auto answer =
      stranger().post("/api/v1/auth/login", {{"email", person.email}, {"password", kPassword}});
  EXPECT_EQ(answer.status, 200) << answer.body;
  const auto cookie = answer.header("Set-Cookie");
  return Client(port(), {{"Cookie", cookie.substr(0, cookie.find(';'))},
                         {"X-CSRF-Token", string_at(answer.json, {"csrf_token"})}});
}

void Site::restart_portal() {
  auto settings = Site::settings();
  settings.server.port = portal_->port();
  portal_->stop(std::chrono::milliseconds(1'000));
  portal_.reset();
  portal_ = start_portal(std::move(settings));
}

pg::Rows Site::sql(const std::string& statement) const {
  // Prepared statements are kept by name and must outlive the connection: this one is told its text anew each
  // time.
  auto connection = database.connect();
  must(connection.run("SET berth.actor = 'owner'"));
  return must(connection.exec(pg::Query{"test", statement}));
}

void Site::begin_session(const std::string& reservation) const {
  sql(fmt::format(
      "WITH begun AS (UPDATE berth.reservation SET state = 'ACTIVE', version = version + 1 WHERE id = '{}'"
      " RETURNING id), made AS (INSERT INTO berth.session (reservation, attempt, cluster, namespace_name, "
      "host,"
      " phase, endpoints) SELECT id, 1, 'default', 'berth-' || id, 'host-' || id, 'Starting',"
      " '[{{\"name\": \"workspace\", \"url\": \"https://host.apps.lab.example/\"}}]' FROM begun RETURNING id)"
      " INSERT INTO berth.step (session, ordinal, name, state, started_at, finished_at, tries, detail)"
      " SELECT id, 0, 'device_free', 'done', now(), now(), 1, '' FROM made"
      " UNION ALL SELECT id, 1, 'namespace', 'running', now(), NULL, 1, 'Being made.' FROM made",
      reservation));
}

Instant Site::fresh_day() {
  const auto day = next_day_;
  next_day_ += hours(8);
  return day;
}

json::object booking_body(Instant start, int length_hours, int units, std::string_view device_class) {
  return {{"pool", "lab"},
          {"device_class", device_class},
          {"units", units},
          {"start", format_rfc3339(start)},
          {"end", format_rfc3339(start + hours(length_hours))}};
}

}  // namespace berth::portal
