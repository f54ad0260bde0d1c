// `berth discover`, at an admin's terminal.
#include <fmt/format.h>

#include <iostream>

#include "app/roles.hpp"
#include "base/yaml.hpp"
#include "kube/kube.hpp"
#include "poolfile/poolfile.hpp"
#include "survey/survey.hpp"

namespace berth::app {

Status run_discover(const DiscoverOptions& options) {
  auto config = kube::load_config(options.kubeconfig, options.context);
  if (!config) return fail(within("read the kubeconfig", config.error()));
  kube::ClientSettings settings;
  settings.user_agent = "berth-discover";
  auto cluster = kube::ClientFactory(std::move(*config), settings).client();
  const auto seen = survey::look(cluster);
  if (!seen) return fail(seen.error());
  const auto text = survey::pool_file(*seen, {.cluster = options.cluster,
                                              .pool = options.pool,
                                              .time_zone = options.time_zone,
                                              .currency = options.currency});
  std::cout << text;
  // As `berth apply` reads it: what it would refuse is told now, beside the text that has it.
  const auto documents = yaml_documents(text);
  if (!documents) return fail(within("read what was found as a pool file", documents.error()));
  if (const auto declared = poolfile::parse_stream(*documents); !declared)
    return fail(within("what was found is no whole pool file yet", declared.error()));
  return {};
}

}  // namespace berth::app
