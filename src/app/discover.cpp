// `berth discover`, at an admin's terminal.
#include <fmt/format.h>

#include <iostream>
#include <tuple>

#include "app/roles.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "kube/kube.hpp"
#include "poolfile/poolfile.hpp"
#include "poolfile/rules.hpp"
#include "survey/survey.hpp"

namespace berth::app {

namespace {

/// What was typed is told before the cluster is asked: by `berth apply` it would be refused.
Status check_typed(const DiscoverOptions& options) {
  using poolfile::TextRule;
  const std::tuple<const char*, const std::string&, const TextRule&> all[] = {
      {"--cluster", options.cluster, poolfile::kDnsLabel},
      {"--pool", options.pool, poolfile::kDnsLabel},
      {"--time-zone", options.time_zone, poolfile::kTimeZone},
      {"--currency", options.currency, poolfile::kCurrency}};
  for (const auto& [field, value, rule] : all) {
    if (rule.holds(value)) continue;
    return fail(invalid_field(field, value, std::string(rule.limit),
                              fmt::format("{} \"{}\" has to be {}", field, shown(value), rule.limit)));
  }
  return {};
}

}  // namespace

Status run_discover(const DiscoverOptions& options) {
  if (auto fine = check_typed(options); !fine) return fine;
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
                                              .currency = options.currency,
                                              .time_zone_given = options.time_zone_given,
                                              .currency_given = options.currency_given});
  // As `berth apply` reads it. What it would refuse is told now, beside the text that has it, and is not what
  // `> pool.yaml` keeps.
  const auto documents = yaml_documents(text);
  if (!documents) {
    std::cerr << text;
    return fail(within("read what was found as a pool file", documents.error()));
  }
  if (const auto declared = poolfile::parse_stream(*documents); !declared) {
    std::cerr << text;
    return fail(within("what was found is no whole pool file yet", declared.error()));
  }
  std::cout << text;
  return {};
}

}  // namespace berth::app
