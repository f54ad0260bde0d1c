// The gate in front of a workspace: the only part of its pod that others can reach. nginx passes requests on
// through this program to the editor and to JupyterLab, and asks it about each of them (`auth_request`); it
// lets in whom the session's access list names, and cuts the open connections of somebody who is taken off
// it.
//
// The list comes from the session's own namespace by a watch: neither the portal nor the database is asked,
// so that an open workspace goes on while they are away. See
// docs/decisions/0046-who-is-let-into-a-workspace.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "kube/client.hpp"

namespace berth::gate {

/// Of the pod's loopback, where the image's programs listen (images/workspace).
struct InnerPorts {
  std::uint16_t editor = 8080;
  std::uint16_t lab = 8888;
  std::uint16_t terminals = 8082;
};

struct Settings {
  std::string ns;  // of the session
  /// Of this container alone; it outlives a restart of the container, and not its pod.
  std::filesystem::path folder;
  /// nginx and its configuration, which has it in the foreground, asks at `folder`/check.sock and leads on to
  /// the other sockets there.
  std::string proxy_program = "nginx";
  std::filesystem::path proxy_config;
  /// Where that nginx listens; 0 where it is not known. No tunnel leads there.
  std::uint16_t own_port = 0;
  InnerPorts ports{};
  /// The workspace is reached over TLS: its cookie is Secure and bound to its host.
  bool secure = true;
  /// Somebody may delete the list by hand, and the reconciler makes it again at once: so long the one before
  /// holds. At a session's end it is emptied first, so nobody is let in by this.
  std::chrono::milliseconds list_back_within{2'000};
};

/// Tunnels to ports of the pod's loopback come from that nginx too, at `folder`/ports.sock. Whoever starts
/// the gate asks whether it is open at `folder`/health.sock (GET /_gate/healthz), which nobody else can
/// reach, however many connections somebody takes of nginx. Runs until `stop` is asked for (then all
/// connections are cut at once), or until its nginx ends, which is an error.
Status run(const Settings& settings, const kube::ClientFactory& cluster, const Clock& clock, Random& random,
           const Log& log, std::stop_token stop);

}  // namespace berth::gate
