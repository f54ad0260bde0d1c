// The gate in front of a workspace: the only part of its pod that others can reach. nginx passes requests on
// to the editor and to JupyterLab, and asks this program about each of them (`auth_request`); this program
// lets in whom the session's access list names, and cuts open connections when somebody is taken off it.
//
// The list comes from the session's own namespace by a watch: neither the portal nor the database is asked,
// so that an open workspace goes on while they are away. See
// docs/decisions/0046-who-is-let-into-a-workspace.md.
#pragma once

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

struct Settings {
  std::string ns;  // of the session
  /// Of this container alone; it outlives a restart of the container, and not its pod.
  std::filesystem::path folder;
  /// nginx and its configuration, which has it in the foreground, asks at `folder`/check.sock and ends old
  /// workers soon after it is read again (`worker_shutdown_timeout`).
  std::string proxy_program = "nginx";
  std::filesystem::path proxy_config;
  /// Where that nginx listens; 0 where it is not known. No tunnel leads there.
  std::uint16_t own_port = 0;
  /// The workspace is reached over TLS: its cookie is Secure and bound to its host.
  bool secure = true;
  /// Where one is sent who has no pass; empty: only told.
  std::string portal_url;
};

/// Tunnels to ports of the pod's loopback come from that nginx too, at `folder`/ports.sock.
/// Runs until `stop` is asked for (then all connections are cut at once), or until its nginx ends, which is
/// an error.
Status run(const Settings& settings, const kube::ClientFactory& cluster, const Clock& clock, Random& random,
           const Log& log, std::stop_token stop);

}  // namespace berth::gate
