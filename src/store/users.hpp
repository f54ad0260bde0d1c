// Accounts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "model/permissions.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"
#include "store/page.hpp"

namespace berth::store {

struct Membership {
  model::TeamId team;
  std::string team_name;
  bool leads = false;
  bool operator==(const Membership&) const = default;
};

struct User {
  model::UserId id;
  std::string email;  // lower case
  std::string name;
  model::Role role = model::Role::kMember;
  bool disabled = false;
  std::vector<Membership> teams;  // by team name
  Instant created_at;
  std::optional<Instant> last_sign_in_at;
  bool password_change_needed = false;  // somebody else knows it too, and it opens nothing but its own change
};

/// Whose a password is: its owner's alone, or also that of whoever gave it to them.
enum class KnownTo { kOwner, kOthersToo };

struct NewUser {
  std::string email;  // any case
  std::string name;
  model::Role role = model::Role::kMember;
  std::optional<std::string> password_hash;  // as hash_password gives it; empty: signs in some other way
  KnownTo password_known_to = KnownTo::kOwner;
};

/// kConflict "email_taken"; kInvalid for an address or a name that is too long, empty or malformed.
Result<model::UserId> create_user(pg::Transaction& transaction, const NewUser& user);

Result<std::optional<User>> find_user(pg::Connection& connection, const model::UserId& id);

/// For signing in: the account and its password hash.
struct Account {
  User user;
  std::optional<std::string> password_hash;
};
Result<std::optional<Account>> find_account(pg::Connection& connection, std::string_view email);

/// Whether there is an admin who can sign in, however many others there are.
Result<bool> has_admin(pg::Connection& connection);

/// Oldest first.
Result<Page<User>> list_users(pg::Connection& connection, const PageRequest& request);

/// kNotFound when there is no such user; kConflict "last_admin" when nobody would be left who can sign in as
/// admin.
Status set_role(pg::Transaction& transaction, const model::UserId& id, model::Role role);
/// Ends the user's web sessions too.
Status set_password_hash(pg::Transaction& transaction, const model::UserId& id, const std::string& hash,
                         KnownTo known_to);
/// The same password, hashed anew.
Status renew_password_hash(pg::Transaction& transaction, const model::UserId& id, const std::string& hash);
/// Disabled accounts cannot sign in. Their sessions and tokens end at once, and for good: whoever is enabled
/// again signs in anew. kNotFound and kConflict "last_admin" as above.
Status set_disabled(pg::Transaction& transaction, const model::UserId& id, bool disabled);
/// Not a change that is audited.
Status note_sign_in(pg::Connection& connection, const model::UserId& id);

/// Who asks: an account and what the rules look at.
struct Person {
  User user;
  model::Viewer viewer;
};

/// What the rules look at. kNotFound for an unknown or disabled user.
Result<model::Viewer> load_viewer(pg::Connection& connection, const model::UserId& id);

}  // namespace berth::store
