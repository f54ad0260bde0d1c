// Where an API server is and how to speak to it: from kubeconfig files, or from inside a pod.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::kube {

/// PEM text, or the file that holds it. Files are read again for each new connection, for certificates are
/// renewed.
struct Pem {
  std::string data{};
  std::filesystem::path file{};
  bool empty() const { return data.empty() && file.empty(); }
  bool operator==(const Pem&) const = default;
};

/// Its PEM text as it is now; "" where it is empty. kTooLarge beyond the limit. No error quotes it.
Result<std::string> read_pem(const Pem& pem, std::size_t max_bytes);

/// A program that hands out credentials (client.authentication.k8s.io).
struct ExecPlugin {
  std::string api_version{};
  std::string command{};
  std::vector<std::string> args{};
  std::vector<std::pair<std::string, std::string>> env{};
  std::string install_hint{};
  bool provide_cluster_info = false;
  json::object cluster_info{};  // spec.cluster of what the program is told; filled when asked for
  bool operator==(const ExecPlugin&) const = default;
};

/// Holds secrets: never printed, and no error of this module quotes it.
struct Config {
  std::string server{};         // "https://host:6443[/prefix]", no slash at the end
  Pem certificate_authority{};  // empty: what the system trusts
  bool insecure_skip_tls_verify = false;
  /// The name the certificate is checked against, when it is not the server's host.
  std::string tls_server_name{};
  std::string proxy_url{};  // empty: from the environment, as other programs do
  bool compress = true;

  Pem client_certificate{};
  Pem client_key{};
  std::string token{};
  std::filesystem::path token_file{};  // beats `token`
  std::string username{};
  std::string password{};
  std::optional<ExecPlugin> exec{};
  std::string impersonate_user{};
  std::string impersonate_uid{};
  std::vector<std::string> impersonate_groups{};
  std::vector<std::pair<std::string, std::string>> impersonate_extra{};

  std::string default_namespace = "default";
};

/// The environment of the process, handed in so that tests need not change it.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

struct KubeconfigFile {
  std::filesystem::path path{};  // relative paths inside the file start from its folder
  std::string text{};
};

inline constexpr std::size_t kMaxKubeconfigBytes = 4U * 1024 * 1024;

/// Merges the files (of two entries with one name the first wins) and takes `context`, or the current one
/// when it is empty. Errors name the file and field, never a value.
Result<Config> parse_kubeconfig(std::span<const KubeconfigFile> files, const std::string& context = "");

/// Reads a list of files as in KUBECONFIG, separated by ':'; missing ones are passed over, but one must
/// exist.
Result<Config> load_kubeconfig(std::string_view paths, const std::string& context = "");

/// From inside a pod: the service's address from the environment, token and trust from the service account's
/// folder.
Result<Config> load_in_cluster(
    const Environment& environment = process_environment(),
    const std::filesystem::path& folder = "/var/run/secrets/kubernetes.io/serviceaccount");

/// The first of: `paths` when not empty, KUBECONFIG, the pod we run in, ~/.kube/config.
Result<Config> load_config(std::string_view paths, const std::string& context = "",
                           const Environment& environment = process_environment());

}  // namespace berth::kube
