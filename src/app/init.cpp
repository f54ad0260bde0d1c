// `berth init`, at an admin's terminal.
#include "install/init.hpp"

#include <fmt/format.h>

#include <iostream>

#include "app/roles.hpp"
#include "kube/kube.hpp"

namespace berth::app {

Status run_init(const InitOptions& options) {
  auto config = kube::load_config(options.kubeconfig, options.context);
  if (!config) return fail(within("read the kubeconfig", config.error()));
  kube::ClientSettings settings;
  settings.user_agent = "berth-init";
  auto cluster = kube::ClientFactory(std::move(*config), settings).client();
  SystemRandom random;
  const auto done = install::initialise(
      cluster, {.ns = options.ns, .first_admin = options.first_admin, .cloudnativepg = options.cloudnativepg},
      random);
  if (!done) return fail(done.error());
  if (done->made_namespace) std::cout << fmt::format("made the namespace {}\n", options.ns);
  for (const auto& what : done->made) std::cout << fmt::format("made the Secret {}\n", what);
  for (const auto& name : done->kept) std::cout << fmt::format("kept the Secret {}, which is there\n", name);
  if (!done->first_password.empty())
    std::cout << fmt::format(
        "\nThe first admin is {}, with the password {}\nIt is told this once, and opens nothing but its own "
        "change.\n",
        options.first_admin, done->first_password);
  return {};
}

}  // namespace berth::app
