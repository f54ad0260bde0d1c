// Tokens of service accounts, where the contract suite does not look: what is refused, and what one leads to.
#include "simcluster/api_token.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "simcluster/test_world.hpp"

namespace berth::simcluster {
namespace {

constexpr std::string_view kAccounts = "/api/v1/namespaces/lab/serviceaccounts";

class AccountTokens : public testing::Test {
 protected:
  AccountTokens() {
    world_.make_namespace("lab");
    make_account();
  }
  void make_account() {
    EXPECT_EQ(
        world_.post(kAccounts, R"({"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"user"}})")
            .status,
        201);
  }
  Reply ask(std::string_view spec = "{}", std::string_view account = "user") {
    return world_.post(std::string(kAccounts) + "/" + std::string(account) + "/token",
                       R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":)" +
                           std::string(spec) + "}");
  }
  static std::string token_of(const Reply& reply) { return reply.at({"status", "token"}); }
  std::string leads_to(const std::string& token) { return namespace_of_token(world_.world(), token); }

  TestWorld world_;
};

TEST_F(AccountTokens, AreGoodForAnHourWhereNothingIsSaid) {
  const auto given = ask();
  ASSERT_EQ(given.status, 201);
  EXPECT_EQ(given.at({"status", "expirationTimestamp"}), "2026-11-22T13:00:00Z");
  EXPECT_EQ(leads_to(token_of(given)), "lab");
  EXPECT_NE(token_of(ask()), token_of(given)) << "each is another one";
  world_.advance(hours(1));
  EXPECT_EQ(leads_to(token_of(given)), "");
}

TEST_F(AccountTokens, AreNotMadeForTooLittleOrTooMuchTimeOrForNobody) {
  for (const auto* spec : {R"({"expirationSeconds":599})", R"({"expirationSeconds":4294967297})"}) {
    const auto refused = ask(spec);
    EXPECT_EQ(refused.status, 422) << spec;
    EXPECT_EQ(refused.reason(), "Invalid");
  }
  EXPECT_EQ(ask("{}", "nobody").status, 404);
  EXPECT_EQ(world_.post(std::string(kAccounts) + "/user/token", "{}").status, 400);
  EXPECT_EQ(world_.get(std::string(kAccounts) + "/user/token").status, 405);
  EXPECT_EQ(world_.post("/api/v1/namespaces/lab/configmaps/user/token", "{}").status, 404);
}

TEST_F(AccountTokens, AreNoneAnyMoreWithTheirAccount) {
  const auto token = token_of(ask());
  ASSERT_EQ(world_.remove(std::string(kAccounts) + "/user").status, 200);
  EXPECT_EQ(leads_to(token), "");
  make_account();
  EXPECT_EQ(leads_to(token), "") << "it is another account";
  EXPECT_EQ(leads_to("made-up"), "");
}

TEST_F(AccountTokens, BoundToAnObjectAreNoneWithoutThatVeryOne) {
  constexpr std::string_view kSecrets = "/api/v1/namespaces/lab/secrets";
  const auto make = [&] {
    return world_.post(kSecrets, R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"hook"}})");
  };
  const auto bound = [](const std::string& uid, std::string_view kind = "Secret") {
    return fmt::format(R"({{"boundObjectRef":{{"apiVersion":"v1","kind":"{}","name":"hook","uid":"{}"}}}})",
                       kind, uid);
  };
  EXPECT_EQ(ask(bound("")).status, 404) << "there is nothing to bind it to";
  const auto uid = make().at({"metadata", "uid"});
  EXPECT_EQ(ask(bound("another")).status, 409);
  EXPECT_EQ(ask(bound(uid, "ConfigMap")).status, 400);
  const auto given = ask(bound(uid));
  ASSERT_EQ(given.status, 201);
  EXPECT_EQ(given.at({"spec", "boundObjectRef", "uid"}), uid);
  EXPECT_EQ(leads_to(token_of(given)), "lab");
  ASSERT_EQ(world_.remove(std::string(kSecrets) + "/hook").status, 200);
  EXPECT_EQ(leads_to(token_of(given)), "");
  make();
  EXPECT_EQ(leads_to(token_of(given)), "") << "it is another object";
}

TEST_F(AccountTokens, LeadToTheirNamespaceAndToWhatIsServed) {
  const auto may = [](std::string path) {
    ApiRequest request;
    request.path = std::move(path);
    return may_ask(request, "lab");
  };
  for (const auto* path : {"/api", "/apis", "/api/v1", "/apis/apps", "/apis/apps/v1", "/openapi/v3",
                           "/api/v1/namespaces/lab/pods", "/apis/apps/v1/namespaces/lab/deployments/x"})
    EXPECT_TRUE(may(path)) << path;
  for (const auto* path :
       {"/api/v1/pods", "/api/v1/namespaces", "/api/v1/namespaces/lab", "/api/v1/namespaces/lab2/pods",
        "/api/v1/namespaces/other/pods", "/apis/apps/v1/deployments", "/api/v1/nodes/x",
        "/api/v1/namespaces/other/pods/namespaces/lab/x", "/api/v1/nodes/namespaces/lab/x", "/sim/faults"})
    EXPECT_FALSE(may(path)) << path;
}

}  // namespace
}  // namespace berth::simcluster
