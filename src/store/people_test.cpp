// Who may change people and teams: what the database holds the portal to, and what the calls answer.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <thread>

#include "store/credentials.hpp"
#include "store/fixture.hpp"
#include "store/teams.hpp"
#include "store/users.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;

class People : public StoreTest {
 protected:
  model::UserId root_ = admin_;  // the only one
  model::UserId ana_ = add_user("ana@example.org");
  model::UserId ben_ = add_user("ben@example.org");
  pg::Connection portal_ = portal_connection();

  /// "" or the slug, as the portal's role, in that user's name; what is done stays.
  template <typename Work>
  std::string as(const model::UserId& who, Work work) {
    auto transaction = must(begin_write(portal_, author(who)));
    const auto done = work(transaction);
    if (!done) return done.error().slug;
    must(transaction.commit());
    return "";
  }
  std::string make(const model::UserId& who, const std::string& email) {
    return as(who, [&](auto& transaction) {
      return create_user(transaction, {email, "Somebody", model::Role::kMember, "hash"});
    });
  }
  std::string role(const model::UserId& who, const model::UserId& whose, model::Role role) {
    return as(who, [&](auto& transaction) { return set_role(transaction, whose, role); });
  }
  std::string disable(const model::UserId& who, const model::UserId& whose, bool disabled = true) {
    return as(who, [&](auto& transaction) { return set_disabled(transaction, whose, disabled); });
  }
};

constexpr auto kNoPrivilege = "42501";

TEST_F(People, AreChangedByAdminsAloneWhateverThePortalAsks) {
  const auto team = add_team("vision");
  for (const auto& who : {ana_, model::UserId{"00000000-0000-4000-8000-000000000000"}}) {
    EXPECT_EQ(make(who, "new@example.org"), kNoPrivilege);
    EXPECT_EQ(role(who, ana_, model::Role::kAdmin), kNoPrivilege);
    EXPECT_EQ(disable(who, ben_), kNoPrivilege);
    EXPECT_EQ(as(who, [&](auto& it) { return set_password_hash(it, ben_, "mine", KnownTo::kOwner); }),
              kNoPrivilege);
    EXPECT_EQ(as(who, [&](auto& it) { return create_team(it, "speech"); }), kNoPrivilege);
    EXPECT_EQ(as(who, [&](auto& it) { return put_member(it, team, ana_, true); }), kNoPrivilege);
  }
  EXPECT_EQ(make(root_, "new@example.org"), "");
  EXPECT_EQ(role(root_, ana_, model::Role::kLead), "");
  EXPECT_EQ(as(root_, [&](auto& it) { return create_team(it, "speech"); }), "");
  EXPECT_EQ(as(root_, [&](auto& it) { return put_member(it, team, ana_, true); }), "");
  EXPECT_EQ(as(ana_, [&](auto& it) { return remove_member(it, team, ana_); }), kNoPrivilege);
  EXPECT_EQ(as(root_, [&](auto& it) { return remove_member(it, team, ana_); }), "");
}

// What a statement returns is evaluated after it was looked at who asks, and before it is audited.
TEST_F(People, NobodyPassesByNamingAnotherAuthorInTheMiddle) {
  const auto shut_out = [&](const std::string& before, const std::string& after) {
    const auto done =
        portal_.run(fmt::format("BEGIN; SELECT set_config('berth.actor', '{}', true); "
                                "UPDATE berth.app_user SET disabled_at = now() WHERE id = '{}' "
                                "RETURNING set_config('berth.actor', '{}', true); COMMIT",
                                before, ben_.value, after));
    if (done) return std::string();
    must(portal_.run("ROLLBACK"));
    return done.error().slug;
  };
  const auto root = "user:" + root_.value;
  const auto ana = "user:" + ana_.value;
  EXPECT_EQ(shut_out("x", ana), kNoPrivilege);
  EXPECT_EQ(shut_out("", root), kNoPrivilege);
  EXPECT_EQ(shut_out("owner", root), kNoPrivilege);
  EXPECT_EQ(shut_out("reconciler:lab", root), kNoPrivilege);
  EXPECT_EQ(shut_out(root, ana), kNoPrivilege);
  EXPECT_EQ(shut_out(root, root), "");
}

TEST_F(People, ADisabledAdminIsNone) {
  const auto other = add_user("other@example.org", model::Role::kAdmin);
  EXPECT_EQ(disable(root_, other), "");
  EXPECT_EQ(disable(other, ana_), kNoPrivilege);
}

TEST_F(People, ChangeTheirOwnPasswordAndNothingElseOfThemselves) {
  EXPECT_EQ(as(ana_, [&](auto& it) { return set_password_hash(it, ana_, "new", KnownTo::kOwner); }), "");
  EXPECT_EQ(role(ana_, ana_, model::Role::kFinance), kNoPrivilege);
  EXPECT_EQ(disable(ana_, ana_), kNoPrivilege);
}

TEST_F(People, AGivenPasswordStaysOneUntilItsOwnerHasAnother) {
  const auto given = [&] { return must(find_user(connection_, ana_))->password_change_needed; };
  EXPECT_EQ(as(root_, [&](auto& it) { return set_password_hash(it, ana_, "given", KnownTo::kOthersToo); }),
            "");
  EXPECT_TRUE(given());
  EXPECT_EQ(as(ana_, [&](auto& it) { return renew_password_hash(it, ana_, "the same with other costs"); }),
            "");
  EXPECT_TRUE(given()) << "hashed anew, it is known to them still";
  const auto by_hand = as(ana_, [&](auto& it) -> Status {
    auto done = it.exec(pg::Query{
        "test_flag",
        "UPDATE berth.app_user SET password_change_needed = false WHERE email = 'ana@example.org'"});
    return done ? Status{} : Status(fail(done.error()));
  });
  EXPECT_EQ(by_hand, kNoPrivilege) << "not without another password, whatever the portal asks";
  EXPECT_EQ(as(ana_, [&](auto& it) { return set_password_hash(it, ana_, "own", KnownTo::kOwner); }), "");
  EXPECT_FALSE(given());
}

TEST_F(People, SomebodyIsLeftWhoIsAdmin) {
  EXPECT_EQ(disable(root_, root_), "last_admin");
  EXPECT_EQ(role(root_, root_, model::Role::kMember), "last_admin");
  EXPECT_EQ(role(root_, ana_, model::Role::kAdmin), "");
  EXPECT_EQ(disable(root_, ana_), "");
  EXPECT_EQ(role(root_, root_, model::Role::kLead), "last_admin") << "a disabled one does not count";
  EXPECT_EQ(disable(root_, ana_, false), "");
  EXPECT_EQ(role(root_, root_, model::Role::kLead), "");
}

TEST_F(People, TwoAdminsWhoShutEachOtherOutAtOnceDoNotBothSucceed) {
  const auto other = add_user("other@example.org", model::Role::kAdmin);
  auto second = portal_connection();
  auto mine = must(begin_write(portal_, author(root_)));
  must(set_disabled(mine, other, true));
  std::string theirs;
  std::jthread at_once([&] {
    auto transaction = must(begin_write(second, author(other)));
    const auto done = set_disabled(transaction, root_, true);
    theirs = done ? "" : done.error().slug;
    if (done) must(transaction.commit());
  });
  must(mine.commit());
  at_once.join();
  EXPECT_THAT(theirs, testing::AnyOf("last_admin", kNoPrivilege));
  EXPECT_EQ(number("SELECT count(*) AS x FROM berth.app_user WHERE role = 'admin' AND disabled_at IS NULL"),
            1);
}

TEST_F(People, EndOfAccessIsOfSessionsAndTokens) {
  SystemRandom random;
  std::string cookie;
  std::string secret;
  ASSERT_EQ(as(ana_,
               [&](auto& it) -> Status {
                 cookie = must(create_web_session(it, random, ana_, seconds(60)));
                 secret = must(create_token(it, random, ana_, {"laptop", {"read"}, {}})).secret;
                 return {};
               }),
            "");
  ASSERT_TRUE(must(find_web_session(portal_, cookie)));
  EXPECT_EQ(as(ana_, [&](auto& it) { return end_access(it, ana_); }), "");
  EXPECT_FALSE(must(find_web_session(portal_, cookie)));
  EXPECT_EQ(use_token(portal_, secret).error().slug, "token_revoked");
}

TEST_F(People, TeamsAreListedWithTheirMembers) {
  const auto vision = add_team("vision");
  add_team("speech");
  add_member(vision, ben_);
  add_member(vision, ana_, true);
  const auto teams = must(list_teams(portal_));
  ASSERT_EQ(teams.size(), 2U);
  EXPECT_EQ(teams[0].name, "speech");
  EXPECT_TRUE(teams[0].members.empty());
  ASSERT_EQ(teams[1].members.size(), 2U);
  EXPECT_EQ(teams[1].members[0].email, "ana@example.org");
  EXPECT_TRUE(teams[1].members[0].leads);
  EXPECT_FALSE(teams[1].members[1].leads);
  EXPECT_EQ(must(load_team(portal_, vision)).name, "vision");
  EXPECT_EQ(load_team(portal_, {"00000000-0000-4000-8000-000000000000"}).error().slug, "team_not_found");
  EXPECT_EQ(as(root_, [&](auto& it) { return remove_member(it, vision, root_); }), "not_a_member");
}

TEST_F(People, NamesOfPeopleTeamsAndTokensMisleadNobody) {
  SystemRandom random;
  for (const std::string bad : {"\x1b[31mRED", "a\nb", "\u202Egnp.exe", "\u200B", "\u2066x", "\xff"}) {
    auto transaction = must(begin_write(portal_, author(root_)));
    const auto user = create_user(transaction, {"new@example.org", bad, model::Role::kMember, {}});
    const auto team = create_team(transaction, bad);
    const auto token = create_token(transaction, random, root_, {bad, {"read"}, {}});
    ASSERT_FALSE(user || team || token) << bad;
    for (const auto& error : {user.error(), team.error(), token.error()}) {
      EXPECT_EQ(error.code, Code::kInvalid);
      EXPECT_EQ(error.fields.at(0).field, "name");
    }
  }
  for (const std::string bad : {"a\x1b[31m", "a\nb", "\u202Egnp", "\u2066x", "\xff"}) {
    auto transaction = must(begin_write(portal_, author(root_)));
    EXPECT_FALSE(create_user(transaction, {bad + "@example.org", "Name", model::Role::kMember, {}})) << bad;
  }
}

}  // namespace
}  // namespace berth::store
