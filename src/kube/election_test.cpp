#include "kube/election.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>

#include "kube/lease.hpp"
#include "kube/test_servers.hpp"

namespace berth::kube {
namespace {

using namespace std::chrono_literals;

/// One Lease with optimistic locking, and faults to order.
class LeaseServer {
 public:
  enum class Fault { kNone, kUnreachable, kHangs, kForgetsAnswer };

  /// For one of those who stand: faults are ordered for each alone.
  ClientFactory factory(const std::string& who) {
    auto settings = quick_settings();
    settings.max_tries = 1;
    return memory_factory([this, who](const HttpRequest& request,
                                      const std::stop_token& stop) { return answer(who, request, stop); },
                          settings);
  }
  void set_fault(const std::string& who, Fault fault) {
    const std::scoped_lock lock(mutex_);
    faults_[who] = fault;
  }
  LeaseRecord record() const {
    const std::scoped_lock lock(mutex_);
    return lease_ ? read_lease(*lease_) : LeaseRecord{};
  }
  void write_by_hand(const LeaseRecord& record) {
    const std::scoped_lock lock(mutex_);
    if (!lease_) lease_ = json::object{{"metadata", {{"name", "leader"}, {"namespace", "lab"}}}};
    write_lease(*lease_, record);
    store(*lease_);
  }
  int writes() const { return writes_; }

 private:
  Exchange answer(const std::string& who, const HttpRequest& request, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const auto fault = faults_[who];
    if (fault == Fault::kUnreachable) {
      return no_answer("unreachable");
    }
    if (fault == Fault::kHangs) {
      std::condition_variable_any woken;
      woken.wait(lock, stop, [] { return false; });
      return tl::unexpected(TransportError{.error = stopped_error()});
    }
    auto outcome = act(request);
    if (fault == Fault::kForgetsAnswer) {
      return no_answer("cut");
    }
    return outcome;
  }

  Exchange act(const HttpRequest& request) {
    if (request.method == "GET") {
      if (!lease_) return HttpResponse{.status = 404, .body = status_body(404, "NotFound")};
      return HttpResponse{.status = 200, .body = json::serialize(*lease_)};
    }
    auto sent = parse_json(request.body).value();
    if (request.method == "POST") {
      if (lease_) return HttpResponse{.status = 409, .body = status_body(409, "AlreadyExists")};
    } else if (!lease_ || resource_version_of(sent) != resource_version_of(*lease_)) {
      return HttpResponse{.status = 409, .body = status_body(409, "Conflict")};
    }
    store(std::move(sent));
    return HttpResponse{.status = 200, .body = json::serialize(*lease_)};
  }

  void store(json::value lease) {
    lease.as_object()["metadata"].as_object()["resourceVersion"] = std::to_string(++version_);
    lease_ = std::move(lease);
    ++writes_;
  }

  mutable std::mutex mutex_;
  std::optional<json::value> lease_;
  int version_ = 0;
  std::atomic<int> writes_{0};
  std::map<std::string, Fault> faults_;
};

/// Long enough that a slow machine never loses a lease by itself, unless a test wants it to.
ElectionSettings settings_for(std::string identity) {
  return {.ns = "lab",
          .lease_name = "leader",
          .identity = std::move(identity),
          .field_manager = "test",
          .lease_duration = 60s,
          .renew_deadline = 40s,
          .retry_period = 5ms,
          .jitter_seed = 1};
}

/// A lease that runs out soon.
ElectionSettings short_settings_for(std::string identity) {
  auto settings = settings_for(std::move(identity));
  settings.lease_duration = 1000ms;
  settings.renew_deadline = 600ms;
  return settings;
}

struct Counts {
  std::atomic<int> gained{0};
  std::atomic<int> lost{0};
  ElectionEvents events() {
    return {.on_gained = [this] { ++gained; }, .on_lost = [this] { ++lost; }};
  }
};

std::unique_ptr<LeaderElection> start(LeaseServer& server, ElectionSettings settings,
                                      ElectionEvents events = {}) {
  const auto factory = server.factory(settings.identity);
  auto election = LeaderElection::start(factory, std::move(settings), std::move(events), Log::silent());
  EXPECT_TRUE(election);
  return election ? std::move(*election) : nullptr;
}

TEST(Election, TheFirstLeadsAndRenews) {
  LeaseServer server;
  Counts counts;
  const auto ada = start(server, settings_for("ada"), counts.events());
  ASSERT_TRUE(eventually([&] { return ada->is_leader(); }));
  EXPECT_EQ(ada->holder(), "ada");
  ASSERT_TRUE(eventually([&] { return server.writes() > 5; }));
  EXPECT_EQ(server.record().holder, "ada");
  EXPECT_EQ(server.record().duration_seconds, 60);
  EXPECT_EQ(server.record().transitions, 0);
  EXPECT_EQ(counts.gained, 1);
  EXPECT_EQ(counts.lost, 0);
}

TEST(Election, TheSecondWaitsAndTakesOverWhatIsGivenBack) {
  LeaseServer server;
  Counts counts;
  auto ada = start(server, settings_for("ada"), counts.events());
  ASSERT_TRUE(eventually([&] { return ada->is_leader(); }));
  const auto bob = start(server, settings_for("bob"));
  ASSERT_TRUE(eventually([&] { return bob->holder() == "ada"; }));
  EXPECT_FALSE(bob->is_leader());
  ada->stop();
  EXPECT_FALSE(ada->is_leader());
  EXPECT_EQ(counts.lost, 1);
  EXPECT_TRUE(eventually([&] { return bob->is_leader(); })) << "without waiting for the minute";
  EXPECT_EQ(server.record().transitions, 1);
}

TEST(Election, ALeaseThatNobodyRenewsRunsOut) {
  LeaseServer server;
  server.write_by_hand({.holder = "dead",
                        .duration_seconds = 1,
                        .renew_time = "2999-01-01T00:00:00.000000Z",
                        .transitions = 7});
  const auto began = std::chrono::steady_clock::now();
  const auto bob = start(server, settings_for("bob"));
  ASSERT_TRUE(eventually([&] { return bob->is_leader(); }));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 1s);
  EXPECT_EQ(server.record().transitions, 8);
}

TEST(Election, ALeaderThatCannotRenewStopsInTime) {
  LeaseServer server;
  Counts counts;
  const auto ada = start(server, short_settings_for("ada"), counts.events());
  ASSERT_TRUE(eventually([&] { return ada->is_leader(); }));
  server.set_fault("ada", LeaseServer::Fault::kUnreachable);
  ASSERT_TRUE(eventually([&] { return counts.lost == 1; }));
  EXPECT_FALSE(ada->is_leader());
  server.set_fault("ada", LeaseServer::Fault::kNone);
  EXPECT_TRUE(eventually([&] { return ada->is_leader(); })) << "nobody else took it meanwhile";
  EXPECT_EQ(counts.gained, 2);
}

TEST(Election, ALeaderWhoseThreadHangsLeadsNoMore) {
  LeaseServer server;
  Counts counts;
  auto ada = start(server, short_settings_for("ada"), counts.events());
  ASSERT_TRUE(eventually([&] { return ada->is_leader(); }));
  server.set_fault("ada", LeaseServer::Fault::kHangs);
  EXPECT_TRUE(eventually([&] { return !ada->is_leader(); }));
  EXPECT_EQ(counts.lost, 0) << "its thread could not tell, and yet it is so";
  server.set_fault("ada",
                   LeaseServer::Fault::kNone);  // for the giving back; the call that hangs does not see it
  ada->stop();
}

TEST(Election, NeverDoTwoLead) {
  LeaseServer server;
  const auto ada = start(server, short_settings_for("ada"));
  const auto bob = start(server, short_settings_for("bob"));
  ASSERT_TRUE(eventually([&] { return ada->is_leader() || bob->is_leader(); }));
  std::atomic<bool> done{false};
  std::atomic<int> both{0};
  std::jthread judge([&] {
    while (!done) {
      if (ada->is_leader() && bob->is_leader()) ++both;
    }
  });
  // Whoever leads is cut off; the other takes over, and has to come after.
  for (const auto fault :
       {LeaseServer::Fault::kUnreachable, LeaseServer::Fault::kForgetsAnswer, LeaseServer::Fault::kHangs}) {
    const bool ada_led = ada->is_leader();
    const std::string leader = ada_led ? "ada" : "bob";
    server.set_fault(leader, fault);
    if (fault == LeaseServer::Fault::kForgetsAnswer) {
      // It renews and does not know: it leads no more, and nobody else does.
      EXPECT_TRUE(eventually([&] { return !(ada_led ? ada : bob)->is_leader(); }));
    } else {
      EXPECT_TRUE(eventually([&] { return (ada_led ? bob : ada)->is_leader(); })) << leader;
    }
    server.set_fault(leader, LeaseServer::Fault::kNone);
    EXPECT_TRUE(eventually([&] { return ada->is_leader() || bob->is_leader(); }));
  }
  done = true;
  judge.join();
  EXPECT_EQ(both, 0);
}

TEST(Election, ALeaseTakenByHandIsLost) {
  LeaseServer server;
  Counts counts;
  const auto ada = start(server, settings_for("ada"), counts.events());
  ASSERT_TRUE(eventually([&] { return ada->is_leader(); }));
  server.write_by_hand({.holder = "admin", .duration_seconds = 3600});
  EXPECT_TRUE(eventually([&] { return counts.lost == 1; }));
  EXPECT_FALSE(ada->is_leader());
  EXPECT_TRUE(eventually([&] { return ada->holder() == "admin"; }));
}

TEST(Election, SettingsThatCannotWorkAreRefused) {
  LeaseServer server;
  const auto field_at_fault = [&](ElectionSettings settings) {
    const auto election =
        LeaderElection::start(server.factory("ada"), std::move(settings), {}, Log::silent());
    return election ? std::string() : election.error().fields.at(0).field;
  };
  auto nameless = settings_for("");
  EXPECT_EQ(field_at_fault(nameless), "identity");
  auto too_short = settings_for("ada");
  too_short.lease_duration = 500ms;
  EXPECT_EQ(field_at_fault(too_short), "lease_duration");
  auto inverted = settings_for("ada");
  inverted.renew_deadline = inverted.lease_duration;
  EXPECT_EQ(field_at_fault(inverted), "renew_deadline");
  auto impatient = settings_for("ada");
  impatient.retry_period = impatient.renew_deadline;
  EXPECT_EQ(field_at_fault(impatient), "renew_deadline");
}

}  // namespace
}  // namespace berth::kube
