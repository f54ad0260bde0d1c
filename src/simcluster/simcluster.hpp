// A simulated Kubernetes API server, for the demo and for fast tests: the part of the API that Berth and its
// contract tests call, with controllers that behave as the real ones do, and faults that can be put in.
//
// It answers, for the kinds of resources.cpp and their `status` alone: get, list in pages, watch with
// bookmarks, create, replace, merge patch, server-side apply, delete, delete of a collection, dry runs of
// them; tokens of service accounts, with which their namespace can be asked about and nothing else;
// discovery, /version, and the hosts of Routes and Ingresses. What is not called is not there: no other
// subresource, no other form of a patch, no authorization but that. A new call goes into test/contract first.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "simcluster/api.hpp"
#include "simcluster/fault.hpp"
#include "simcluster/settings.hpp"

namespace berth::simcluster {

class SimCluster {
 public:
  /// Loads the state of an earlier run when `settings.state_dir` has one, and listens. `clock` must outlive
  /// it. kInvalid for settings that cannot work, kMalformed when the saved state cannot be read (it is left
  /// as it is), kUnavailable when a port cannot be listened on.
  /// In `tls_dir` it makes a key and a certificate of its own and speaks TLS; without one it is plain HTTP,
  /// over which kubectl sends no token.
  static Result<std::unique_ptr<SimCluster>> start(Settings settings, const Clock& clock, Log log,
                                                   std::filesystem::path tls_dir = {});
  ~SimCluster();
  SimCluster(const SimCluster&) = delete;
  SimCluster& operator=(const SimCluster&) = delete;

  /// Leads to this server with a token made at its start; YAML. Holds a secret.
  std::string kubeconfig() const;
  /// "http://127.0.0.1:41237"; https with a `tls_dir`
  std::string url() const;
  std::uint16_t port() const;
  /// Where the hosts of Routes and Ingresses are answered.
  std::uint16_t pages_port() const;

  /// Saves the state, ends watches and closes the ports. Called by the destructor too.
  Status stop();

  /// The same answer that HTTP would give, without HTTP and without the token, for simulations. Latency and
  /// cuts by faults are told in the answer and not done. A watch gets the events up to now and a bookmark, as
  /// if its time were over; the next one goes on from there.
  ApiAnswer call(const ApiRequest& request);

  /// Does what is due by the clock. Only needed with `settings.tick` zero.
  void tick();
  /// Forgets all changes so far: watches and lists that continue from before get 410.
  void compact();
  /// Ends all watches, with or without a proper end.
  void cut_watches(bool properly);

  Result<std::uint64_t> add_fault(Fault fault);
  bool remove_fault(std::uint64_t id);
  void clear_faults();

  struct Counts {
    std::size_t objects = 0;
    std::size_t watches = 0;
    std::uint64_t revision = 0;
    std::uint64_t writes = 0;  // requests that asked for a change
  };
  Counts counts() const;

 private:
  class Impl;
  explicit SimCluster(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace berth::simcluster
