// Making people and teams, shutting people out, and what a token may not do of that.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

constexpr auto kNobody = "00000000-0000-4000-8000-000000000000";

class People : public PortalTest {
 protected:
  Answer login(const std::string& email, std::string_view password) {
    auto client = site().stranger();
    return client.post("/api/v1/auth/login", {{"email", email}, {"password", password}});
  }
  struct Made {
    std::string id;
    std::string email;
    std::string password;
  };
  /// With a password of their own, as after the first sign-in.
  Made make(const std::string& role = "member") {
    auto made = make_given(role);
    auto theirs = browser(made);
    const auto own = "their own, " + made.email;
    EXPECT_EQ(
        theirs.post("/api/v1/auth/password", {{"old_password", made.password}, {"new_password", own}}).status,
        204);
    made.password = own;
    return made;
  }
  /// With the password that the admin was told.
  Made make_given(const std::string& role = "member") {
    auto admin = site().browser(site().admin);
    Made made{{}, fmt::format("new-{}@example.org", ++count_), {}};
    const auto answer =
        admin.post("/api/v1/users", {{"email", made.email}, {"name", "Neu Né"}, {"role", role}});
    EXPECT_EQ(answer.status, 201) << answer.body;
    made.id = string_at(answer.json, {"user", "id"});
    made.password = string_at(answer.json, {"password"});
    return made;
  }
  Client browser(const Made& made) {
    const auto answer = login(made.email, made.password);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto cookie = answer.header("Set-Cookie");
    return Client(site().port(), {{"Cookie", cookie.substr(0, cookie.find(';'))},
                                  {"X-CSRF-Token", string_at(answer.json, {"csrf_token"})}});
  }

 private:
  static inline int count_ = 0;
};

TEST_F(People, OnlyAdminsAreAnsweredAndATokenNeedsTheScope) {
  const auto team = site().text("SELECT id::text AS x FROM berth.team WHERE name = 'vision'");
  const auto ana = site().ana.id.value;
  const auto member = fmt::format("/api/v1/teams/{}/members/{}", team, ana);
  struct Asked {
    std::string method;
    std::string path;
    std::optional<json::value> body;
  };
  const std::vector<Asked> all{
      {"GET", "/api/v1/users", {}},
      {"GET", "/api/v1/users?email=ana@example.org", {}},
      {"POST", "/api/v1/users", json::object{{"email", "x@example.org"}, {"name", "X"}}},
      {"PATCH", "/api/v1/users/" + ana, json::object{{"role", "finance"}}},
      {"PATCH", "/api/v1/users/" + std::string(kNobody), json::object{{"disabled", true}}},
      {"POST", "/api/v1/users/" + ana + "/password", {}},
      {"GET", "/api/v1/teams", {}},
      {"POST", "/api/v1/teams", json::object{{"name", "mine"}}},
      {"PUT", member, json::object{{"leads", true}}},
      {"DELETE", member, {}}};
  const auto state = [] {
    return site().text(
        "SELECT (SELECT md5(string_agg(a::text, ' ' ORDER BY id)) FROM (SELECT id, email, role, "
        "password_hash, "
        "disabled_at FROM berth.app_user) a) || (SELECT count(*) FROM berth.team) || "
        "(SELECT string_agg(m::text, ' ' ORDER BY member) FROM berth.team_member m) AS x");
  };
  const auto before = state();
  Client weak(site().port(),
              {{"Authorization", "Bearer " + site().add_token(site().admin, {"read", "write"})}});
  auto stranger = site().stranger();
  const auto ask = [](Client& client, const Asked& one) {
    return client.send(one.method, one.path,
                       one.body ? std::optional(json::serialize(*one.body)) : std::nullopt);
  };
  for (const auto& one : all) {
    for (const auto* person : {&site().ana, &site().lead, &site().finance}) {
      // Told of the teams that they lead: see below.
      if (person == &site().lead && one.method == "GET" && one.path == "/api/v1/teams") continue;
      auto client = site().client(*person);
      EXPECT_EQ(ask(client, one).code(), "forbidden")
          << person->email << " " << one.method << " " << one.path;
    }
    EXPECT_EQ(ask(weak, one).code(), "missing_scope") << one.method << " " << one.path;
    EXPECT_EQ(ask(stranger, one).status, 401) << one.method << " " << one.path;
  }
  EXPECT_EQ(state(), before);
}

TEST_F(People, AnAccountIsMadeWithAPasswordThatIsToldOnce) {
  const auto made = make_given("lead");
  EXPECT_EQ(made.password.size(), 20U);
  auto theirs = browser(made);
  const auto me = theirs.get("/api/v1/auth/me");
  EXPECT_EQ(me.json.at("user").at("role"), json::value("lead"));
  auto admin = site().client(site().admin);
  const auto listed = admin.get("/api/v1/users?email=" + made.email);
  EXPECT_EQ(listed.body.find(made.password), std::string::npos);
  EXPECT_EQ(listed.json.at("items").at(0).at("disabled"), json::value(false));
  EXPECT_TRUE(listed.json.at("items").at(0).at("last_sign_in_at").is_string());
  EXPECT_EQ(site().number(fmt::format("SELECT count(*) AS x FROM berth.audit a WHERE a::text LIKE '%{}%'"
                                      " OR a::text LIKE '%argon2%'",
                                      made.password)),
            0);
  EXPECT_EQ(site().text(fmt::format("SELECT actor AS x FROM berth.audit WHERE action = 'user.created'"
                                    " AND object_id = '{}'",
                                    made.id)),
            "user:" + site().admin.id.value);
  const auto again = admin.post("/api/v1/users", {{"email", made.email}, {"name", "Twice"}});
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.code(), "email_taken");
  EXPECT_EQ(admin.post("/api/v1/users", {{"email", "none"}, {"name", "N"}}).status, 422);
  EXPECT_EQ(admin.post("/api/v1/users", {{"email", "n@example.org"}, {"name", "\u202Egnp"}}).status, 422);
}

TEST_F(People, DisablingEndsSessionsAndTokensAtOnceAndForGood) {
  const auto made = make();
  auto theirs = browser(made);
  const auto token = string_at(theirs.post("/api/v1/tokens", {{"name", "laptop"}}).json, {"token"});
  Client laptop(site().port(), {{"Authorization", "Bearer " + token}});
  EXPECT_EQ(laptop.get("/api/v1/pools").status, 200);
  auto admin = site().client(site().admin);
  const auto set = [&](bool disabled) {
    return admin.send("PATCH", "/api/v1/users/" + made.id,
                      json::serialize(json::object{{"disabled", disabled}}));
  };
  EXPECT_EQ(set(true).json.at("disabled"), json::value(true));
  EXPECT_EQ(theirs.get("/api/v1/auth/me").status, 401);
  EXPECT_EQ(laptop.get("/api/v1/pools").status, 401);
  EXPECT_EQ(login(made.email, made.password).code(), "wrong_credentials");
  EXPECT_EQ(set(false).json.at("disabled"), json::value(false));
  EXPECT_EQ(theirs.get("/api/v1/auth/me").status, 401);
  EXPECT_EQ(laptop.get("/api/v1/pools").code(), "token_revoked");
  EXPECT_EQ(login(made.email, made.password).status, 200);
}

TEST_F(People, APasswordThatIsResetEndsTheOldOneAndAllThatCameOfIt) {
  const auto made = make();
  auto theirs = browser(made);
  const auto token = string_at(theirs.post("/api/v1/tokens", {{"name", "laptop"}}).json, {"token"});
  Client laptop(site().port(), {{"Authorization", "Bearer " + token}});
  EXPECT_EQ(laptop.get("/api/v1/pools").status, 200);
  auto admin = site().client(site().admin);
  const auto reset = admin.send("POST", "/api/v1/users/" + made.id + "/password");
  ASSERT_EQ(reset.status, 200) << reset.body;
  EXPECT_EQ(theirs.get("/api/v1/auth/me").status, 401);
  EXPECT_EQ(laptop.get("/api/v1/pools").code(), "token_revoked");
  EXPECT_EQ(login(made.email, made.password).status, 401);
  EXPECT_EQ(reset.json.at("user").at("password_change_needed"), json::value(true));
  const auto again = login(made.email, string_at(reset.json, {"password"}));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.json.at("user").at("password_change_needed"), json::value(true));
  EXPECT_EQ(
      site().number(fmt::format("SELECT count(*) AS x FROM berth.audit WHERE action = 'user.password_reset'"
                                " AND object_id = '{}'",
                                made.id)),
      1);
}

TEST_F(People, AGivenPasswordOpensNothingButItsChange) {
  const auto made = make_given("admin");
  auto theirs = browser(made);
  const auto secret = site().add_token({{made.id}, made.email, {}}, {"read", "write", "admin"});
  Client token(site().port(), {{"Authorization", "Bearer " + secret}});
  const std::set<std::string> open{"changePassword", "logout", "signOutEverywhere", "me"};
  std::set<std::string> left_open;
  for (const auto& operation : api_document().operations()) {
    if (operation.is_public || operation.is_nodes) continue;
    if (open.contains(operation.id)) {
      left_open.insert(operation.id);
      continue;
    }
    auto target = "/api/v1" + operation.key.path;
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"{id}", made.id},
                                      {"{member}", made.id},
                                      {"{name}", "lab"},
                                      {"{question}", "unit"}}) {
      if (const auto at = target.find(name); at != std::string::npos) target.replace(at, name.size(), value);
    }
    for (auto* client : {&theirs, &token}) {
      const auto answer = client->send(operation.key.method, target,
                                       operation.has_body ? std::optional<std::string>("{}") : std::nullopt);
      EXPECT_EQ(answer.status, 403) << operation.id << answer.body;
      EXPECT_EQ(answer.code(), "password_change_needed") << operation.id;
    }
  }
  EXPECT_EQ(left_open, open);
  EXPECT_EQ(theirs.get("/api/v1/auth/me").json.at("user").at("password_change_needed"), json::value(true));
  EXPECT_EQ(token.get("/api/v1/auth/me").status, 200);
  EXPECT_EQ(
      site().number(fmt::format("SELECT count(*) AS x FROM berth.audit WHERE action = "
                                "'access.refused_password' AND object_id = 'listPools' AND actor = 'user:{}'",
                                made.id)),
      2)
      << "by the cookie and by the token";

  const auto change = [&](const std::string& to) {
    return theirs.post("/api/v1/auth/password", {{"old_password", made.password}, {"new_password", to}});
  };
  const auto same = change(made.password);
  EXPECT_EQ(same.status, 422);
  EXPECT_TRUE(same.fault("new_password").is_object()) << same.body;
  EXPECT_EQ(change("one of their own").status, 204);
  EXPECT_EQ(token.get("/api/v1/pools").status, 200);
  const auto after = login(made.email, "one of their own");
  EXPECT_EQ(after.json.at("user").at("password_change_needed"), json::value(false));
  EXPECT_EQ(browser({made.id, made.email, "one of their own"}).get("/api/v1/users").status, 200);
  EXPECT_EQ(site().text(
                fmt::format("SELECT after ->> 'password_change_needed' AS x FROM berth.audit WHERE action = "
                            "'user.password_changed' AND object_id = '{}'",
                            made.id)),
            "false");
  // Others here are about the last admin.
  site().sql(fmt::format("UPDATE berth.app_user SET disabled_at = now() WHERE id = '{}'", made.id));
}

TEST_F(People, APasswordHasCharactersNotBytes) {
  auto made = make();
  auto theirs = browser(made);
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "ü";
  EXPECT_EQ(theirs.post("/api/v1/auth/password", {{"old_password", made.password}, {"new_password", umlauts}})
                .status,
            204);
  EXPECT_EQ(login(made.email, umlauts).status, 200);
}

TEST_F(People, NamesHoldNothingThatCannotBeSeen) {
  auto admin = site().client(site().admin);
  const auto user = [&](const std::string& email, const std::string& name) {
    return admin.post("/api/v1/users", {{"email", email}, {"name", name}});
  };
  const auto hidden = user("an\u200Ba@example.org", "Ana");
  EXPECT_EQ(hidden.status, 422);
  EXPECT_EQ(
      hidden.fault("email"),
      (json::value{{"field", "email"},
                   {"value", "an\\u{200B}a@example.org"},
                   {"limit", "no characters that cannot be seen"},
                   {"message", "The e-mail address holds U+200B, which cannot be seen. Leave it out."}}));
  EXPECT_TRUE(user("u1@example.org", "A\u2060na").fault("name").is_object());
  EXPECT_TRUE(admin.post("/api/v1/teams", {{"name", "vis\u200Bion"}}).fault("name").is_object());
  auto ana = site().browser(site().ana);
  EXPECT_TRUE(ana.post("/api/v1/tokens", {{"name", "lap\uFEFFtop"}}).fault("name").is_object());
  auto body = booking_body(site().fresh_day());
  body["name"] = "train\u200B";
  EXPECT_TRUE(ana.post("/api/v1/reservations", body).fault("name").is_object());
}

TEST_F(People, NamesAreCountedInCharacters) {
  auto admin = site().client(site().admin);
  const auto many = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "ü";
    return text;
  };
  EXPECT_EQ(admin.post("/api/v1/users", {{"email", "long@example.org"}, {"name", many(100)}}).status, 201);
  EXPECT_EQ(admin.post("/api/v1/users", {{"email", "longer@example.org"}, {"name", many(101)}}).status, 422);
  EXPECT_EQ(admin.post("/api/v1/teams", {{"name", many(63)}}).status, 201);
  EXPECT_EQ(admin.post("/api/v1/teams", {{"name", many(64)}}).status, 422);
  auto ana = site().browser(site().ana);
  EXPECT_EQ(ana.post("/api/v1/tokens", {{"name", many(100)}}).status, 201);
  EXPECT_EQ(ana.post("/api/v1/tokens", {{"name", many(101)}}).status, 422);
}

TEST_F(People, ATokenMakesNoAdminAndTouchesNone) {
  const auto other = make("admin");
  const auto member = make();
  auto token = site().client(site().admin);
  const auto refused = [&](const Answer& answer) {
    EXPECT_EQ(answer.status, 403) << answer.body;
    EXPECT_EQ(answer.code(), "sign_in_needed");
  };
  const auto patch = [](Client& client, const std::string& id, const json::object& body) {
    return client.send("PATCH", "/api/v1/users/" + id, json::serialize(body));
  };
  refused(token.post("/api/v1/users", {{"email", "a@example.org"}, {"name", "A"}, {"role", "admin"}}));
  refused(patch(token, member.id, {{"role", "admin"}}));
  refused(patch(token, other.id, {{"role", "member"}}));
  refused(patch(token, other.id, {{"disabled", true}}));
  refused(token.send("POST", "/api/v1/users/" + other.id + "/password"));
  EXPECT_EQ(patch(token, member.id, {{"role", "finance"}}).status, 200);
  auto signed_in = site().browser(site().admin);
  EXPECT_EQ(patch(signed_in, other.id, {{"role", "member"}}).status, 200);
  EXPECT_EQ(patch(signed_in, site().admin.id.value, {{"disabled", true}}).code(), "last_admin");
  EXPECT_EQ(patch(signed_in, site().admin.id.value, {{"role", "member"}}).status, 409);
}

TEST_F(People, OnesOwnPasswordIsChangedWithTheOldOne) {
  const auto made = make();
  auto theirs = browser(made);
  auto other = browser(made);
  const auto token = string_at(theirs.post("/api/v1/tokens", {{"name", "laptop"}}).json, {"token"});
  Client laptop(site().port(), {{"Authorization", "Bearer " + token}});
  const json::object change{{"old_password", made.password}, {"new_password", "a quite new secret"}};
  EXPECT_EQ(laptop.post("/api/v1/auth/password", change).code(), "sign_in_needed");
  const auto wrong =
      theirs.post("/api/v1/auth/password", {{"old_password", "no"}, {"new_password", "a quite new secret"}});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_TRUE(wrong.fault("old_password").is_object()) << wrong.body;
  EXPECT_EQ(theirs.post("/api/v1/auth/password", {{"old_password", made.password}, {"new_password", "short"}})
                .status,
            422);
  const auto done = theirs.post("/api/v1/auth/password", change);
  EXPECT_EQ(done.status, 204) << done.body;
  EXPECT_NE(done.header("Set-Cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(theirs.get("/api/v1/auth/me").status, 401);
  EXPECT_EQ(other.get("/api/v1/auth/me").status, 401) << "whoever else had got in";
  EXPECT_EQ(laptop.get("/api/v1/pools").status, 200);
  EXPECT_EQ(login(made.email, made.password).status, 401);
  EXPECT_EQ(login(made.email, "a quite new secret").status, 200);
}

TEST_F(People, AStolenCookieIsNoWayToGuessThePassword) {
  const auto made = make();
  auto theirs = browser(made);
  int tries = 0;
  for (int status = 422; status == 422 && tries < 20; ++tries) {
    status =
        theirs.post("/api/v1/auth/password", {{"old_password", "guess"}, {"new_password", "a new secret"}})
            .status;
  }
  EXPECT_EQ(tries, 11) << "ten, and one that is told to wait";
}

TEST_F(People, SignOutEverywhere) {
  const auto made = make();
  auto theirs = browser(made);
  auto other = browser(made);
  const auto token = string_at(theirs.post("/api/v1/tokens", {{"name", "laptop"}}).json, {"token"});
  Client laptop(site().port(), {{"Authorization", "Bearer " + token}});
  EXPECT_EQ(laptop.send("POST", "/api/v1/auth/sign-out-everywhere").status, 204);
  for (auto* client : {&theirs, &other, &laptop}) EXPECT_EQ(client->get("/api/v1/auth/me").status, 401);
  EXPECT_EQ(site().number(fmt::format("SELECT count(*) AS x FROM berth.audit WHERE action = "
                                      "'auth.signed_out_everywhere' AND object_id = '{}'",
                                      made.id)),
            1);
}

TEST_F(People, ALeadSeesWhoIsInTheTeamsThatTheyLeadAndNoOther) {
  auto admin = site().client(site().admin);
  ASSERT_EQ(admin.post("/api/v1/teams", {{"name", "not theirs"}}).status, 201);
  const auto seen = site().client(site().lead).get("/api/v1/teams");
  ASSERT_EQ(seen.status, 200) << seen.body;
  ASSERT_EQ(seen.json.at("items").as_array().size(), 1U) << seen.body;
  EXPECT_EQ(seen.json.at("items").at(0).at("name"), json::value("vision"));
  EXPECT_EQ(seen.json.at("items").at(0).at("members").as_array().size(), 3U) << seen.body;
  EXPECT_GT(admin.get("/api/v1/teams").json.at("items").as_array().size(), 1U);
}

TEST_F(People, TeamsAreMadeAndFilled) {
  const auto made = make("lead");
  auto admin = site().client(site().admin);
  const auto team = admin.post("/api/v1/teams", {{"name", "speech & text"}});
  ASSERT_EQ(team.status, 201) << team.body;
  EXPECT_EQ(admin.post("/api/v1/teams", {{"name", "speech & text"}}).code(), "team_exists");
  EXPECT_EQ(admin.post("/api/v1/teams", {{"name", "\u200B"}}).status, 422);
  const auto path = fmt::format("/api/v1/teams/{}/members/{}", team.id(), made.id);
  const auto put = [&](bool leads) {
    return admin.send("PUT", path, json::serialize(json::object{{"leads", leads}}));
  };
  EXPECT_EQ(put(false).json.at("members").at(0).at("leads"), json::value(false));
  EXPECT_EQ(put(true).json.at("members").at(0).at("leads"), json::value(true));
  auto theirs = browser(made);
  EXPECT_EQ(theirs.get("/api/v1/auth/me").json.at("user").at("teams"),
            json::value(json::array{"speech & text"}));
  EXPECT_TRUE(admin.del(path).json.at("members").as_array().empty());
  EXPECT_EQ(admin.del(path).code(), "not_a_member");
  EXPECT_EQ(admin.send("PUT", fmt::format("/api/v1/teams/{}/members/{}", team.id(), kNobody), "{}").status,
            404);
}

}  // namespace
}  // namespace berth::portal
