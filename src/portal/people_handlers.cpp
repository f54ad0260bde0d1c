// People and teams: for admins. What one does with one's own account is in auth_handlers.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "http/address.hpp"
#include "portal/handlers.hpp"
#include "portal/problem.hpp"
#include "portal/render.hpp"
#include "portal/sign_in_guard.hpp"
#include "store/credentials.hpp"
#include "store/passwords.hpp"
#include "store/teams.hpp"
#include "store/users.hpp"

namespace berth::portal {
namespace {

constexpr std::size_t kGivenPasswordLength = 20;  // of 36 characters: 103 bits

json::object account(const store::User& user) {
  auto shown = render(user);
  shown["disabled"] = user.disabled;
  shown["created_at"] = format_rfc3339(user.created_at);
  shown["last_sign_in_at"] = time_or_null(user.last_sign_in_at);
  return shown;
}

json::object team_with_members(const store::Team& team) {
  json::array members;
  for (const auto& member : team.members) {
    members.push_back(
        {{"id", member.id.value}, {"email", member.email}, {"name", member.name}, {"leads", member.leads}});
  }
  return {{"id", team.id.value},
          {"name", team.name},
          {"created_at", format_rfc3339(team.created_at)},
          {"members", std::move(members)}};
}

Result<store::User> user_of(Call& call, std::string_view id) {
  auto user = store::find_user(call.db, model::UserId{std::string(id)});
  if (!user) return fail(user.error());
  if (!user->has_value())
    return fail(Code::kNotFound, fmt::format("There is no user {}.", id), "user_not_found");
  return std::move(**user);
}

/// What makes an admin, or is about one, wants a person who signed in: otherwise a token that leaks for an
/// hour would be an account for ever.
Status may_touch(const Call& call, model::Role role) {
  return role == model::Role::kAdmin ? need_sign_in(call) : Status{};
}

struct GivenPassword {
  std::string text;
  std::string hash;
};
/// Made here, told once, known to nobody before. Hashing is bounded as it is for signing in.
Result<GivenPassword> give_password(Call& call) {
  const auto hashing =
      call.services.sign_ins.begin_hashing(call.caller->user.email, http::address_group(call.request.peer));
  if (!hashing) return fail(hashing.error());
  GivenPassword given{random_name_part(call.services.random, kGivenPasswordLength), {}};
  auto hash = store::hash_password(given.text, call.services.password_cost);
  if (!hash) return fail(hash.error());
  given.hash = std::move(*hash);
  return given;
}

/// One change in a transaction of its own, in the caller's name.
template <typename Change>
Status change(Call& call, const Change& what) {
  auto transaction = store::begin_write(call.db, call.author());
  if (!transaction) return fail(transaction.error());
  if (auto done = what(*transaction); !done) return done;
  return transaction->commit();
}

HandlerResult list_users(Call& call) {
  if (auto allowed = need(call, model::Duty::kManagePeople); !allowed) return fail(allowed.error());
  store::Page<store::User> page;
  if (const auto email = call.request.query_value("email")) {
    auto found = store::find_account(call.db, *email);
    if (!found) return fail(found.error());
    if (found->has_value()) page.items.push_back(std::move((*found)->user));
  } else {
    auto asked = page_of(call.request);
    if (!asked) return fail(asked.error());
    auto users = store::list_users(call.db, *asked);
    if (!users) return fail(users.error());
    page = std::move(*users);
  }
  json::array items;
  for (const auto& user : page.items) items.push_back(account(user));
  return json_answer(200, json::object{{"items", std::move(items)},
                                       {"next", page.next ? json::value(*page.next) : json::value(nullptr)}});
}

HandlerResult create_user(Call& call) {
  if (auto allowed = need(call, model::Duty::kManagePeople); !allowed) return fail(allowed.error());
  store::NewUser wanted;
  wanted.email = string_at(call.body, {"email"});
  wanted.name = string_at(call.body, {"name"});
  wanted.role = model::parse_role(string_at(call.body, {"role"})).value_or(model::Role::kMember);
  if (auto allowed = may_touch(call, wanted.role); !allowed) return fail(allowed.error());
  auto given = give_password(call);
  if (!given) return fail(given.error());
  wanted.password_hash = given->hash;
  wanted.password_known_to = store::KnownTo::kOthersToo;
  model::UserId id;
  auto done = change(call, [&](pg::Transaction& transaction) -> Status {
    auto made = store::create_user(transaction, wanted);
    if (!made) return fail(made.error());
    id = std::move(*made);
    return {};
  });
  if (!done) return fail(done.error());
  auto user = user_of(call, id.value);
  if (!user) return fail(user.error());
  return json_answer(201, json::object{{"user", account(*user)}, {"password", given->text}});
}

HandlerResult change_user(Call& call) {
  if (auto allowed = need(call, model::Duty::kManagePeople); !allowed) return fail(allowed.error());
  auto user = user_of(call, call.request.param("id"));
  if (!user) return fail(user.error());
  const auto role = model::parse_role(string_at(call.body, {"role"}));
  const auto disabled = find_bool(call.body, {"disabled"});
  for (const auto touched : {user->role, role.value_or(user->role)}) {
    if (auto allowed = may_touch(call, touched); !allowed) return fail(allowed.error());
  }
  auto done = change(call, [&](pg::Transaction& transaction) -> Status {
    if (role && *role != user->role) {
      if (auto set = store::set_role(transaction, user->id, *role); !set) return set;
    }
    if (disabled && *disabled != user->disabled) {
      if (auto set = store::set_disabled(transaction, user->id, *disabled); !set) return set;
    }
    return {};
  });
  if (!done) return fail(done.error());
  auto after = user_of(call, user->id.value);
  if (!after) return fail(after.error());
  return json_answer(200, account(*after));
}

HandlerResult reset_password(Call& call) {
  if (auto allowed = need(call, model::Duty::kManagePeople); !allowed) return fail(allowed.error());
  auto user = user_of(call, call.request.param("id"));
  if (!user) return fail(user.error());
  if (auto allowed = may_touch(call, user->role); !allowed) return fail(allowed.error());
  auto given = give_password(call);
  if (!given) return fail(given.error());
  auto done = change(call, [&](pg::Transaction& transaction) -> Status {
    if (auto named = store::name_action(transaction, "user.password_reset"); !named) return named;
    if (auto set = store::set_password_hash(transaction, user->id, given->hash, store::KnownTo::kOthersToo);
        !set)
      return set;
    if (auto named = store::name_action(transaction, ""); !named) return named;
    // Whoever had the old one may have made tokens with it.
    return store::end_access(transaction, user->id);
  });
  if (!done) return fail(done.error());
  user = user_of(call, user->id.value);
  if (!user) return fail(user.error());
  return json_answer(200, json::object{{"user", account(*user)}, {"password", given->text}});
}

HandlerResult team_answer(Call& call, int status, const model::TeamId& id) {
  auto team = store::load_team(call.db, id);
  if (!team) return fail(team.error());
  return json_answer(status, team_with_members(*team));
}

HandlerResult list_teams(Call& call) {
  // Whoever leads a team sees who is in it: the team's bookings and usage they see with their owners anyway.
  const auto& viewer = call.caller->viewer;
  const bool only_led = viewer.role == model::Role::kLead && !viewer.leads.empty();
  if (!only_led) {
    if (auto allowed = need(call, model::Duty::kManagePeople); !allowed) return fail(allowed.error());
  }
  auto teams = store::list_teams(call.db);
  if (!teams) return fail(teams.error());
  json::array items;
  for (const auto& team : *teams) {
    const bool led = std::find(viewer.leads.begin(), viewer.leads.end(), team.id) != viewer.leads.end();
    if (!only_led || led) items.push_back(team_with_members(team));
  }
  return json_answer(200, json::object{{"items", std::move(items)}});
}

HandlerResult create_team(Call& call) {
  if (auto allowed = need(call, model::Duty::kManagePeople); !allowed) return fail(allowed.error());
  model::TeamId id;
  auto done = change(call, [&](pg::Transaction& transaction) -> Status {
    auto made = store::create_team(transaction, string_at(call.body, {"name"}));
    if (!made) return fail(made.error());
    id = std::move(*made);
    return {};
  });
  if (!done) return fail(done.error());
  return team_answer(call, 201, id);
}

HandlerResult put_team_member(Call& call) {
  if (auto allowed = need(call, model::Duty::kManagePeople); !allowed) return fail(allowed.error());
  const model::TeamId team{std::string(call.request.param("id"))};
  const model::UserId member{std::string(call.request.param("member"))};
  const bool leads = find_bool(call.body, {"leads"}).value_or(false);
  auto done = change(call, [&](pg::Transaction& transaction) {
    return store::put_member(transaction, team, member, leads);
  });
  if (!done) return fail(done.error());
  return team_answer(call, 200, team);
}

HandlerResult remove_team_member(Call& call) {
  if (auto allowed = need(call, model::Duty::kManagePeople); !allowed) return fail(allowed.error());
  const model::TeamId team{std::string(call.request.param("id"))};
  const model::UserId member{std::string(call.request.param("member"))};
  auto done = change(
      call, [&](pg::Transaction& transaction) { return store::remove_member(transaction, team, member); });
  if (!done) return fail(done.error());
  return team_answer(call, 200, team);
}

}  // namespace

void add_people_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["listUsers"] = list_users;
  handlers["createUser"] = create_user;
  handlers["changeUser"] = change_user;
  handlers["resetPassword"] = reset_password;
  handlers["listTeams"] = list_teams;
  handlers["createTeam"] = create_team;
  handlers["putTeamMember"] = put_team_member;
  handlers["removeTeamMember"] = remove_team_member;
}

}  // namespace berth::portal
