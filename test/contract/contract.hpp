// What the tests of the contract share: a client of the cluster under test, namespaces of their own, and
// waiting.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "kube/kube.hpp"
#include "kube/test_resources.hpp"

namespace berth::contract {

/// Ample: a real controller manager on a busy machine takes seconds, and a failing test may take its time.
inline constexpr std::chrono::seconds kPatience{90};

inline constexpr std::string_view kManager = "contract";
inline constexpr std::string_view kRunLabel = "contract.example.com/run";
/// An extended resource no cluster has: quotas count it all the same.
inline constexpr std::string_view kDevice = "example.com/contract-device";

/// Looks until `condition` holds; false when it still does not after the patience.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience = kPatience);

/// `EXPECT_TRUE(ok(result))` tells the error.
template <typename T>
testing::AssertionResult ok(const Result<T>& result) {
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure() << to_string(result.error().code) << " [" << result.error().slug << "] "
                                     << result.error().message;
}

/// `EXPECT_TRUE(fails(result, Code::kConflict, "AlreadyExists"))`.
template <typename T>
testing::AssertionResult fails(const Result<T>& result, Code code, std::string_view slug) {
  if (result) return testing::AssertionFailure() << "it was accepted";
  if (result.error().code == code && result.error().slug == slug) return testing::AssertionSuccess();
  return ok(result);
}

/// One of the answer's causes has this reason ("NamespaceTerminating", "FieldManagerConflict").
bool has_cause(const Error& error, std::string_view reason);

/// The cluster under test and what this run made in it.
class Run {
 public:
  /// The kubeconfig of BERTH_CONTRACT_KUBECONFIG.
  static Result<Run> start();

  const kube::Config& config() const { return config_; }
  const kube::ClientFactory& factory() const { return factory_; }
  const std::string& id() const { return id_; }
  /// Deletes every namespace of this run and waits until they are gone.
  Status clean_up() const;

 private:
  Run(kube::Config config, std::string id) : config_(config), factory_(config), id_(std::move(id)) {}
  kube::Config config_;
  kube::ClientFactory factory_;
  std::string id_;
};

/// Set by main before the tests run.
const Run& current_run();
void set_current_run(const Run* run);

class Contract : public testing::Test {
 protected:
  Contract();
  ~Contract() override;

  /// A new namespace in which pods can be made (its default service account exists).
  std::string make_namespace();
  /// "contract-x7k2p9qa": for anything whose name all of the cluster shares.
  std::string unique_name();
  /// A name in the cluster to remove at the end of the test.
  void remove_at_end(kube::ObjectRef ref) { at_end_.push_back(std::move(ref)); }

  bool serves(const kube::Resource& resource);
  /// The class that claims are made with: the cluster's default, else its first.
  std::string storage_class();

  /// Waits until `condition` holds for the object, and gives it; empty after the patience, or when it is not
  /// there.
  std::optional<json::value> wait_for(const kube::ObjectRef& ref,
                                      const std::function<bool(const json::value&)>& condition);
  bool wait_gone(const kube::ObjectRef& ref);

  kube::Client client;

 private:
  SystemRandom random_;
  std::vector<kube::ObjectRef> at_end_;
};

/// What only a whole API server does. The simulated cluster does not claim to: run it with
/// --gtest_filter=-WholeServer.*
class WholeServer : public Contract {};

}  // namespace berth::contract
