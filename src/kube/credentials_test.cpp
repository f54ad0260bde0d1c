#include "kube/credentials.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "kube/exec_plugin.hpp"
#include "kube/test_folder.hpp"
#include "kube/test_servers.hpp"

namespace berth::kube {
namespace {

using namespace std::chrono_literals;

std::string authorization_of(Credentials& credentials) {
  const auto credential = credentials.current({});
  return credential ? credential->authorization : "failed: " + credential.error().message;
}

/// A plugin that counts its runs in a file of the folder and prints `status`.
ExecPlugin plugin_of(const TestFolder& folder, const std::string& status) {
  const auto script = "#!/bin/sh\necho run >> '" + (folder.path() / "runs").string() + "'\ncat <<'END'\n" +
                      R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":)" +
                      status + "}\nEND\n";
  return {.api_version = "client.authentication.k8s.io/v1",
          .command = folder.write_program("plugin", script).string()};
}

int runs(const TestFolder& folder) {
  std::ifstream file(folder.path() / "runs");
  int count = 0;
  for (std::string line; std::getline(file, line);) ++count;
  return count;
}

TEST(Credentials, ATokenFileIsReadAgainAfterAWhile) {
  const TestFolder folder;
  const Config config{.server = "https://api", .token_file = folder.write("token", "first\n")};
  Credentials slow(config, 1h);
  Credentials quick(config, 1ms);
  EXPECT_EQ(authorization_of(slow), "Bearer first");
  EXPECT_EQ(authorization_of(quick), "Bearer first");
  folder.write("token", "second\n");
  EXPECT_TRUE(eventually([&] { return authorization_of(quick) == "Bearer second"; }));
  EXPECT_EQ(authorization_of(slow), "Bearer first") << "not yet";
}

TEST(Credentials, ATokenFileThatIsAwayForAMomentIsNoFailure) {
  const TestFolder folder;
  const auto file = folder.write("token", "first");
  Credentials credentials({.server = "https://api", .token_file = file}, 0ms);
  EXPECT_EQ(authorization_of(credentials), "Bearer first");
  std::filesystem::remove(file);
  EXPECT_EQ(authorization_of(credentials), "Bearer first");
  folder.write("token", "second");
  EXPECT_EQ(authorization_of(credentials), "Bearer second");
}

TEST(Credentials, AnEmptyOrMissingTokenFileIsAFailure) {
  const TestFolder folder;
  Credentials empty({.server = "https://api", .token_file = folder.write("token", " \n")}, 1h);
  EXPECT_EQ(empty.current({}).error().code, Code::kUnauthenticated);
  Credentials missing({.server = "https://api", .token_file = folder.path() / "none"}, 1h);
  EXPECT_EQ(missing.current({}).error().code, Code::kNotFound);
}

TEST(Credentials, ATokenFileBeatsAToken) {
  const TestFolder folder;
  Credentials credentials({.server = "https://api", .token = "t", .token_file = folder.write("token", "f")},
                          1h);
  EXPECT_EQ(authorization_of(credentials), "Bearer f");
}

TEST(Credentials, APasswordIsSentAsBasic) {
  Credentials credentials({.server = "https://api", .username = "ada", .password = "p:w"}, 1h);
  EXPECT_EQ(authorization_of(credentials), "Basic YWRhOnA6dw==");
  EXPECT_FALSE(credentials.refresh_after_refusal(*credentials.current({}))) << "it cannot have changed";
}

TEST(Credentials, ARefusedTokenIsReadAgain) {
  const TestFolder folder;
  const auto file = folder.write("token", "old");
  const FakeApi api([](const http::Request& request) {
    if (request.header("authorization") != "Bearer new") return status_response(401, "Unauthorized");
    return json_response(200, "{}");
  });
  auto config = api.config();
  config.token_file = file;
  auto client = ClientFactory(config, quick_settings()).client();
  const auto refused = client.raw_get("/version");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnauthenticated);
  EXPECT_EQ(api.count(), 2U) << "read again once, and no more";
  folder.write("token", "new");
  EXPECT_TRUE(client.raw_get("/version"));
  EXPECT_EQ(api.count(), 4U);
}

TEST(Credentials, AHeaderIsNeverBrokenOpen) {
  const TestFolder folder;
  const FakeApi api([](const http::Request&) { return json_response(200, "{}"); });
  auto config = api.config();
  config.token_file = folder.write("token", "abc\r\nX-Evil: 1");
  const auto sent = ClientFactory(config, quick_settings()).client().raw_get("/version");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kInvalid);
  EXPECT_EQ(sent.error().message.find("abc"), std::string::npos);
  EXPECT_EQ(api.count(), 0U);
}

TEST(Credentials, ImpersonationIsSentAlong) {
  const FakeApi api([](const http::Request&) { return json_response(200, "{}"); });
  auto config = api.config();
  config.impersonate_user = "bob";
  config.impersonate_groups = {"a", "b"};
  config.impersonate_extra = {{"reason/x", "test"}};
  ASSERT_TRUE(ClientFactory(config, quick_settings()).client().raw_get("/version"));
  const auto request = api.requests().at(0);
  EXPECT_EQ(request.header("impersonate-user"), "bob");
  EXPECT_EQ(std::ranges::count_if(request.headers,
                                  [](const auto& header) { return header.first == "Impersonate-Group"; }),
            2);
  EXPECT_EQ(request.header("impersonate-extra-reason%2Fx"), "test");
}

TEST(ExecPlugin, IsRunOnceUntilWhatItGaveExpires) {
  const TestFolder lasting;
  Credentials for_good({.server = "https://api", .exec = plugin_of(lasting, R"({"token":"abc"})")}, 0ms);
  EXPECT_EQ(authorization_of(for_good), "Bearer abc");
  EXPECT_EQ(authorization_of(for_good), "Bearer abc");
  EXPECT_EQ(runs(lasting), 1);

  const TestFolder later;
  Credentials until_later(
      {.server = "https://api",
       .exec = plugin_of(later, R"({"token":"abc","expirationTimestamp":"2999-01-01T00:00:00Z"})")},
      0ms);
  EXPECT_EQ(authorization_of(until_later), "Bearer abc");
  EXPECT_EQ(authorization_of(until_later), "Bearer abc");
  EXPECT_EQ(runs(later), 1);

  const TestFolder over;
  Credentials expired(
      {.server = "https://api",
       .exec = plugin_of(over, R"({"token":"abc","expirationTimestamp":"2001-01-01T00:00:00Z"})")},
      1h);
  EXPECT_EQ(authorization_of(expired), "Bearer abc");
  EXPECT_EQ(authorization_of(expired), "Bearer abc");
  EXPECT_EQ(runs(over), 2);
}

TEST(ExecPlugin, IsRunAgainWhenItsTokenIsRefused) {
  const TestFolder folder;
  Credentials credentials({.server = "https://api", .exec = plugin_of(folder, R"({"token":"abc"})")}, 1h);
  const auto first = credentials.current({});
  ASSERT_TRUE(first);
  EXPECT_TRUE(credentials.refresh_after_refusal(*first));
  EXPECT_EQ(authorization_of(credentials), "Bearer abc");
  EXPECT_EQ(runs(folder), 2);
}

TEST(ExecPlugin, IsToldWhatItWasAskedFor) {
  const TestFolder folder;
  const auto info = folder.path() / "info";
  const auto program = folder.write_program(
      "plugin",
      "#!/bin/sh\nprintf '%s|%s|%s' \"$KUBERNETES_EXEC_INFO\" \"$GIVEN\" \"$1\" > '" + info.string() +
          "'\necho '{\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"kind\":\"ExecCredential\","
          "\"status\":{\"token\":\"t\"}}'\n");
  const ExecPlugin plugin{.api_version = "client.authentication.k8s.io/v1beta1",
                          .command = program.string(),
                          .args = {"an argument"},
                          .env = {{"GIVEN", "yes"}},
                          .provide_cluster_info = true,
                          .cluster_info = {{"server", "https://api"}}};
  ASSERT_TRUE(run_exec_plugin(plugin, {}));
  std::ifstream file(info);
  std::string told((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(
      told,
      R"({"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","spec":{"interactive":false,"cluster":{"server":"https://api"}}}|yes|an argument)");
}

TEST(ExecPlugin, GetsNothingOfWhatIsBerthsOwn) {
  const TestFolder folder;
  const auto seen = folder.path() / "seen";
  const auto program = folder.write_program(
      "plugin",
      "#!/bin/sh\nenv > '" + seen.string() +
          "'\necho '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\","
          "\"status\":{\"token\":\"t\"}}'\n");
  setenv("BERTH_DATABASE_URL", "postgresql://u:secret@db/berth", 1);
  setenv("PGPASSWORD", "secret", 1);
  setenv("SOMETHING_ELSE", "kept", 1);
  const auto given =
      run_exec_plugin({.api_version = "client.authentication.k8s.io/v1", .command = program.string()}, {});
  for (const auto* name : {"BERTH_DATABASE_URL", "PGPASSWORD", "SOMETHING_ELSE"}) unsetenv(name);
  ASSERT_TRUE(given) << given.error().message;
  std::ifstream file(seen);
  const std::string all((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(all.find("secret"), std::string::npos) << all;
  EXPECT_NE(all.find("SOMETHING_ELSE=kept"), std::string::npos);
}

TEST(ExecPlugin, FailuresNameItAndTellNoSecret) {
  const TestFolder folder;
  const auto failing = folder.write_program("failing", "#!/bin/sh\necho secret; echo secret >&2; exit 3\n");
  ExecPlugin plugin{.api_version = "client.authentication.k8s.io/v1",
                    .command = failing.string(),
                    .install_hint = "ask the operator"};
  const auto failed = run_exec_plugin(plugin, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kUnauthenticated);
  EXPECT_NE(failed.error().message.find("exit status 3"), std::string::npos) << failed.error().message;
  EXPECT_NE(failed.error().message.find("ask the operator"), std::string::npos);
  EXPECT_EQ(failed.error().message.find("secret"), std::string::npos);
  plugin.command = (folder.path() / "missing").string();
  EXPECT_NE(run_exec_plugin(plugin, {}).error().message.find("cannot be started"), std::string::npos);
}

TEST(ExecPlugin, ItsOutputIsChecked) {
  const ExecPlugin plugin{.api_version = "client.authentication.k8s.io/v1", .command = "login"};
  const auto read = [&](std::string_view status) {
    return read_exec_credential(
        plugin,
        std::string(R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":)") +
            std::string(status) + "}");
  };
  EXPECT_EQ(read(R"({"clientCertificateData":"C","clientKeyData":"K"})")->key_pem, "K");
  for (const std::string status :
       {"{}", "null", R"({"token":5})", R"({"clientKeyData":"secret"})",
        R"({"clientCertificateData":"secret"})", R"({"token":"secret","expirationTimestamp":"soon"})"}) {
    const auto credential = read(status);
    ASSERT_FALSE(credential) << status;
    EXPECT_EQ(credential.error().message.find("secret"), std::string::npos);
  }
  EXPECT_FALSE(read_exec_credential(plugin, "secret"));
  EXPECT_FALSE(read_exec_credential(
      plugin,
      R"({"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"t"}})"));
}

TEST(ExecPlugin, IsEndedWithTheStop) {
  const TestFolder folder;
  const auto started = folder.path() / "started";
  const auto program =
      folder.write_program("slow", "#!/bin/sh\ntouch '" + started.string() + "'\nsleep 600\n");
  std::stop_source source;
  std::optional<Error> error;
  std::jthread runner([&] {
    const auto given = run_exec_plugin(
        {.api_version = "client.authentication.k8s.io/v1", .command = program.string()}, source.get_token());
    if (!given) error = given.error();
  });
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(started); }));
  const auto began = std::chrono::steady_clock::now();
  source.request_stop();
  runner.join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  ASSERT_TRUE(error);
  EXPECT_TRUE(is_stopped(*error));
}

TEST(ExecPlugin, ItsOutputIsBound) {
  const TestFolder folder;
  const auto program = folder.write_program("loud", "#!/bin/sh\nexec cat /dev/zero\n");
  const auto given =
      run_exec_plugin({.api_version = "client.authentication.k8s.io/v1", .command = program.string()}, {});
  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().code, Code::kTooLarge);
}

}  // namespace
}  // namespace berth::kube
