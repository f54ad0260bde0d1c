#include "store/users.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/display_name.hpp"
#include "base/text.hpp"
#include "store/codecs.hpp"
#include "store/credentials.hpp"
#include "store/person_rows.hpp"

namespace berth::store {
namespace {

constexpr std::size_t kMaxEmailCharacters = 254;
constexpr std::size_t kMaxNameCharacters = 100;

constexpr pg::Query kCreate{"user_create", R"sql(
    INSERT INTO berth.app_user (email, name, role, password_hash, password_change_needed)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (email) DO NOTHING
    RETURNING id
)sql"};

// Teams are one JSON column: [[team, team name, leads], ...] by name.
constexpr pg::Query kFind{"user_find", R"sql(
    SELECT p.id, p.email, p.name, p.role, p.disabled, p.created_at, p.last_sign_in_at,
        p.password_change_needed, p.teams, a.password_hash
    FROM berth.person p
    JOIN berth.app_user a ON a.id = p.id
    WHERE p.id = $1::uuid OR p.email = $2
)sql"};

constexpr pg::Query kUserList{"user_list", R"sql(
    SELECT id, email, name, role, disabled, created_at, last_sign_in_at, password_change_needed, teams
    FROM berth.person
    WHERE $1::timestamptz IS NULL OR (created_at, id) > ($1, $2::uuid)
    ORDER BY created_at, id
    LIMIT $3
)sql"};

constexpr pg::Query kHasAdmin{"user_has_admin", R"sql(
    SELECT EXISTS (
      SELECT FROM berth.app_user
      WHERE role = 'admin' AND disabled_at IS NULL
    ) AS there
)sql"};

constexpr pg::Query kSetRole{"user_set_role", R"sql(UPDATE berth.app_user SET role = $2 WHERE id = $1)sql"};
// NULL: as it was.
constexpr pg::Query kSetPassword{"user_set_password", R"sql(
    UPDATE berth.app_user
    SET password_hash = $2, password_change_needed = coalesce($3, password_change_needed)
    WHERE id = $1
)sql"};
constexpr pg::Query kSetDisabled{"user_set_disabled", R"sql(
    UPDATE berth.app_user
    SET disabled_at = CASE WHEN $2 THEN coalesce(disabled_at, clock_timestamp()) END
    WHERE id = $1
)sql"};
constexpr pg::Query kNoteSignIn{"user_note_sign_in", R"sql(
    UPDATE berth.app_user
    SET last_sign_in_at = clock_timestamp()
    WHERE id = $1
)sql"};

constexpr pg::Query kViewer{"user_viewer", R"sql(
    SELECT id, role, team_ids, leads, led_members, guest_of
    FROM berth.person
    WHERE id = $1 AND NOT disabled
)sql"};

Status check_email(std::string_view text) {
  const auto refuse = [&](std::string limit, std::string message) {
    return fail(invalid_field("email", shown(text), std::move(limit), std::move(message)));
  };
  if (characters_of(text) > kMaxEmailCharacters) {
    return refuse(fmt::format("at most {} characters", kMaxEmailCharacters),
                  fmt::format("An e-mail address has at most {} characters.", kMaxEmailCharacters));
  }
  if (auto fault = fault_of_address(text))
    return refuse(fault->limit, fmt::format("The e-mail address {}", fault->message));
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size() ||
      text.find('@', at + 1) != std::string_view::npos) {
    return refuse("something, @ and something", "This is no e-mail address.");
  }
  return {};
}

Status must_have_changed(const Result<pg::Rows>& rows, std::string_view what, const model::UserId& id) {
  if (!rows && pg::violated_constraint(rows.error()) == "an_admin_is_left") {
    return fail(Code::kConflict, "Nobody would be left who is an admin. Make another one first.",
                "last_admin");
  }
  if (!rows) return fail(within(what, rows.error()));
  if (rows->affected() == 0) return fail(Code::kNotFound, fmt::format("no user with the id {}", id.value));
  return {};
}

}  // namespace

Result<model::UserId> create_user(pg::Transaction& transaction, const NewUser& user) {
  const auto email = in_lower_case(user.email);
  if (auto good = check_email(email); !good) return fail(good.error());
  if (auto good = check_name({"name", "A name", kMaxNameCharacters}, user.name); !good)
    return fail(good.error());
  const auto rows = transaction.exec(kCreate, email, user.name, user.role, user.password_hash,
                                     user.password_known_to == KnownTo::kOthersToo);
  if (!rows) return fail(within("create a user", rows.error()));
  if (rows->empty())
    return fail(Code::kConflict, fmt::format("there is a user {} already", email), "email_taken");
  return rows->front().get<model::UserId>("id");
}

Result<std::optional<User>> find_user(pg::Connection& connection, const model::UserId& id) {
  const auto rows = connection.exec(kFind, id, std::nullopt);
  if (!rows) return fail(within("read a user", rows.error()));
  if (rows->empty()) return std::optional<User>();
  auto user = read_user(rows->front());
  if (!user) return fail(within("read a user", user.error()));
  return std::optional(std::move(*user));
}

Result<std::optional<Account>> find_account(pg::Connection& connection, std::string_view email) {
  const auto rows = connection.exec(kFind, std::nullopt, in_lower_case(email));
  if (!rows) return fail(within("read an account", rows.error()));
  if (rows->empty()) return std::optional<Account>();
  auto user = read_user(rows->front());
  if (!user) return fail(within("read an account", user.error()));
  return std::optional(
      Account{std::move(*user), rows->front().get<std::optional<std::string>>("password_hash")});
}

Result<bool> has_admin(pg::Connection& connection) {
  const auto rows = connection.exec(kHasAdmin);
  if (!rows) return fail(within("look for an admin", rows.error()));
  return rows->front().get<bool>("there");
}

Result<Page<User>> list_users(pg::Connection& connection, const PageRequest& request) {
  if (auto good = check_limit(request.limit); !good) return fail(good.error());
  const auto mark = parse_cursor(request.cursor, MarkId::kUuid);
  if (!mark) return fail(mark.error());
  const auto after = mark->has_value() ? std::optional((*mark)->at) : std::nullopt;
  const auto after_id = mark->has_value() ? std::optional((*mark)->id) : std::nullopt;
  const auto rows = connection.exec(kUserList, after, after_id, request.limit + 1);
  if (!rows) return fail(within("list users", rows.error()));
  std::vector<User> users;
  for (const auto& row : *rows) {
    auto user = read_user(row);
    if (!user) return fail(within("list users", user.error()));
    users.push_back(std::move(*user));
  }
  return cut_page(std::move(users), request.limit,
                  [](const User& user) { return Mark{user.created_at, user.id.value}; });
}

Status set_role(pg::Transaction& transaction, const model::UserId& id, model::Role role) {
  return must_have_changed(transaction.exec(kSetRole, id, role), "set a user's role", id);
}

namespace {

Status write_hash(pg::Transaction& transaction, const model::UserId& id, const std::string& hash,
                  std::optional<bool> change_needed) {
  auto done =
      must_have_changed(transaction.exec(kSetPassword, id, hash, change_needed), "set a user's password", id);
  if (!done) return done;
  return end_web_sessions(transaction, id);
}

}  // namespace

Status set_password_hash(pg::Transaction& transaction, const model::UserId& id, const std::string& hash,
                         KnownTo known_to) {
  return write_hash(transaction, id, hash, known_to == KnownTo::kOthersToo);
}

Status renew_password_hash(pg::Transaction& transaction, const model::UserId& id, const std::string& hash) {
  return write_hash(transaction, id, hash, std::nullopt);
}

Status set_disabled(pg::Transaction& transaction, const model::UserId& id, bool disabled) {
  auto done = must_have_changed(transaction.exec(kSetDisabled, id, disabled), "disable a user", id);
  if (!done || !disabled) return done;
  return end_access(transaction, id);
}

Status note_sign_in(pg::Connection& connection, const model::UserId& id) {
  const auto rows = connection.exec(kNoteSignIn, id);
  if (!rows) return fail(within("note a sign-in", rows.error()));
  return {};
}

Result<User> read_user(const pg::Row& row) {
  const auto role = known<model::Role>(row, "role");
  if (!role) return fail(role.error());
  User user;
  user.id = row.get<model::UserId>("id");
  user.email = row.get<std::string>("email");
  user.name = row.get<std::string>("name");
  user.role = *role;
  user.disabled = row.get<bool>("disabled");
  user.created_at = row.get<Instant>("created_at");
  user.password_change_needed = row.get<bool>("password_change_needed");
  user.last_sign_in_at = row.get<std::optional<Instant>>("last_sign_in_at");
  const auto teams = row.get<json::value>("teams");
  for (const auto& team : teams.as_array()) {
    user.teams.push_back({model::TeamId{std::string(team.as_array().at(0).as_string())},
                          std::string(team.as_array().at(1).as_string()), team.as_array().at(2).as_bool()});
  }
  return user;
}

static Result<model::Viewer> read_viewer(const pg::Row& row) {
  const auto role = known<model::Role>(row, "role");
  if (!role) return fail(within("read what a user may do", role.error()));
  return model::Viewer{row.get<model::UserId>("id"),
                       *role,
                       row.get<std::vector<model::TeamId>>("team_ids"),
                       row.get<std::vector<model::TeamId>>("leads"),
                       row.get<std::vector<model::UserId>>("led_members"),
                       row.get<std::vector<model::ReservationId>>("guest_of")};
}

Result<Person> read_person(const pg::Row& row) {
  auto user = read_user(row);
  if (!user) return fail(within("read who asks", user.error()));
  auto viewer = read_viewer(row);
  if (!viewer) return fail(viewer.error());
  return Person{std::move(*user), std::move(*viewer)};
}

Result<model::Viewer> load_viewer(pg::Connection& connection, const model::UserId& id) {
  const auto rows = connection.exec(kViewer, id);
  if (!rows) return fail(within("read what a user may do", rows.error()));
  if (rows->empty()) return fail(Code::kNotFound, fmt::format("no active user with the id {}", id.value));
  return read_viewer(rows->front());
}

}  // namespace berth::store
