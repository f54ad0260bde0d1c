#include "kube/config.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/base64.hpp"
#include "kube/test_folder.hpp"

namespace berth::kube {
namespace {

const std::string kPem = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";

/// A kubeconfig of one context whose cluster and user have these fields, each a line of YAML.
std::string kubeconfig(const std::vector<std::string>& cluster, const std::vector<std::string>& user) {
  std::string text =
      "apiVersion: v1\nkind: Config\ncurrent-context: lab\n"
      "contexts: [{name: lab, context: {cluster: c, user: u, namespace: space}}]\n";
  text += "clusters:\n- name: c\n  cluster:\n";
  for (const auto& line : cluster) text += "    " + line + "\n";
  text += "users:\n- name: u\n  user:\n    x-unknown: kept out\n";
  for (const auto& line : user) text += "    " + line + "\n";
  return text;
}

Result<Config> parse(const std::vector<std::string>& cluster, const std::vector<std::string>& user) {
  const std::vector<KubeconfigFile> files{{.path = "/etc/lab/config", .text = kubeconfig(cluster, user)}};
  return parse_kubeconfig(files);
}

const std::vector<std::string> kServer{"server: https://api:6443/"};

Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

TEST(Kubeconfig, ReadsACluster) {
  const auto config =
      parse({"server: https://api:6443/", "certificate-authority: ca.crt", "tls-server-name: kubernetes",
             "proxy-url: socks5://proxy:1080", "disable-compression: true"},
            {});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "https://api:6443");
  EXPECT_EQ(config->certificate_authority.file, "/etc/lab/ca.crt") << "relative to the file";
  EXPECT_EQ(config->tls_server_name, "kubernetes");
  EXPECT_EQ(config->proxy_url, "socks5://proxy:1080");
  EXPECT_FALSE(config->compress);
  EXPECT_EQ(config->default_namespace, "space");
}

TEST(Kubeconfig, DataBeatsThePath) {
  const auto config = parse({"server: https://api", "certificate-authority: ca.crt",
                             "certificate-authority-data: " + base64_encode(kPem)},
                            {"client-certificate-data: " + base64_encode(kPem), "client-key: /keys/key"});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->certificate_authority, (Pem{.data = kPem, .file = {}}));
  EXPECT_EQ(config->client_certificate.data, kPem);
  EXPECT_EQ(config->client_key.file, "/keys/key");
}

TEST(Kubeconfig, ReadsEachKindOfUser) {
  EXPECT_EQ(parse(kServer, {"token: abc"})->token, "abc");
  EXPECT_EQ(parse(kServer, {"token: '12345'"})->token, "12345");
  EXPECT_EQ(parse(kServer, {"token: 12345"})->token, "12345") << "a token of digits is no number";
  EXPECT_EQ(parse(kServer, {"tokenFile: token"})->token_file, "/etc/lab/token");
  EXPECT_EQ(parse(kServer, {"username: ada", "password: pw"})->password, "pw");
  const auto other =
      parse(kServer, {"as: bob", "as-uid: '7'", "as-groups: [a, b]", "as-user-extra: {reason: [test]}"});
  ASSERT_TRUE(other);
  EXPECT_EQ(other->impersonate_user, "bob");
  EXPECT_EQ(other->impersonate_groups, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(other->impersonate_extra, (std::vector<std::pair<std::string, std::string>>{{"reason", "test"}}));
}

TEST(Kubeconfig, ReadsAPlugin) {
  const auto config =
      parse({"server: https://api", "certificate-authority-data: " + base64_encode(kPem)},
            {"exec:", "  apiVersion: client.authentication.k8s.io/v1", "  command: ./bin/login",
             "  args: [--quiet]", "  env: [{name: A, value: b}]", "  installHint: get it",
             "  interactiveMode: IfAvailable", "  provideClusterInfo: true"});
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_TRUE(config->exec);
  EXPECT_EQ(std::filesystem::path(config->exec->command).lexically_normal(), "/etc/lab/bin/login");
  EXPECT_EQ(config->exec->args, std::vector<std::string>{"--quiet"});
  EXPECT_EQ(config->exec->env, (std::vector<std::pair<std::string, std::string>>{{"A", "b"}}));
  EXPECT_EQ(config->exec->cluster_info.at("server"), "https://api");
  EXPECT_EQ(config->exec->cluster_info.at("certificate-authority-data"), json::value(base64_encode(kPem)));
}

TEST(Kubeconfig, NamesTheFieldAtFaultAndNeverItsValue) {
  struct Case {
    std::vector<std::string> cluster;
    std::vector<std::string> user;
    std::string named;
  };
  for (const auto& [cluster, user, named] : std::vector<Case>{
           {{}, {}, "clusters[c].cluster"},
           {{"server: api"}, {}, "clusters[c].cluster"},
           {{"server: https://secret@api"}, {}, "clusters[c].cluster"},
           {{"server: [secret]"}, {}, "clusters[c].cluster.server"},
           {{"server: https://api", "certificate-authority-data: secret"}, {}, "certificate-authority-data"},
           {{"server: https://api", "proxy-url: secret://x"}, {}, "proxy-url"},
           {{"server: https://api", "insecure-skip-tls-verify: secret"}, {}, "insecure-skip-tls-verify"},
           {{"server: https://api", "insecure-skip-tls-verify: true", "certificate-authority: x"},
            {},
            "insecure-skip-tls-verify"},
           {kServer, {"token: [secret]"}, "users[u].user.token"},
           {kServer, {"client-key-data: c2VjcmV0"}, "client-key-data"},
           {kServer, {"client-certificate: secret"}, "client-key"},
           {kServer, {"auth-provider: {name: gcp}"}, "auth-provider"},
           {kServer, {"exec: {apiVersion: v0, command: secret}"}, "exec.apiVersion"},
           {kServer, {"exec: {apiVersion: client.authentication.k8s.io/v1}"}, "exec.command"},
           {kServer,
            {"exec: {apiVersion: client.authentication.k8s.io/v1, command: c, interactiveMode: Always}"},
            "interactiveMode"},
           {{"server: http://api"}, {"token: secret"}, "https"}}) {
    const auto config = parse(cluster, user);
    ASSERT_FALSE(config) << named;
    EXPECT_NE(config.error().message.find(named), std::string::npos) << config.error().message;
    EXPECT_EQ(config.error().message.find("secret"), std::string::npos) << config.error().message;
    for (const auto& field : config.error().fields) EXPECT_EQ(field.value.find("secret"), std::string::npos);
  }
}

TEST(Kubeconfig, ClearTextIsForOurOwnMachineOnly) {
  EXPECT_TRUE(parse({"server: http://127.0.0.1:8001"}, {"token: abc"}));
  EXPECT_TRUE(parse({"server: http://api:8001"}, {}));
}

TEST(Kubeconfig, OfTwoEntriesTheFirstFileWins) {
  const std::vector<KubeconfigFile> files{
      {.path = "/a/config", .text = "clusters: [{name: c, cluster: {server: 'https://first'}}]"},
      {.path = "/b/config", .text = kubeconfig({"server: https://second"}, {"tokenFile: token"})},
      {.path = "/c/config",
       .text = "current-context: other\ncontexts: [{name: other, context: {cluster: c}}]"}};
  const auto config = parse_kubeconfig(files);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "https://first");
  EXPECT_EQ(config->token_file, "/b/token") << "relative to the file it stands in";
  const auto other = parse_kubeconfig(files, "other");
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->token_file.empty());
}

TEST(Kubeconfig, SaysWhatIsMissing) {
  const std::vector<KubeconfigFile> files{{.path = "/c", .text = kubeconfig({"server: https://api"}, {})}};
  const auto none = parse_kubeconfig(files, "elsewhere");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("elsewhere"), std::string::npos);
  const std::vector<KubeconfigFile> empty{{.path = "/c", .text = ""}};
  EXPECT_EQ(parse_kubeconfig(empty).error().fields.at(0).field, "current-context");
  const std::vector<KubeconfigFile> dangling{
      {.path = "/c", .text = "current-context: a\ncontexts: [{name: a, context: {cluster: gone}}]"}};
  EXPECT_NE(parse_kubeconfig(dangling).error().message.find("gone"), std::string::npos);
}

TEST(Kubeconfig, PassesOverMissingFilesOfAList) {
  const TestFolder folder;
  const auto file = folder.write("config", kubeconfig({"server: https://api"}, {}));
  EXPECT_TRUE(load_kubeconfig((folder.path() / "missing").string() + ":" + file.string() + ":"));
  const auto none = load_kubeconfig((folder.path() / "missing").string());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::kNotFound);
  EXPECT_EQ(load_kubeconfig("").error().code, Code::kNotFound);
  EXPECT_EQ(load_kubeconfig(folder.path().string()).error().code, Code::kUnavailable)
      << "a folder is no file";
}

TEST(Kubeconfig, IsBoundInSize) {
  const TestFolder folder;
  const auto file = folder.write("config", std::string(kMaxKubeconfigBytes + 1, '#'));
  EXPECT_EQ(load_kubeconfig(file.string()).error().code, Code::kTooLarge);
}

TEST(InCluster, TakesAddressTokenAndTrustOfThePod) {
  const TestFolder folder;
  folder.write("token", "abc");
  folder.write("ca.crt", kPem);
  folder.write("namespace", "berth\n");
  const auto config = load_in_cluster(
      environment_of({{"KUBERNETES_SERVICE_HOST", "10.96.0.1"}, {"KUBERNETES_SERVICE_PORT", "443"}}),
      folder.path());
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "https://10.96.0.1:443");
  EXPECT_EQ(config->token_file, folder.path() / "token");
  EXPECT_EQ(config->certificate_authority.file, folder.path() / "ca.crt");
  EXPECT_EQ(config->default_namespace, "berth");
  const auto six = load_in_cluster(
      environment_of({{"KUBERNETES_SERVICE_HOST", "fd00::1"}, {"KUBERNETES_SERVICE_PORT", "443"}}),
      folder.path());
  ASSERT_TRUE(six);
  EXPECT_EQ(six->server, "https://[fd00::1]:443");
}

TEST(InCluster, NeedsBothVariablesAndBothFiles) {
  const TestFolder folder;
  EXPECT_EQ(
      load_in_cluster(environment_of({{"KUBERNETES_SERVICE_HOST", "10.96.0.1"}}), folder.path()).error().code,
      Code::kNotFound);
  const auto without_token = load_in_cluster(
      environment_of({{"KUBERNETES_SERVICE_HOST", "10.96.0.1"}, {"KUBERNETES_SERVICE_PORT", "443"}}),
      folder.path());
  ASSERT_FALSE(without_token);
  EXPECT_NE(without_token.error().message.find("token"), std::string::npos);
}

TEST(LoadConfig, PrefersWhatWasNamedThenTheVariableThenHome) {
  const TestFolder folder;
  const auto named = folder.write("named", kubeconfig({"server: https://named"}, {}));
  const auto listed = folder.write("listed", kubeconfig({"server: https://listed"}, {}));
  folder.write(".kube/config", kubeconfig({"server: https://home"}, {}));
  const auto home = folder.path().string();
  const auto with_all = environment_of({{"KUBECONFIG", listed.string()}, {"HOME", home}});
  EXPECT_EQ(load_config(named.string(), "", with_all)->server, "https://named");
  EXPECT_EQ(load_config("", "", with_all)->server, "https://listed");
  EXPECT_EQ(load_config("", "", environment_of({{"HOME", home}}))->server, "https://home");
  const auto none = load_config("", "", environment_of({{"HOME", home + "/nobody"}}));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::kNotFound);
}

TEST(ReadPem, IsTheTextOrWhatTheFileHoldsNow) {
  const TestFolder folder;
  folder.write("ca.crt", kPem);
  EXPECT_EQ(read_pem({.data = kPem, .file = {}}, 1000).value_or(""), kPem);
  EXPECT_EQ(read_pem({.data = {}, .file = folder.path() / "ca.crt"}, 1000).value_or(""), kPem);
  EXPECT_EQ(read_pem({}, 1000).value_or("not read"), "");
  EXPECT_EQ(read_pem({.data = kPem, .file = {}}, 10).error().code, Code::kTooLarge);
  EXPECT_EQ(read_pem({.data = {}, .file = folder.path() / "none"}, 10).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace berth::kube
