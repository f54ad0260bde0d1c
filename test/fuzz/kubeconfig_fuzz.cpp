// Kubeconfig files: what is accepted is usable, and no error tells a secret.
#include <array>

#include "base/yaml.hpp"
#include "fuzz.hpp"
#include "kube/config.hpp"
#include "kube/server_address.hpp"

namespace {

using berth::fuzz::require;
using berth::kube::KubeconfigFile;
namespace json = berth::json;

constexpr std::string_view kSecret = "Zq7-secret-9xW";

berth::Result<berth::kube::Config> parse(std::string_view text) {
  const std::array files{KubeconfigFile{.path = "/home/user/.kube/config", .text = std::string(text)}};
  return berth::kube::parse_kubeconfig(files);
}

bool usable(const berth::kube::Config& config) {
  const auto address = berth::kube::parse_server(config.server);
  const bool secret = !config.token.empty() || !config.token_file.empty() || !config.username.empty();
  return address && !config.server.ends_with('/') &&
         (address->scheme == "https" || address->is_loopback || !secret) &&
         config.client_certificate.empty() == config.client_key.empty() &&
         !(config.insecure_skip_tls_verify && !config.certificate_authority.empty()) &&
         !(config.exec && config.exec->command.empty()) && !config.default_namespace.empty();
}

/// The same file with a secret of ours in every user; JSON is YAML.
std::string with_secrets(json::value document) {
  auto* users = document.is_object() ? document.get_object().if_contains("users") : nullptr;
  if (users == nullptr || !users->is_array()) return {};
  for (auto& entry : users->get_array()) {
    auto* user = entry.is_object() ? entry.get_object().if_contains("user") : nullptr;
    if (user == nullptr || !user->is_object()) continue;
    for (const auto* field : {"token", "password", "client-key-data"}) user->get_object()[field] = kSecret;
  }
  return json::serialize(document);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = berth::fuzz::text_of(bytes, size);
  const auto documents = berth::yaml_documents(text, {.numbers = false, .holds_secrets = true});
  if (documents) {
    std::size_t nodes = 0;
    for (const auto& document : *documents) {
      require(berth::fuzz::depth_of(document) <= berth::kMaxJsonDepth);
      nodes += berth::fuzz::nodes_of(document);
    }
    require(nodes <= berth::kMaxYamlNodes);
  }
  const auto config = parse(text);
  require(documents.has_value() || !config);
  if (config) {
    require(usable(*config));
    require(parse(text)->server == config->server);
  } else {
    require(!config.error().message.empty());
  }
  if (documents && !documents->empty() && text.find(kSecret) == std::string_view::npos) {
    const auto secret = with_secrets(documents->front());
    const auto again = parse(secret);
    if (!again) require(again.error().message.find(kSecret) == std::string::npos);
    if (!again && !again.error().fields.empty())
      require(again.error().fields.front().value.find(kSecret) == std::string::npos);
  }

  if (const auto address = berth::kube::parse_server(text)) {
    require(text.starts_with(address->scheme + "://" + address->authority + address->prefix));
    require(address->authority.starts_with(address->host) && !address->host.empty());
    const auto port = std::stoi(address->port);
    require(port >= 1 && port <= 65535);
  }
  return 0;
}
