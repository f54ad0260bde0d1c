#include <utility>

#include "manifests/flavour.hpp"
#include "manifests/names_and_labels.hpp"
#include "manifests/workspace.hpp"

namespace berth::manifests {
namespace {

constexpr int kServicePort = 80;

/// Of pods that Berth made: a tenant's own may not carry the label of the session, or one that is called like
/// the workspace would be sent its tickets.
Object service(const SessionSpec& spec, const App& app) {
  json::object port{{"name", kWorkspacePortName},
                    {"protocol", "TCP"},
                    {"port", kServicePort},
                    {"targetPort", kWorkspacePortName}};
  json::object service_spec{
      {"type", "ClusterIP"},
      {"selector", json::object{{kNameLabel, app.name}, {kSessionLabel, spec.session.id.value}}},
      {"ports", json::array{std::move(port)}}};
  return session_object(spec, kServices, app.name, Guard::kNo,
                        json::object{{"spec", std::move(service_spec)}});
}

}  // namespace

std::vector<Object> workspace_endpoint(const SessionSpec& spec, const App& app) {
  return {service(spec, app), endpoint_object(spec, app)};
}

std::string workspace_url(const SessionSpec& spec) {
  const auto port = spec.cluster.url_port == 0 ? std::string{} : ":" + std::to_string(spec.cluster.url_port);
  return spec.cluster.url_scheme + "://" + spec.session.host + port + "/";
}

}  // namespace berth::manifests
