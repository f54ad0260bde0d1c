#include "entry/kube_access.hpp"

#include "base/base64.hpp"
#include "base/json.hpp"

namespace berth::entry {
namespace {

/// A JSON string is a double-quoted scalar of YAML.
std::string yaml_string(std::string_view text) {
  return json::serialize(json::value(text));
}

}  // namespace

std::string to_text(const KubeAccess& access) {
  return json::serialize(json::object{{"token", access.token},
                                      {"expires", format_rfc3339(access.expires)},
                                      {"server", access.server},
                                      {"authority", access.authority}});
}

Result<KubeAccess> read_kube_access(std::string_view text) {
  const auto parsed = parse_json(text);
  if (!parsed) return fail(Code::kMalformed, "this is no access to a cluster");
  const auto expires = parse_rfc3339(string_at(*parsed, {"expires"}));
  if (!expires) return fail(Code::kMalformed, "this is no access to a cluster");
  KubeAccess access{.token = string_at(*parsed, {"token"}),
                    .expires = *expires,
                    .server = string_at(*parsed, {"server"}),
                    .authority = string_at(*parsed, {"authority"})};
  if (access.token.empty() || access.server.empty())
    return fail(Code::kMalformed, "this is no access to a cluster");
  return access;
}

std::string kubeconfig_text(const KubeAccess& access, std::string_view name, std::string_view ns) {
  const auto called = yaml_string(name);
  std::string text = "apiVersion: v1\nkind: Config\n";
  text += "current-context: " + called + "\n";
  text += "clusters:\n- name: " + called + "\n  cluster:\n    server: " + yaml_string(access.server) + "\n";
  if (!access.authority.empty())
    text += "    certificate-authority-data: " + base64_encode(access.authority) + "\n";
  text += "contexts:\n- name: " + called + "\n  context:\n    cluster: " + called +
          "\n    namespace: " + yaml_string(ns) + "\n    user: " + called + "\n";
  text += "users:\n- name: " + called + "\n  user:\n    token: " + yaml_string(access.token) + "\n";
  return text;
}

}  // namespace berth::entry
