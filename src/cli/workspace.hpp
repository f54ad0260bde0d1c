// The workspace that the program runs in: its facts, its quota, and what it says to Berth. By the pod's own
// account, which may do no more than its tenant; there is no way from here to the portal.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/session_facts.hpp"
#include "kube/client.hpp"
#include "said/activity.hpp"
#include "said/said.hpp"

namespace berth::cli {

class Workspace {
 public:
  /// kNotFound outside of one. Without a way to the cluster's API it is one all the same.
  static Result<Workspace> here(const kube::Environment& environment = kube::process_environment());
  /// For tests: the folder of its facts, and the API that it asks.
  Workspace(std::filesystem::path folder, Result<kube::ClientFactory> cluster, std::string ns);

  /// As the API has them, else as they are mounted, which may be a minute or two old.
  Result<SessionFacts> facts() const;
  /// kUnavailable, and why, where it is not known.
  Result<Quota> quota(const SessionFacts& facts) const;

  /// Says a wish, and waits for its answer; takes it back then. kTimeout when there is none within
  /// `patience`, and then nothing is known to have changed.
  Result<said::Answer> wish(const said::Wish& wish, std::chrono::milliseconds patience) const;
  /// Says when it was last used. Nobody answers that.
  Status tell(const said::Activity& activity) const;

 private:
  Result<FactTexts> texts_of_api() const;
  Result<FactTexts> texts_of_files() const;
  Status say(kube::Client& client, std::string_view key, const json::value& text) const;
  Result<said::Answer> wait_for_answer(kube::Client& client, const std::string& id,
                                       std::chrono::milliseconds patience) const;
  kube::ObjectRef config_map(std::string_view name) const;

  std::filesystem::path folder_;
  Result<kube::ClientFactory> cluster_;
  std::string ns_;
};

/// Times are shown by the clocks of the pool's zone from now on, where none is set and the machine knows it.
void show_times_of(const std::string& zone);

}  // namespace berth::cli
