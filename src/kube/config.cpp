#include "kube/config.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "base/text.hpp"
#include "kube/files.hpp"
#include "kube/server_address.hpp"

namespace berth::kube {

namespace {

constexpr std::size_t kMaxKubeconfigFiles = 32;
constexpr std::size_t kMaxNamespaceFileBytes = 1024;

std::vector<std::filesystem::path> split_paths(std::string_view paths) {
  std::vector<std::filesystem::path> list;
  while (!paths.empty()) {
    const auto colon = std::min(paths.find(':'), paths.size());
    if (colon > 0) list.emplace_back(paths.substr(0, colon));
    paths.remove_prefix(std::min(colon + 1, paths.size()));
  }
  return list;
}

}  // namespace

Result<std::string> read_pem(const Pem& pem, std::size_t max_bytes) {
  if (pem.data.empty() && !pem.file.empty()) return read_file(pem.file, max_bytes);
  if (pem.data.size() > max_bytes) {
    return fail(Code::kTooLarge,
                fmt::format("PEM text of {} bytes, longer than {} bytes", pem.data.size(), max_bytes));
  }
  return pem.data;
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Result<Config> load_kubeconfig(std::string_view paths, const std::string& context) {
  const auto list = split_paths(paths);
  if (list.size() > kMaxKubeconfigFiles) {
    return fail(invalid_field("kubeconfig", std::to_string(list.size()),
                              fmt::format("{} files", kMaxKubeconfigFiles),
                              fmt::format("more than {} kubeconfig files are named", kMaxKubeconfigFiles)));
  }
  std::vector<KubeconfigFile> files;
  for (const auto& path : list) {
    auto text = read_file(path, kMaxKubeconfigBytes);
    if (text) {
      std::error_code error;
      auto absolute = std::filesystem::absolute(path, error);
      files.push_back({.path = error ? path : absolute, .text = std::move(*text)});
    } else if (text.error().code != Code::kNotFound) {
      return fail(within("read kubeconfig", text.error()));
    }
  }
  if (files.empty()) return fail(Code::kNotFound, fmt::format("there is no kubeconfig file at {}", paths));
  return parse_kubeconfig(files, context);
}

Result<Config> load_in_cluster(const Environment& environment, const std::filesystem::path& folder) {
  const auto host = environment("KUBERNETES_SERVICE_HOST").value_or("");
  const auto port = environment("KUBERNETES_SERVICE_PORT").value_or("");
  if (host.empty() || port.empty()) {
    return fail(Code::kNotFound,
                "not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set");
  }
  Config config;
  config.server = host.find(':') == std::string::npos ? fmt::format("https://{}:{}", host, port)
                                                      : fmt::format("https://[{}]:{}", host, port);
  if (const auto address = parse_server(config.server); !address) {
    return fail(within("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT", address.error()));
  }
  config.token_file = folder / "token";
  config.certificate_authority.file = folder / "ca.crt";
  std::error_code error;
  for (const auto& needed : {config.token_file, config.certificate_authority.file}) {
    if (!std::filesystem::exists(needed, error)) {
      return fail(Code::kNotFound,
                  fmt::format("the pod has no {}: is its service account mounted?", needed.string()));
    }
  }
  if (auto ns = read_file(folder / "namespace", kMaxNamespaceFileBytes)) {
    if (const auto name = trimmed(*ns); !name.empty()) config.default_namespace = name;
  }
  return config;
}

Result<Config> load_config(std::string_view paths, const std::string& context,
                           const Environment& environment) {
  if (!paths.empty()) return load_kubeconfig(paths, context);
  if (const auto listed = environment("KUBECONFIG"); listed && !listed->empty())
    return load_kubeconfig(*listed, context);
  auto in_cluster = load_in_cluster(environment);
  if (in_cluster || in_cluster.error().code != Code::kNotFound) return in_cluster;
  const auto home = environment("HOME").value_or("");
  auto from_home = load_kubeconfig(home + "/.kube/config", context);
  if (from_home || from_home.error().code != Code::kNotFound) return from_home;
  return fail(Code::kNotFound,
              "no cluster is configured: no kubeconfig was named, KUBECONFIG is not set, this is not a pod, "
              "and there is "
              "no ~/.kube/config");
}

}  // namespace berth::kube
