// Runs a credential plugin: a program that prints an ExecCredential.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "kube/config.hpp"

namespace berth::kube {

struct PluginCredential {
  std::string token{};
  std::string certificate_pem{};
  std::string key_pem{};
  std::optional<Instant> expires{};
};

/// Runs the program with a deadline and reads what it printed. Its output is never quoted in an error.
Result<PluginCredential> run_exec_plugin(const ExecPlugin& plugin, const std::stop_token& stop);

/// Reads the printed ExecCredential; pure.
Result<PluginCredential> read_exec_credential(const ExecPlugin& plugin, std::string_view printed);

}  // namespace berth::kube
