// For tests: answers kubeconfigs as the reconciler does, with the rights that it has.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "entry/kube_access.hpp"
#include "entry/sealed.hpp"
#include "portal/fixture.hpp"
#include "store/control_rows.hpp"

namespace berth::portal {

class ReconcilerStandIn {
 public:
  explicit ReconcilerStandIn(Site& site, entry::KubeAccess access = usual()) : access_(std::move(access)) {
    auto settings = site.database.settings();
    settings.conninfo += " options='-c role=berth_reconciler'";
    control_ = store::open_control_rows(settings, Log::silent());
    lead_ = must(control_->take_lead("default", "stand-in"));
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        for (const auto& one : must(control_->desired("default")).kubeconfigs) {
          if (one.answered) continue;
          must(control_->answer_kubeconfig(lead_, one.id, *entry::seal(one.key, entry::to_text(access_))));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    });
  }

  static entry::KubeAccess usual() {
    return {.token = "a.secret.token",
            .expires = must(parse_rfc3339("2199-01-01T00:00:00Z")),
            .server = "https://api.lab.example:6443",
            .authority = "PEM"};
  }

 private:
  const entry::KubeAccess access_;
  std::unique_ptr<store::ControlRows> control_;
  store::Lead lead_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace berth::portal
