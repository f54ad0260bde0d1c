#include "store/credentials.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/fixture.hpp"
#include "store/passwords.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Credentials : public StoreTest {
 protected:
  model::UserId ana_ = add_user("ana@example.org");
  model::UserId ben_ = add_user("ben@example.org");
  SystemRandom random_;

  template <typename Work>
  auto written(Work work) {
    auto transaction = must(begin_write(connection_, author(ana_)));
    auto done = work(transaction);
    if (done) must(transaction.commit());
    return done;
  }
  template <typename Work>
  auto written_by_owner(Work work) {
    auto connection = database_.connect();
    auto transaction = must(begin_write(connection, owner_author()));
    auto done = work(transaction);
    if (done) must(transaction.commit());
    return done;
  }
  std::string sign_in(const model::UserId& user, seconds lifetime = seconds(3600)) {
    return must(
        written([&](auto& transaction) { return create_web_session(transaction, random_, user, lifetime); }));
  }
  Result<CreatedToken> token(NewToken wanted) {
    return written([&](auto& transaction) { return create_token(transaction, random_, ana_, wanted); });
  }
  std::string why_not(const std::string& secret) {
    const auto holder = use_token(connection_, secret);
    return holder ? "works" : holder.error().slug;
  }
};

TEST_F(Credentials, ACookieSaysWhoItIsUntilItExpires) {
  const auto cookie = sign_in(ana_);
  const auto user = must(find_web_session(connection_, cookie));
  ASSERT_TRUE(user);
  EXPECT_EQ(user->user.email, "ana@example.org");
  EXPECT_EQ(user->viewer, viewer(ana_)) << "with all that the rules look at";
  EXPECT_FALSE(must(find_web_session(connection_, cookie + "x")));
  EXPECT_FALSE(must(find_web_session(connection_, "")));
  EXPECT_FALSE(must(find_web_session(connection_, std::string(10'000, 'x'))));
  EXPECT_FALSE(must(find_web_session(connection_, sign_in(ana_, seconds(0)))));
}

TEST_F(Credentials, ACookieItselfIsNowhere) {
  const auto cookie = sign_in(ana_);
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.web_session WHERE encode(token_hash, 'escape') LIKE '%" +
                   cookie + "%'"),
            0);
  EXPECT_EQ(number("SELECT length(token_hash) AS x FROM berth.web_session"), 32);
}

TEST_F(Credentials, SigningOutADisabledAccountAndANewPasswordEndASession) {
  const auto one = sign_in(ana_);
  must(delete_web_session(connection_, one));
  EXPECT_FALSE(must(find_web_session(connection_, one)));

  const auto two = sign_in(ana_);
  const auto laptop = must(token({"laptop", {"read"}, {}}));
  must(written_by_owner([&](auto& transaction) { return set_disabled(transaction, ana_, true); }));
  EXPECT_FALSE(must(find_web_session(connection_, two)));
  EXPECT_EQ(why_not(laptop.secret), "token_unknown");
  must(written_by_owner([&](auto& transaction) { return set_disabled(transaction, ana_, false); }));
  EXPECT_FALSE(must(find_web_session(connection_, two))) << "whoever is enabled again signs in anew";
  EXPECT_EQ(why_not(laptop.secret), "token_revoked");

  const auto three = sign_in(ana_);
  must(written([&](auto& transaction) {
    return set_password_hash(transaction, ana_, "$argon2id$other", KnownTo::kOwner);
  }));
  EXPECT_FALSE(must(find_web_session(connection_, three)));
}

TEST_F(Credentials, ACsrfTokenBelongsToItsCookie) {
  EXPECT_TRUE(is_csrf_token("cookie", csrf_token("cookie")));
  EXPECT_FALSE(is_csrf_token("cookie", csrf_token("other")));
  EXPECT_FALSE(is_csrf_token("cookie", ""));
  EXPECT_FALSE(is_csrf_token("", csrf_token("")));
  EXPECT_NE(csrf_token("cookie"), "cookie");
}

TEST_F(Credentials, ATokenWorksUntilItIsRevoked) {
  const auto made = must(token({"laptop", {"read", "write"}, {}}));
  EXPECT_TRUE(made.secret.starts_with("berth_"));
  EXPECT_TRUE(made.secret.starts_with(made.token.prefix));
  EXPECT_LT(made.token.prefix.size(), 16U);
  const auto holder = must(use_token(connection_, made.secret));
  EXPECT_EQ(holder.person.user.id, ana_);
  EXPECT_EQ(holder.person.viewer, viewer(ana_));
  EXPECT_EQ(holder.token, made.token.id);
  EXPECT_THAT(holder.scopes, ElementsAre("read", "write"));

  const auto listed = must(list_tokens(connection_, ana_, {}));
  ASSERT_EQ(listed.items.size(), 1U);
  EXPECT_TRUE(listed.items[0].last_used_at);
  EXPECT_TRUE(must(list_tokens(connection_, ben_, {})).items.empty());

  const auto bens =
      written([&](auto& transaction) { return revoke_token(transaction, ben_, made.token.id); });
  ASSERT_FALSE(bens);
  EXPECT_EQ(bens.error().code, Code::kNotFound);
  must(written([&](auto& transaction) { return revoke_token(transaction, ana_, made.token.id); }));
  EXPECT_EQ(why_not(made.secret), "token_revoked");
}

TEST_F(Credentials, ATokenThatDoesNotWorkSaysWhy) {
  const auto made = must(token({"laptop", {"read"}, now_ + hours(1)}));
  EXPECT_EQ(why_not("berth_unknown"), "token_unknown");
  EXPECT_EQ(why_not("other_" + made.secret), "token_unknown");
  EXPECT_EQ(why_not(std::string(10'000, 'x')), "token_unknown");
  sql("UPDATE berth.api_token SET expires_at = now() - interval '1 second'");
  EXPECT_EQ(why_not(made.secret), "token_expired");
  sql("UPDATE berth.app_user SET disabled_at = now() WHERE email = 'ana@example.org'");
  EXPECT_EQ(why_not(made.secret), "token_unknown");
}

TEST_F(Credentials, TokensHaveLimits) {
  const auto field = [&](NewToken wanted) {
    const auto made = token(std::move(wanted));
    return made ? std::string("none") : made.error().fields.at(0).field;
  };
  EXPECT_EQ(field({"", {"read"}, {}}), "name");
  EXPECT_EQ(field({std::string(101, 'x'), {"read"}, {}}), "name");
  EXPECT_EQ(field({"t", {"root"}, {}}), "scopes");
  EXPECT_EQ(field({"t", {}, {}}), "scopes");
  EXPECT_EQ(field({"t", {"read"}, now_ - seconds(1)}), "expires_at");
  EXPECT_EQ(field({"t", {"read"}, now_ + hours(24 * 367)}), "expires_at");
  sql("INSERT INTO berth.api_token (owner, name, prefix, token_hash, scopes, expires_at)"
      " SELECT '" +
      ana_.value +
      "', 'n', 'p', sha256(i::text::bytea), '{read}', now() + interval '1 day'"
      " FROM generate_series(1, 100) i");
  const auto made = token({"t", {"read"}, {}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().slug, "too_many_tokens");
}

TEST_F(Credentials, TheAuditLogTellsOfATokenAndNotItsHash) {
  must(token({"laptop", {"read"}, {}}));
  const auto row = text("SELECT after::text AS x FROM berth.audit WHERE action = 'token.created'");
  EXPECT_THAT(row, HasSubstr("laptop"));
  EXPECT_THAT(row, Not(HasSubstr("token_hash")));
}

TEST_F(Credentials, TokensAreListedInPages) {
  for (int i = 0; i < 5; ++i) must(token({"t" + std::to_string(i), {"read"}, {}}));
  std::vector<std::string> names;
  PageRequest page{2, ""};
  while (true) {
    const auto found = must(list_tokens(connection_, ana_, page));
    for (const auto& one : found.items) names.push_back(one.name);
    if (!found.next) break;
    page.cursor = *found.next;
  }
  EXPECT_THAT(names, ElementsAre("t4", "t3", "t2", "t1", "t0"));
}

TEST(Passwords, MatchOnlyThemselves) {
  const auto hash = must(hash_password("correct horse"));
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << hash.substr(0, 32);
  EXPECT_TRUE(check_password(hash, "correct horse").matches);
  EXPECT_FALSE(check_password(hash, "correct horse").outdated);
  EXPECT_TRUE(check_password(hash, "correct horse", kCheapPassword).outdated);
  EXPECT_FALSE(check_password(hash, "correct horsf").matches);
  EXPECT_FALSE(check_password(hash, "").matches);
  EXPECT_FALSE(check_password("no hash", "correct horse").matches);
  EXPECT_FALSE(check_no_password("correct horse").matches);
}

TEST_F(Credentials, ATokenThatIsOfNoUseIsForgottenAfterThirtyDays) {
  const auto make = [&](const std::string& name) { return must(token({name, {"read"}, {}})).token.id.value; };
  const auto set = [&](const std::string& id, const std::string& what) {
    sql(fmt::format("UPDATE berth.api_token SET {} WHERE id = '{}'", what, id));
  };
  make("in use");
  set(make("expired now"), "expires_at = now() - interval '29 days'");
  set(make("expired long ago"), "expires_at = now() - interval '31 days'");
  set(make("revoked now"), "revoked_at = now() - interval '29 days'");
  set(make("revoked long ago"), "revoked_at = now() - interval '31 days'");
  sql("SELECT berth.housekeep()");
  EXPECT_EQ(text("SELECT string_agg(name, ', ' ORDER BY name) AS x FROM berth.api_token"),
            "expired now, in use, revoked now");
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.audit WHERE object_type = 'token' AND before IS NULL"),
            5);
}

TEST_F(Credentials, ASessionThatHasExpiredIsForgotten) {
  SystemRandom random;
  for (const auto length : {seconds(3600), seconds(7200)}) {
    must(written([&](auto& transaction) -> Status {
      auto made = create_web_session(transaction, random, ana_, length);
      return made ? Status{} : Status(fail(made.error()));
    }));
  }
  sql("UPDATE berth.web_session SET expires_at = now() - interval '1 second'"
      " WHERE expires_at < now() + interval '90 minutes'");
  sql("SELECT berth.housekeep()");
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.web_session"), 1);
}

TEST(Passwords, AreCountedInCharacters) {
  EXPECT_FALSE(hash_password("äöüßäöü"));  // seven, in 14 bytes
  EXPECT_TRUE(hash_password("äöüßäöüß"));
  std::string longest;
  for (int i = 0; i < 256; ++i) longest += "😀";
  const auto hash = must(hash_password(longest));
  EXPECT_TRUE(check_password(hash, longest).matches);
  EXPECT_FALSE(hash_password(longest + "x"));
}

TEST(Passwords, HaveLimitsAndAreNotRepeatedInErrors) {
  for (const auto& password : {std::string("short12"), std::string(257, 'x')}) {
    const auto hash = hash_password(password);
    ASSERT_FALSE(hash);
    EXPECT_EQ(hash.error().fields.at(0).value, "");
    EXPECT_THAT(hash.error().message, Not(HasSubstr(password)));
  }
}

class Users : public Credentials {};

TEST_F(Users, AnAddressIsTakenOnce) {
  auto owner = database_.connect();
  auto transaction = must(begin_write(owner, owner_author()));
  const auto again = create_user(transaction, {"ANA@Example.org", "Ana", model::Role::kMember, {}});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().slug, "email_taken");
  for (const auto* bad : {"", "a", "a@", "@b", "a@b@c", "a b@c"}) {
    const auto user = create_user(transaction, {bad, "X", model::Role::kMember, {}});
    ASSERT_FALSE(user) << bad;
    EXPECT_EQ(user.error().fields.at(0).field, "email");
  }
}

TEST_F(Users, AreFoundByAnyCaseOfTheirAddressWithTheirTeams) {
  const auto team = add_team("vision");
  add_member(team, ana_, true);
  const auto account = must(find_account(connection_, "ANA@example.ORG"));
  ASSERT_TRUE(account);
  EXPECT_EQ(account->user.id, ana_);
  EXPECT_EQ(account->password_hash, std::nullopt);
  EXPECT_THAT(account->user.teams, ElementsAre(Membership{team, "vision", true}));
  EXPECT_FALSE(must(find_account(connection_, "nobody@example.org")));
  EXPECT_EQ(must(find_user(connection_, ana_))->email, "ana@example.org");
}

TEST_F(Users, AViewerKnowsTeamsAndWhoIsInThem) {
  const auto vision = add_team("vision");
  const auto speech = add_team("speech");
  add_member(vision, ana_, true);
  add_member(vision, ben_);
  add_member(speech, ana_);
  must(written_by_owner([&](auto& transaction) { return set_role(transaction, ana_, model::Role::kLead); }));
  const auto who = viewer(ana_);
  EXPECT_EQ(who.role, model::Role::kLead);
  EXPECT_EQ(who.teams.size(), 2U);
  EXPECT_THAT(who.leads, ElementsAre(vision));
  EXPECT_EQ(who.led_members.size(), 2U);
  must(written_by_owner([&](auto& transaction) { return set_disabled(transaction, ana_, true); }));
  EXPECT_FALSE(load_viewer(connection_, ana_));
}

TEST_F(Users, AreListedInPagesOldestFirst) {
  add_user("cid@example.org");
  const auto first = must(list_users(connection_, {3, ""}));
  ASSERT_EQ(first.items.size(), 3U);
  EXPECT_EQ(first.items[0].email, "admin@example.org");
  EXPECT_EQ(first.items[1].email, "ana@example.org");
  const auto second = must(list_users(connection_, {3, first.next.value()}));
  ASSERT_EQ(second.items.size(), 1U);
  EXPECT_EQ(second.items[0].email, "cid@example.org");
  EXPECT_FALSE(second.next);
}

TEST_F(Users, AnAdminIsFoundBehindAnyNumberOfOthersUnlessDisabled) {
  sql(
      fmt::format("INSERT INTO berth.app_user (email, name, role) SELECT n || '@example.org', 'n', 'member'"
                  " FROM generate_series(1, {}) n",
                  2 * kMaxPageItems));
  sql("UPDATE berth.app_user SET disabled_at = now() WHERE role = 'admin'");
  EXPECT_FALSE(must(has_admin(connection_)));
  const auto root = add_user("root@example.org", model::Role::kAdmin);
  EXPECT_TRUE(must(has_admin(connection_)));
  must(written_by_owner([&](auto& transaction) { return set_disabled(transaction, root, true); }));
  EXPECT_FALSE(must(has_admin(connection_)));
}

TEST_F(Users, ChangesAreAuditedWithoutTheHash) {
  must(written([&](auto& transaction) {
    return set_password_hash(transaction, ana_, "$argon2id$secret", KnownTo::kOwner);
  }));
  const auto row =
      sql("SELECT action, actor, coalesce(after::text, '') AS after FROM berth.audit"
          " WHERE object_type = 'user' ORDER BY id DESC LIMIT 1");
  EXPECT_EQ(row.front().get<std::string>("action"), "user.changed");
  EXPECT_EQ(row.front().get<std::string>("actor"), "user:" + ana_.value);
  EXPECT_THAT(row.front().get<std::string>("after"), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace berth::store
