// Serves a simulated cluster until it is told to stop:
//   berth_simcluster_serve [--flavour openshift|plain] [--state DIR] [--quick] KUBECONFIG
// The kubeconfig is written to KUBECONFIG. --quick takes all delays out.
#include <fmt/format.h>
#include <signal.h>

#include <iostream>
#include <optional>
#include <span>
#include <string>

#include "base/private_file.hpp"
#include "simcluster/simcluster.hpp"

namespace {

using namespace berth;
using simcluster::SimCluster;

struct Arguments {
  simcluster::Settings settings;
  std::string kubeconfig;
};

simcluster::NodeDescription node() {
  return {.name = "gpu-1",
          .capacity = {{"cpu", "127"},
                       {"memory", "754Gi"},
                       {"nvidia.com/gpu", "4"},
                       {"nvidia.com/mig-1g.24gb", "2"},
                       {"nvidia.com/mig-1g.24gb-me", "2"},
                       {"nvidia.com/mig-1g.24gb.gfx", "2"},
                       {"nvidia.com/mig-1g.24gb.me", "2"},
                       {"example.com/contract-device", "8"}},
          .allocatable = {},
          .labels = {},
          .taints = {},
          .internal_ip = "192.0.2.10"};
}

std::optional<Arguments> read_arguments(std::span<char*> words) {
  Arguments out;
  out.settings.nodes.push_back(node());
  out.settings.faults_over_http = true;
  std::size_t at = 1;
  for (; at < words.size() && std::string_view(words[at]).starts_with("--"); ++at) {
    const std::string_view option = words[at];
    if (option == "--quick") {
      out.settings.delays = simcluster::Delays::none();
    } else if (option == "--flavour" && at + 1 < words.size()) {
      const std::string_view flavour = words[++at];
      if (flavour != "openshift" && flavour != "plain") return std::nullopt;
      out.settings.flavour =
          flavour == "plain" ? simcluster::Flavour::kPlain : simcluster::Flavour::kOpenshift;
    } else if (option == "--state" && at + 1 < words.size()) {
      out.settings.state_dir = words[++at];
    } else {
      return std::nullopt;
    }
  }
  if (at + 1 != words.size()) return std::nullopt;
  out.kubeconfig = words[at];
  return out;
}

sigset_t end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = read_arguments({argv, static_cast<std::size_t>(argc)});
  if (!arguments) {
    std::cerr
        << "usage: berth_simcluster_serve [--flavour openshift|plain] [--state DIR] [--quick] KUBECONFIG\n";
    return 2;
  }
  // Before any thread, so that all of them leave these signals to sigwait.
  const auto signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const SystemClock clock;
  auto cluster = SimCluster::start(arguments->settings, clock, Log("simcluster", LogLevel::kWarning));
  if (!cluster) {
    std::cerr << cluster.error().message << '\n';
    return 1;
  }
  if (const auto written = write_private_file(arguments->kubeconfig, (*cluster)->kubeconfig()); !written) {
    std::cerr << written.error().message << '\n';
    return 1;
  }
  std::cout << fmt::format("API at {}, workspaces at port {}, kubeconfig in {}", (*cluster)->url(),
                           (*cluster)->pages_port(), arguments->kubeconfig)
            << std::endl;
  int got = 0;
  sigwait(&signals, &got);
  if (const auto stopped = (*cluster)->stop(); !stopped) {
    std::cerr << stopped.error().message << '\n';
    return 1;
  }
  return 0;
}
