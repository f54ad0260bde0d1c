// API tokens: what they are good for, and for how long.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "portal/sign_in_for_test.hpp"

namespace berth::portal {
namespace {

using Tokens = SignIn;

TEST_F(Tokens, ATokenIsShownOnceAndWorks) {
  auto ana = site().browser(site().ana);
  const auto made = ana.post("/api/v1/tokens", {{"name", "laptop"}});
  ASSERT_EQ(made.status, 201);
  const auto token = string_at(made.json, {"token"});
  EXPECT_TRUE(token.starts_with(string_at(made.json, {"prefix"})));
  EXPECT_EQ(made.json.at("scopes"), json::value(json::array({"read", "write"})));
  auto client = Client(site().port(), {{"Authorization", "bearer  " + token}});
  EXPECT_EQ(client.get("/api/v1/auth/me").json.at("user").at("email"), json::value(site().ana.email));
  EXPECT_TRUE(client.get("/api/v1/auth/me").json.at("csrf_token").is_null());
  const auto list = ana.get("/api/v1/tokens");
  for (const auto& listed : list.json.at("items").as_array()) {
    EXPECT_FALSE(listed.as_object().contains("token"));
  }
}

TEST_F(Tokens, TokensThatAreWrongExpiredOrRevokedAreToldApart) {
  const auto ask = [&](const std::string& header) {
    return Client(site().port(), {{"Authorization", header}}).get("/api/v1/pools");
  };
  EXPECT_EQ(ask("Bearer berth_nonsense").code(), "token_unknown");
  EXPECT_EQ(ask("Bearer nonsense").code(), "token_unknown");
  EXPECT_EQ(ask("Bearer " + std::string(5'000, 'x')).code(), "token_unknown");
  EXPECT_EQ(ask("Bearer").code(), "unsupported_scheme");
  EXPECT_EQ(ask("Basic YW5hOmFuYQ==").code(), "unsupported_scheme");
  const auto expired = site().add_token(site().ben, {"read"});
  site().sql(
      "UPDATE berth.api_token SET expires_at = now() - interval '1 second' WHERE id = (SELECT id FROM "
      "berth.api_token"
      " ORDER BY created_at DESC LIMIT 1)");
  EXPECT_EQ(ask("Bearer " + expired).code(), "token_expired");
  auto ben = site().browser(site().ben);
  const auto made = ben.post("/api/v1/tokens", {{"name", "to revoke"}});
  EXPECT_EQ(ben.del("/api/v1/tokens/" + made.id()).status, 204);
  EXPECT_EQ(ben.del("/api/v1/tokens/" + made.id()).status, 204) << "twice is as good as once";
  const auto revoked = ask("Bearer " + string_at(made.json, {"token"}));
  EXPECT_EQ(revoked.status, 401);
  EXPECT_EQ(revoked.code(), "token_revoked");
  auto other = ben.post("/api/v1/tokens", {{"name", "ben's"}});
  EXPECT_EQ(site().client(site().ana).del("/api/v1/tokens/" + other.id()).status, 404)
      << "others' are not there";
}

TEST_F(Tokens, AReadOnlyTokenReadsAndNothingElse) {
  Client client(site().port(), {{"Authorization", "Bearer " + site().add_token(site().ana, {"read"})}});
  EXPECT_EQ(client.get("/api/v1/pools").status, 200);
  const auto refused = client.post("/api/v1/reservations", booking_body(site().fresh_day()));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "missing_scope");
  EXPECT_EQ(client.del("/api/v1/reservations/00000000-0000-4000-8000-000000000000").status, 403);
}

TEST_F(Tokens, AnAdminsTokenWithoutTheScopeIsAMembers) {
  Client weak(site().port(),
              {{"Authorization", "Bearer " + site().add_token(site().admin, {"read", "write"})}});
  auto strong = site().client(site().admin);
  auto ana = site().client(site().ana);
  const auto booked = ana.post("/api/v1/reservations", booking_body(site().fresh_day()));
  const auto target = "/api/v1/reservations/" + booked.id();
  EXPECT_EQ(weak.get("/api/v1/audit").code(), "missing_scope");
  EXPECT_EQ(weak.get("/api/v1/findings").status, 403);
  EXPECT_EQ(weak.send("PUT", "/api/v1/pools/lab", "{}").status, 403);
  EXPECT_EQ(weak.send("POST", "/api/v1/apply", R"({"documents": [{}]})").status, 403);
  EXPECT_EQ(weak.get(target).status, 404);
  EXPECT_EQ(weak.del(target).status, 404);
  EXPECT_EQ(strong.get("/api/v1/audit").status, 200);
  EXPECT_EQ(strong.get(target).status, 200);
  EXPECT_EQ(site().client(site().ana).get("/api/v1/audit").code(), "forbidden") << "a scope gives no role";
}

TEST_F(Tokens, ATokenMakesNoToken) {
  const auto tokens = [&] { return site().number("SELECT count(*) AS x FROM berth.api_token"); };
  const auto before = tokens();
  for (const auto* person : {&site().ana, &site().admin}) {
    auto client = site().client(*person);
    const auto answer = client.post("/api/v1/tokens", {{"name", "child"}, {"scopes", {"read"}}});
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.code(), "sign_in_needed");
  }
  EXPECT_EQ(tokens(), before);
}

TEST_F(Tokens, TheAuditLogTellsATokensActsFromItsOwners) {
  auto browser = site().browser(site().ana);
  const auto made = browser.post("/api/v1/tokens", {{"name", "stolen"}});
  Client thief(site().port(), {{"Authorization", "Bearer " + string_at(made.json, {"token"})}});
  const auto theirs = thief.post("/api/v1/reservations", booking_body(site().fresh_day()));
  ASSERT_EQ(theirs.status, 201) << theirs.body;
  const auto own = browser.post("/api/v1/reservations", booking_body(site().fresh_day()));
  ASSERT_EQ(own.status, 201) << own.body;
  EXPECT_EQ(thief.del("/api/v1/tokens/" + made.id()).status, 204);

  auto admin = site().client(site().admin);
  const auto rows = [&](const std::string& filter) {
    return admin.get("/api/v1/audit?" + filter).json.at("items").as_array();
  };
  const auto by_token = rows("token=" + made.id());
  ASSERT_EQ(by_token.size(), 2U);
  EXPECT_EQ(string_at(by_token.at(0), {"action"}), "token.changed");
  EXPECT_EQ(string_at(by_token.at(1), {"object_id"}), theirs.id());
  for (const auto& row : by_token) EXPECT_EQ(string_at(row, {"actor"}), "user:" + site().ana.id.value);
  const auto signed_in = rows("object=" + own.id());
  ASSERT_EQ(signed_in.size(), 1U);
  EXPECT_TRUE(signed_in.at(0).at("token").is_null());
  EXPECT_EQ(admin.get("/api/v1/audit?token=nonsense").status, 422);
}

TEST_F(Tokens, TokensHaveBounds) {
  auto ana = site().browser(site().ana);
  const auto refused = [&](const json::object& body, std::string_view field) {
    const auto answer = ana.post("/api/v1/tokens", body);
    EXPECT_EQ(answer.status, 422) << answer.body;
    EXPECT_TRUE(answer.fault(field).is_object()) << answer.body;
  };
  refused({{"name", "x"}, {"expires_at", "2020-01-01T00:00:00Z"}}, "expires_at");
  refused({{"name", "x"}, {"expires_at", "2099-01-01T00:00:00Z"}}, "expires_at");
  refused({{"name", "x"}, {"expires_at", "soon"}}, "expires_at");
  refused({{"name", "x"}, {"scopes", json::array()}}, "scopes");
  refused({{"name", "x"}, {"scopes", {"read", "fly"}}}, "scopes[1]");
  refused({{"name", std::string("a\0b", 3)}}, "name");
  refused({{"name", std::string(101, 'x')}}, "name");
}

TEST_F(Tokens, ListsOnesOwnTokensPageByPage) {
  auto tom = site().browser(site().tom);
  std::set<std::string> made;
  for (int i = 0; i < 5; ++i)
    made.insert(tom.post("/api/v1/tokens", {{"name", fmt::format("token {}", i)}}).id());
  std::vector<std::string> listed;
  std::string next;
  do {
    const auto page = tom.get("/api/v1/tokens?limit=2" + (next.empty() ? "" : "&cursor=" + next));
    ASSERT_EQ(page.status, 200) << page.body;
    EXPECT_LE(page.json.at("items").as_array().size(), 2U);
    for (const auto& item : page.json.at("items").as_array()) listed.push_back(string_at(item, {"id"}));
    next = string_at(page.json, {"next"});
  } while (!next.empty());
  EXPECT_EQ(listed.size(), 6U) << "with the one that the site made";
  for (const auto& id : made) EXPECT_EQ(std::count(listed.begin(), listed.end(), id), 1);
}

}  // namespace
}  // namespace berth::portal
