#include "simcluster/pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "simcluster/selector.hpp"

namespace berth::simcluster {
namespace {

constexpr std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f2f2f2;color:#151515}"
    "main{max-width:42rem;margin:10vh auto;padding:2rem;background:#fff;border-top:4px solid #0066cc}"
    "h1{font-size:1.5rem;margin-top:0}dt{font-weight:600}dd{margin:0 0 "
    ".5rem}code{background:#f2f2f2;padding:.1rem .3rem}";

/// SHA-256 of kStyle, so that no other style is let in; a test holds the two together.
constexpr std::string_view kStyleHash = "sha256-MR6MWCzWFwIVzyeZGlb9rZKTIaUaJBlsB1ZP0qfM7Ic=";

struct Endpoint {
  std::string host;
  std::string ns;
  std::string service;
  const json::object* owner;
};

std::string without_port(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(0, host.find(']') + 1));
  std::string out(host.substr(0, host.find(':')));
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::optional<Endpoint> endpoint_of(const World& world, const std::string& host) {
  for (const auto& route : world.store().list("routes.route.openshift.io")) {
    for (const auto& ingress : items(*route, {"status", "ingress"})) {
      const auto* conditions = berth::find(ingress, {"conditions"});
      const bool admitted = conditions != nullptr && conditions->is_array() &&
                            !conditions->get_array().empty() &&
                            string_at(conditions->get_array().front(), {"status"}) == "True";
      if (admitted && without_port(string_at(ingress, {"host"})) == host) {
        return Endpoint{host, namespace_of(*route), text(*route, {"spec", "to", "name"}), route.get()};
      }
    }
  }
  for (const auto& ingress : world.store().list("ingresses.networking.k8s.io")) {
    for (const auto& rule : items(*ingress, {"spec", "rules"})) {
      if (without_port(string_at(rule, {"host"})) != host) continue;
      std::string service;
      const auto* paths = berth::find(rule, {"http", "paths"});
      if (paths != nullptr && paths->is_array() && !paths->get_array().empty()) {
        service = string_at(paths->get_array().front(), {"backend", "service", "name"});
      }
      return Endpoint{host, namespace_of(*ingress), service, ingress.get()};
    }
  }
  return std::nullopt;
}

/// Nothing when a pod behind the service is Ready, else why not.
std::optional<std::string> why_not_ready(const World& world, const Endpoint& endpoint) {
  const auto service = world.store().get({"services", endpoint.ns, endpoint.service});
  if (service == nullptr) return "its service is not there yet";
  const auto* wanted = find(*service, {"spec", "selector"});
  if (wanted == nullptr) return "its service selects no pods";
  const auto selector = LabelSelector::from_map(*wanted);
  std::string state = "its pod is not there yet";
  for (const auto& pod : world.store().list("pods", endpoint.ns)) {
    if (!selector.matches(labels_of(*pod)) || deleting(*pod)) continue;
    const auto* ready = condition(*pod, "Ready");
    if (ready != nullptr && text(*ready, {"status"}) == "True") return std::nullopt;
    state = "its pod is starting";
    const auto* scheduled = condition(*pod, "PodScheduled");
    if (scheduled != nullptr && text(*scheduled, {"status"}) == "False") {
      state = "its pod waits for room on a node: " + text(*scheduled, {"message"});
    }
    for (const auto& container : items(*pod, {"status", "containerStatuses"})) {
      const auto reason = string_at(container, {"state", "waiting", "reason"});
      if (!reason.empty()) state = "its container waits: " + reason;
    }
  }
  return state;
}

std::string document(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>{}</title><style>{}</style></head><body><main><h1>{}</h1>{}</"
      "main></body></html>\n",
      escape_html(title), kStyle, escape_html(title), body);
}

std::string facts(const Endpoint& endpoint) {
  const auto reservation = text(*endpoint.owner, {"metadata", "labels", "berth.dev/reservation"});
  auto out = fmt::format(
      "<dl><dt>Address</dt><dd><code>{}</code></dd><dt>Session namespace</dt><dd><code>{}</code></dd>",
      escape_html(endpoint.host), escape_html(endpoint.ns));
  if (!reservation.empty())
    out += fmt::format("<dt>Reservation</dt><dd><code>{}</code></dd>", escape_html(reservation));
  return out + "</dl>";
}

constexpr std::string_view kGetARealOne =
    "<p>This cluster is simulated: bookings, sessions and their objects are real, but no program runs here. "
    "For a workspace "
    "with VS Code and JupyterLab on a GPU, point the demo at a real cluster:</p>"
    "<p><code>berth demo --kubeconfig FILE</code></p>";

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string content_security_policy() {
  return fmt::format(
      "default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      kStyleHash);
}

Page page_for(const World& world, std::string_view host_header) {
  const auto host = without_port(host_header);
  const auto endpoint = endpoint_of(world, host);
  if (!endpoint) {
    return {
        404,
        document(
            "There is no workspace at this address",
            fmt::format("<p>No session of the simulated cluster has the address <code>{}</code>. It may have "
                        "ended: a session and its address go when its booking ends.</p>",
                        escape_html(host)))};
  }
  if (const auto why = why_not_ready(world, *endpoint)) {
    return {
        503,
        document("This workspace is not ready yet",
                 fmt::format(
                     "<p>The simulated workspace is not ready: {}. Load this page again in a moment.</p>{}{}",
                     escape_html(*why), facts(*endpoint), kGetARealOne))};
  }
  return {200, document("A simulated workspace", fmt::format("<p>This simulated workspace is ready.</p>{}{}",
                                                             facts(*endpoint), kGetARealOne))};
}

}  // namespace berth::simcluster
