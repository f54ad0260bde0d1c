#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/base64.hpp"
#include "base/yaml.hpp"
#include "kube/config.hpp"
#include "kube/server_address.hpp"

namespace berth::kube {

namespace {

/// One entry of `clusters`, `users` or `contexts`, and the folder its relative paths start from.
struct Entry {
  json::value body{};
  std::filesystem::path folder{};
  std::string where{};  // "clusters[lab]" for messages
};

/// Reads the fields of one entry; remembers the first that is of the wrong kind.
class EntryFields {
 public:
  explicit EntryFields(const Entry& entry) : entry_(entry) {}

  std::string text(std::string_view name) {
    const auto* value = find(entry_.body, {name});
    if (value == nullptr || value->is_null()) return {};
    if (value->is_string()) return std::string(value->get_string());
    wrong(name, "text");
    return {};
  }
  bool flag(std::string_view name) {
    const auto* value = find(entry_.body, {name});
    if (value == nullptr || value->is_null()) return false;
    if (value->is_bool()) return value->get_bool();
    wrong(name, "true or false");
    return false;
  }
  std::vector<std::string> texts(std::string_view name) {
    std::vector<std::string> list;
    const auto* value = find(entry_.body, {name});
    if (value == nullptr || value->is_null()) return list;
    if (!value->is_array()) {
      wrong(name, "a list of text");
      return list;
    }
    for (const auto& item : value->get_array()) {
      if (item.is_string())
        list.emplace_back(item.get_string());
      else
        wrong(name, "a list of text");
    }
    return list;
  }
  std::filesystem::path path(std::string_view name) {
    const auto text_value = text(name);
    if (text_value.empty()) return {};
    return entry_.folder / text_value;  // an absolute one replaces the folder
  }
  /// `<name>-data` (base64) beats the path in `<name>`.
  Pem pem(std::string_view name) {
    const auto data_name = std::string(name) + "-data";
    const auto encoded = text(data_name);
    if (encoded.empty()) return {.data = {}, .file = path(name)};
    auto decoded = base64_decode(encoded);
    if (!decoded || decoded->find("-----BEGIN") == std::string::npos) wrong(data_name, "PEM text in base64");
    return {.data = decoded.value_or(""), .file = {}};
  }
  void wrong(std::string_view name, std::string_view wanted) {
    if (error_) return;
    auto field = fmt::format("{}.{}", entry_.where, name);
    auto message = fmt::format("{} must be {}", field, wanted);
    error_ = invalid_field(std::move(field), "", std::string(wanted), std::move(message));
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  const Entry& entry_;
  std::optional<Error> error_;
};

struct Document {
  json::value body{};
  std::filesystem::path folder{};
};

/// The first entry of that name in the files' order.
std::optional<Entry> find_entry(const std::vector<Document>& documents, std::string_view list,
                                std::string_view inner, std::string_view name) {
  for (const auto& document : documents) {
    const auto* entries = find(document.body, {list});
    if (entries == nullptr || !entries->is_array()) continue;
    for (const auto& entry : entries->get_array()) {
      if (string_at(entry, {"name"}) != name) continue;
      const auto* body = find(entry, {inner});
      return Entry{.body = body != nullptr ? *body : json::value(json::object{}),
                   .folder = document.folder,
                   .where = fmt::format("{}[{}].{}", list, name, inner)};
    }
  }
  return std::nullopt;
}

tl::unexpected<Error> no_such(std::string_view list, std::string_view name) {
  return fail(invalid_field(std::string(list), std::string(name), "a name that the file has",
                            fmt::format("the kubeconfig has no entry \"{}\" in {}", name, list)));
}

Status read_cluster(const Entry& entry, Config& config) {
  EntryFields fields(entry);
  config.server = fields.text("server");
  while (config.server.ends_with('/')) config.server.pop_back();
  config.certificate_authority = fields.pem("certificate-authority");
  config.insecure_skip_tls_verify = fields.flag("insecure-skip-tls-verify");
  config.tls_server_name = fields.text("tls-server-name");
  config.proxy_url = fields.text("proxy-url");
  config.compress = !fields.flag("disable-compression");
  if (fields.error()) return fail(*fields.error());
  if (const auto address = parse_server(config.server); !address)
    return fail(within(entry.where, address.error()));
  constexpr std::array<std::string_view, 4> kProxySchemes{"http://", "https://", "socks5://", "socks5h://"};
  if (!config.proxy_url.empty() && std::ranges::none_of(kProxySchemes, [&](auto scheme) {
        return config.proxy_url.starts_with(scheme);
      })) {
    fields.wrong("proxy-url", "an http, https, socks5 or socks5h URL");
    return fail(*fields.error());
  }
  if (config.insecure_skip_tls_verify && !config.certificate_authority.empty()) {
    fields.wrong("insecure-skip-tls-verify", "off where a certificate authority is given");
    return fail(*fields.error());
  }
  return {};
}

/// What a plugin is told of the cluster, when it asks.
json::object cluster_info(const Config& config) {
  json::object info{{"server", config.server}};
  if (!config.tls_server_name.empty()) info["tls-server-name"] = config.tls_server_name;
  if (config.insecure_skip_tls_verify) info["insecure-skip-tls-verify"] = true;
  if (!config.certificate_authority.data.empty()) {
    info["certificate-authority-data"] = base64_encode(config.certificate_authority.data);
  }
  if (!config.proxy_url.empty()) info["proxy-url"] = config.proxy_url;
  return info;
}

Result<ExecPlugin> read_exec(const Entry& user, const json::value& body, const Config& config) {
  const Entry entry{.body = body, .folder = user.folder, .where = user.where + ".exec"};
  EntryFields fields(entry);
  ExecPlugin plugin{.api_version = fields.text("apiVersion"),
                    .command = fields.text("command"),
                    .args = fields.texts("args"),
                    .env = {},
                    .install_hint = fields.text("installHint"),
                    .provide_cluster_info = fields.flag("provideClusterInfo"),
                    .cluster_info = {}};
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    fields.wrong("apiVersion", "client.authentication.k8s.io/v1 or v1beta1");
  }
  if (plugin.command.empty()) fields.wrong("command", "the name of a program");
  // A path with a folder in it is meant relative to the file; a bare name is looked for in PATH.
  if (plugin.command.find('/') != std::string::npos)
    plugin.command = (entry.folder / plugin.command).string();
  if (const auto* env = find(body, {"env"}); env != nullptr && env->is_array()) {
    for (const auto& variable : env->get_array()) {
      plugin.env.emplace_back(string_at(variable, {"name"}), string_at(variable, {"value"}));
    }
  }
  const auto mode = fields.text("interactiveMode");
  if (mode == "Always")
    fields.wrong("interactiveMode", "Never or IfAvailable: there is no terminal to ask on");
  else if (!mode.empty() && mode != "Never" && mode != "IfAvailable")
    fields.wrong("interactiveMode", "Never or IfAvailable");
  if (plugin.provide_cluster_info) plugin.cluster_info = cluster_info(config);
  if (fields.error()) return fail(*fields.error());
  return plugin;
}

Status read_user(const Entry& entry, Config& config) {
  EntryFields fields(entry);
  config.client_certificate = fields.pem("client-certificate");
  config.client_key = fields.pem("client-key");
  config.token = fields.text("token");
  config.token_file = fields.path("tokenFile");
  config.username = fields.text("username");
  config.password = fields.text("password");
  config.impersonate_user = fields.text("as");
  config.impersonate_uid = fields.text("as-uid");
  config.impersonate_groups = fields.texts("as-groups");
  if (const auto* extra = find(entry.body, {"as-user-extra"}); extra != nullptr && extra->is_object()) {
    for (const auto& [key, values] : extra->get_object()) {
      if (!values.is_array()) continue;
      for (const auto& value : values.get_array()) {
        if (value.is_string()) config.impersonate_extra.emplace_back(key, value.get_string());
      }
    }
  }
  if (find(entry.body, {"auth-provider"}) != nullptr) {
    fields.wrong("auth-provider", "replaced by exec: Kubernetes 1.26 dropped it");
  }
  if (config.client_certificate.empty() != config.client_key.empty()) {
    fields.wrong(config.client_key.empty() ? "client-key" : "client-certificate",
                 "given too: the two belong together");
  }
  if (fields.error()) return fail(*fields.error());
  if (const auto* body = find(entry.body, {"exec"}); body != nullptr && body->is_object()) {
    auto plugin = read_exec(entry, *body, config);
    if (!plugin) return fail(plugin.error());
    config.exec = std::move(*plugin);
  }
  return {};
}

bool has_secrets(const Config& config) {
  return !config.token.empty() || !config.token_file.empty() || !config.username.empty() ||
         config.exec.has_value();
}

}  // namespace

Result<Config> parse_kubeconfig(std::span<const KubeconfigFile> files, const std::string& context) {
  std::vector<Document> documents;
  std::string current = context;
  for (const auto& file : files) {
    if (file.text.size() > kMaxKubeconfigBytes) {
      return fail(Code::kTooLarge,
                  fmt::format("{} is longer than {} bytes", file.path.string(), kMaxKubeconfigBytes));
    }
    auto read = yaml_documents(file.text, {.numbers = false, .holds_secrets = true});
    if (!read) return fail(within("read " + file.path.string(), read.error()));
    if (read->empty()) continue;
    auto& body = read->front();
    if (current.empty()) current = string_at(body, {"current-context"});
    documents.push_back({.body = std::move(body), .folder = file.path.parent_path()});
  }
  if (current.empty()) {
    return fail(invalid_field("current-context", "", "not empty",
                              "the kubeconfig names no current context: choose one of its contexts"));
  }
  const auto chosen = find_entry(documents, "contexts", "context", current);
  if (!chosen) return no_such("contexts", current);
  const auto cluster_name = string_at(chosen->body, {"cluster"});
  const auto user_name = string_at(chosen->body, {"user"});
  const auto cluster = find_entry(documents, "clusters", "cluster", cluster_name);
  if (!cluster) return no_such("clusters", cluster_name);

  Config config;
  if (auto ns = string_at(chosen->body, {"namespace"}); !ns.empty()) config.default_namespace = std::move(ns);
  if (const auto read = read_cluster(*cluster, config); !read) return fail(read.error());
  if (!user_name.empty()) {
    const auto user = find_entry(documents, "users", "user", user_name);
    if (!user) return no_such("users", user_name);
    if (const auto read = read_user(*user, config); !read) return fail(read.error());
  }
  const auto address = split_server(config.server);
  if (address.scheme == "http" && !address.is_loopback && has_secrets(config)) {
    return fail(invalid_field(
        cluster->where + ".server", config.server, "https",
        "a token or password would cross the network in clear text: the server must use https"));
  }
  return config;
}

}  // namespace berth::kube
