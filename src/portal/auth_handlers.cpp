#include <fmt/format.h>

#include "base/text.hpp"
#include "http/address.hpp"
#include "portal/audit_notes.hpp"
#include "portal/client_address.hpp"
#include "portal/event_hub.hpp"
#include "portal/handlers.hpp"
#include "portal/problem.hpp"
#include "portal/render.hpp"
#include "portal/session_cookie.hpp"
#include "portal/sign_in_guard.hpp"
#include "store/audit.hpp"
#include "store/credentials.hpp"
#include "store/passwords.hpp"

namespace berth::portal {
namespace {

constexpr std::string_view kUnknownAccount = "unknown account";

/// Hashes the password with today's costs. Failing to is no reason to refuse someone whose password is right:
/// it is tried again next time.
void renew_hash(Call& call, const model::UserId& user, const std::string& password) {
  const auto renewed = [&]() -> Status {
    auto hash = store::hash_password(password, call.services.password_cost);
    if (!hash) return fail(hash.error());
    auto transaction =
        store::begin_write(call.db, store::author_of(user, call.request.request_id, call.request.peer));
    if (!transaction) return fail(transaction.error());
    if (auto set = store::renew_password_hash(*transaction, user, *hash); !set) return set;
    return transaction->commit();
  }();
  if (!renewed)
    call.services.log.warning("a password hash was not renewed", {{"error", renewed.error().message}});
}

/// The account when the password is right. Nothing tells a wrong password from an unknown or disabled
/// account.
struct Checked {
  std::optional<store::User> user;
  bool known = false;  // there is an account of that name
};
Result<Checked> check(Call& call, const std::string& email, const std::string& address,
                      const std::string& password) {
  // First, so that a flood costs no query either.
  const auto hashing = call.services.sign_ins.begin_hashing(email, address);
  if (!hashing) return fail(hashing.error());
  auto account = store::find_account(call.db, email);
  if (!account) return fail(account.error());
  const auto outcome =
      account->has_value() && (*account)->password_hash
          ? store::check_password(*(*account)->password_hash, password, call.services.password_cost)
          : store::check_no_password(password, call.services.password_cost);
  Checked checked{{}, account->has_value()};
  if (!outcome.matches || (*account)->user.disabled) return checked;
  if (outcome.outdated) renew_hash(call, (*account)->user.id, password);
  checked.user = (*account)->user;
  return checked;
}

/// What was typed where an e-mail address belongs is kept only when it is an account's: people slip, and type
/// their password there.
Status note_refusal(Call& call, const std::string& email, bool known, std::string action) {
  return call.services.notes.note(
      call.db, {"nobody", call.request.request_id, call.request.peer},
      {std::move(action), "user", known ? email : std::string(kUnknownAccount), "refused"},
      call.services.clock.now());
}

/// One row says it for all of the window: a flood must not fill the audit log.
Status note_limit(Call& call, const std::string& email) {
  auto account = store::find_account(call.db, email);
  if (!account) return fail(account.error());
  return note_refusal(call, email, account->has_value(), "auth.limited");
}

void watch_forwarding(Call& call, const std::string& email) {
  if (call.services.trusts_proxies) return;
  const auto& peer = call.request.peer;
  if (!call.services.sign_ins.notice_forwarding(email, peer, is_forwarded(call.request.headers))) return;
  call.services.log.warning(
      "every sign-in comes from one address and with X-Forwarded-For: without --trusted-proxy all users are "
      "one "
      "address to the limits of the sign-in and to the audit log",
      {{"address", peer}});
}

/// Taken before anything that the caller reads next.
json::value events_from(const Call& call) {
  const auto newest = call.services.events.handed_on();
  return newest ? json::value(std::to_string(*newest)) : json::value(nullptr);
}

HandlerResult login(Call& call) {
  const auto email = in_lower_case(string_at(call.body, {"email"}));
  const auto& peer = call.request.peer;
  const auto address = http::address_group(peer);
  auto& guard = call.services.sign_ins;
  watch_forwarding(call, email);
  if (auto admitted = guard.admit(email, address, SignInGuard::Steady::now()); !admitted) {
    auto& refusal = admitted.error();
    if (refusal.first) {
      if (auto noted = note_limit(call, email); !noted) return fail(noted.error());
    }
    return fail(std::move(refusal.error));
  }

  auto checked = check(call, email, address, string_at(call.body, {"password"}));
  if (!checked) return fail(checked.error());
  const auto& user = checked->user;
  if (!user) {
    guard.failed(email, address, SignInGuard::Steady::now());
    if (auto noted = note_refusal(call, email, checked->known, "auth.refused"); !noted)
      return fail(noted.error());
    return fail(Code::kUnauthenticated, "E-mail or password is wrong.", "wrong_credentials");
  }
  guard.succeeded(email, address, SignInGuard::Steady::now());

  const auto author = store::author_of(user->id, call.request.request_id, peer);
  auto transaction = store::begin_write(call.db, author);
  if (!transaction) return fail(transaction.error());
  auto cookie = store::create_web_session(*transaction, call.services.random, user->id,
                                          call.services.web_session_length);
  if (!cookie) return fail(cookie.error());
  if (auto done = transaction->commit(); !done) return fail(done.error());
  if (auto noted = store::note_sign_in(call.db, user->id); !noted) return fail(noted.error());
  if (auto noted = store::record_audit(call.db, author, {"auth.signed_in", "user", user->id.value, "done"});
      !noted) {
    return fail(noted.error());
  }

  auto response = json_answer(200, json::object{{"user", render(*user)},
                                                {"csrf_token", store::csrf_token(*cookie)},
                                                {"events_from", events_from(call)}});
  response.headers.emplace_back(
      "Set-Cookie", set_cookie(call.services.secure_cookies, *cookie, call.services.web_session_length));
  return response;
}

/// 204, and the cookie is taken away: what it stood for has ended.
http::Response signed_out(const Call& call) {
  http::Response response;
  response.status = 204;
  response.headers.emplace_back("Set-Cookie", set_cookie(call.services.secure_cookies, "", seconds(0)));
  return response;
}

HandlerResult logout(Call& call) {
  if (call.caller->by_cookie) {
    auto transaction = store::begin_write(call.db, call.author());
    if (!transaction) return fail(transaction.error());
    if (auto done = store::delete_web_session(transaction->connection(), call.caller->cookie); !done)
      return fail(done.error());
    if (auto noted = store::record_audit(transaction->connection(), call.author(),
                                         {"auth.signed_out", "user", call.caller->user.id.value, "done"});
        !noted) {
      return fail(noted.error());
    }
    if (auto done = transaction->commit(); !done) return fail(done.error());
  }
  return signed_out(call);
}

HandlerResult change_password(Call& call) {
  if (auto signed_in = need_sign_in(call); !signed_in) return fail(signed_in.error());
  const auto& user = call.caller->user;
  const auto address = http::address_group(call.request.peer);
  auto& guard = call.services.sign_ins;
  // A stolen cookie must not be a way to guess the password either.
  if (auto admitted = guard.admit(user.email, address, SignInGuard::Steady::now()); !admitted)
    return fail(std::move(admitted.error().error));
  auto checked = check(call, user.email, address, string_at(call.body, {"old_password"}));
  if (!checked) return fail(checked.error());
  if (!checked->user) {
    guard.failed(user.email, address, SignInGuard::Steady::now());
    if (auto noted = call.services.notes.note(call.db, call.author(),
                                              {"auth.refused", "user", user.id.value, "refused"},
                                              call.services.clock.now());
        !noted) {
      return fail(noted.error());
    }
    return fail(invalid_field("old_password", "", "your password now", "This is not your password."));
  }
  const auto wanted = string_at(call.body, {"new_password"});
  if (wanted == string_at(call.body, {"old_password"})) {
    return fail(invalid_field("new_password", "", "another one than the old one",
                              "The new password is the old one."));
  }
  auto hash = [&]() -> Result<std::string> {
    const auto hashing = guard.begin_hashing(user.email, address);
    if (!hashing) return fail(hashing.error());
    return store::hash_password(wanted, call.services.password_cost);
  }();
  if (!hash) return fail(hash.error());
  auto transaction = store::begin_write(call.db, call.author());
  if (!transaction) return fail(transaction.error());
  if (auto named = store::name_action(*transaction, "user.password_changed"); !named)
    return fail(named.error());
  if (auto set = store::set_password_hash(*transaction, user.id, *hash, store::KnownTo::kOwner); !set)
    return fail(set.error());
  if (auto done = transaction->commit(); !done) return fail(done.error());
  return signed_out(call);
}

HandlerResult sign_out_everywhere(Call& call) {
  auto transaction = store::begin_write(call.db, call.author());
  if (!transaction) return fail(transaction.error());
  if (auto ended = store::end_access(*transaction, call.caller->user.id); !ended) return fail(ended.error());
  if (auto done = transaction->commit(); !done) return fail(done.error());
  if (auto noted = store::record_audit(
          call.db, call.author(), {"auth.signed_out_everywhere", "user", call.caller->user.id.value, "done"});
      !noted) {
    return fail(noted.error());
  }
  return signed_out(call);
}

HandlerResult me(Call& call) {
  const auto& caller = *call.caller;
  return json_answer(
      200, json::object{{"user", render(caller.user)},
                        {"csrf_token", caller.by_cookie ? json::value(store::csrf_token(caller.cookie))
                                                        : json::value(nullptr)},
                        {"events_from", events_from(call)}});
}

HandlerResult list_tokens(Call& call) {
  auto page = page_of(call.request);
  if (!page) return fail(page.error());
  auto tokens = store::list_tokens(call.db, call.caller->user.id, *page);
  if (!tokens) return fail(tokens.error());
  return json_answer(200, render_page(*tokens));
}

HandlerResult create_token(Call& call) {
  // Or a token that leaks for a minute would be one for a year, and revoking it would not end that.
  if (auto signed_in = need_sign_in(call); !signed_in) return fail(signed_in.error());
  store::NewToken wanted;
  wanted.name = string_at(call.body, {"name"});
  if (const auto text = find_string(call.body, {"expires_at"})) {
    auto at = parse_rfc3339(*text);
    if (!at)
      return fail(
          invalid_field("expires_at", std::string(first_bytes(*text, 64)), "RFC 3339", at.error().message));
    wanted.expires_at = *at;
  }
  wanted.scopes = {"read", "write"};
  if (const auto* scopes = find(call.body, {"scopes"})) {
    wanted.scopes.clear();
    for (const auto& scope : scopes->as_array()) wanted.scopes.emplace_back(scope.as_string());
  }
  auto transaction = store::begin_write(call.db, call.author());
  if (!transaction) return fail(transaction.error());
  auto created = store::create_token(*transaction, call.services.random, call.caller->user.id, wanted);
  if (!created) return fail(created.error());
  if (auto done = transaction->commit(); !done) return fail(done.error());
  auto shown = render(created->token);
  shown["token"] = created->secret;
  return json_answer(201, std::move(shown));
}

HandlerResult revoke_token(Call& call) {
  auto transaction = store::begin_write(call.db, call.author());
  if (!transaction) return fail(transaction.error());
  auto revoked =
      store::revoke_token(*transaction, call.caller->user.id, {std::string(call.request.param("id"))});
  if (!revoked) return fail(revoked.error());
  if (auto done = transaction->commit(); !done) return fail(done.error());
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace

void add_auth_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["login"] = login;
  handlers["logout"] = logout;
  handlers["changePassword"] = change_password;
  handlers["signOutEverywhere"] = sign_out_everywhere;
  handlers["me"] = me;
  handlers["listTokens"] = list_tokens;
  handlers["createToken"] = create_token;
  handlers["revokeToken"] = revoke_token;
}

}  // namespace berth::portal
