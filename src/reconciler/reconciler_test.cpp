// The role as a whole: once, run, plan, taking over.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "reconciler/test_role.hpp"

namespace berth::reconciler {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

using ReconcilerTest = RoleTest;

TEST_F(ReconcilerTest, OnceBringsUpAndTakesAwayAndGivesTheLeadBack) {
  const auto id = book_now();
  must(make()->once({}));
  EXPECT_EQ(phase(id), "Ready");
  EXPECT_EQ(session_namespaces().size(), 1U);

  end(id);
  const auto begun = std::chrono::steady_clock::now();
  must(make()->once({}));
  // Had the first not given its lead back, this one would have waited for the Lease to run out.
  fmt::print("the second took {} ms\n", (std::chrono::steady_clock::now() - begun) / 1ms);
  EXPECT_EQ(phase(id), "Gone");
  EXPECT_THAT(session_namespaces(), IsEmpty());
  EXPECT_EQ(epoch(), 2);
}

TEST_F(ReconcilerTest, OnceDoesNotTakeTheLeadFromOneThatHasIt) {
  const Running other(make());
  ASSERT_TRUE(comes_true([&] { return epoch() == 1; }));
  const auto done = make()->once({});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kConflict);
  EXPECT_THAT(done.error().message, HasSubstr("another reconciler leads"));
  EXPECT_EQ(epoch(), 1);
}

TEST_F(ReconcilerTest, OnceStopsWhereAnotherTakesTheLeadMeanwhile) {
  simcluster::Fault slow;
  slow.kind = simcluster::FaultKind::kLatency;
  slow.verb = "create";
  slow.resource = "namespaces";
  slow.times = 1;
  slow.latency = 5s;  // for this thread to look and to write meanwhile, on a machine that is busy elsewhere
  must(cluster_->add_fault(slow));
  const auto id = book_now();
  const auto reconciler = make();
  auto done = std::async(std::launch::async, [&] { return reconciler->once({}); });
  ASSERT_TRUE(comes_true([&] { return phase(id) == "Starting"; }));
  must(owner_.run("UPDATE berth.leader SET epoch = epoch + 1, holder = 'another'"));
  const auto ended = done.get();
  ASSERT_FALSE(ended) << "what it meant to do is not done";
  EXPECT_THAT(ended.error().message, HasSubstr("epoch 1 of cluster default is over"));
  EXPECT_EQ(phase(id), "Starting");
}

TEST_F(ReconcilerTest, OneThatStandsBySaysForWhom) {
  const Running other(make());
  ASSERT_TRUE(comes_true([&] { return epoch() == 1; }));
  const auto path = testing::TempDir() + "/berth-standby-" + std::to_string(::getpid());
  const auto log = [&] {
    std::ifstream file(path);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  {
    const Running second(
        must(Reconciler::create(settings(), clients(), Log::to_file("reconciler", LogLevel::kInfo, path))));
    EXPECT_TRUE(comes_true([&] { return log().find("standing by") != std::string::npos; }));
    std::this_thread::sleep_for(1s);  // several looks at the lead
  }
  const auto text = log();
  EXPECT_EQ(text.find("standing by"), text.rfind("standing by")) << "told once: " << text;
  EXPECT_THAT(text, HasSubstr("\"leader\":\""));
  std::filesystem::remove(path);
}

TEST_F(ReconcilerTest, RunHearsOfBookingsAndOfEnds) {
  Running reconciler(make());
  ASSERT_TRUE(comes_true([&] { return epoch() == 1; }));
  const auto id = book_now();
  EXPECT_TRUE(comes_true([&] { return phase(id) == "Ready"; })) << phase(id);
  end(id);
  EXPECT_TRUE(comes_true([&] { return phase(id) == "Gone"; })) << phase(id);
  EXPECT_THAT(session_namespaces(), IsEmpty());
  EXPECT_TRUE(reconciler.stop());
}

TEST_F(ReconcilerTest, AnotherTakesOverWhatOneLeaves) {
  Running first(make());
  ASSERT_TRUE(comes_true([&] { return epoch() == 1; }));
  const Running second(make());
  must(first.stop());
  const auto id = book_now();
  EXPECT_TRUE(comes_true([&] { return phase(id) == "Ready"; })) << phase(id);
  EXPECT_EQ(epoch(), 2);
}

TEST_F(ReconcilerTest, RunOutlivesADatabaseThatHangsUp) {
  const Running reconciler(make());
  ASSERT_TRUE(comes_true([&] { return epoch() == 1; }));
  must(
      owner_.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                 " AND usename = 'test_reconciler'"));
  const auto id = book_now();
  EXPECT_TRUE(comes_true([&] { return phase(id) == "Ready"; })) << phase(id);
}

TEST_F(ReconcilerTest, AStopIsHeardWhileTheClusterHangsBeforeItHasBeenListed) {
  simcluster::Fault hangs;
  hangs.kind = simcluster::FaultKind::kLatency;
  hangs.verb = "list";
  hangs.times = -1;
  hangs.latency = simcluster::Faults::kMaxLatency;
  must(cluster_->add_fault(hangs));
  Running reconciler(make());
  std::this_thread::sleep_for(100ms);  // not needed to hold, only to meet it in its wait
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(reconciler.stop());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s) << "lists have 30 s by themselves";
}

TEST_F(ReconcilerTest, PlanSaysWhatHoldsUpStartsAsTheLeaderTellsIt) {
  must(make()->once({}));
  const kube::ObjectRef binding{kube::resources::validating_admission_policy_bindings(), "", "berth-pods"};
  auto client = clients().client();
  must(client.merge_patch(binding, {{"spec", {{"validationActions", json::array{"Audit"}}}}}, {}));
  const auto id = book_now();
  must(owner_.run("UPDATE berth.heartbeat SET starts_wait = 'A fence is open.'"));
  EXPECT_THAT(must(make()->plan_lines()),
              Contains(AllOf(HasSubstr("reservation " + id.value + ": nothing to do now"),
                             HasSubstr("Nothing is started on this cluster: A fence is open."))));
}

TEST_F(ReconcilerTest, PlanSaysWhatWouldBeDoneAndDoesNothing) {
  const auto id = book_now();
  const auto before = cluster_->counts();
  const auto lines = must(make()->plan_lines());
  EXPECT_THAT(lines, Not(IsEmpty()));
  EXPECT_EQ(cluster_->counts().writes, before.writes);
  EXPECT_EQ(phase(id), "");
  EXPECT_EQ(epoch(), 0);
}

TEST_F(ReconcilerTest, AClusterThatIsNotDeclaredIsRefused) {
  const auto id = book_now();
  must(make()->once({}));
  auto wrong = settings();
  wrong.cluster = "elsewhere";
  const auto made = Reconciler::create(wrong, clients(), Log::silent());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().slug, kUnknownCluster);
  EXPECT_EQ(made.error().fields,
            (std::vector<FieldError>{{"cluster", "elsewhere", "one of default", made.error().message}}));
  EXPECT_EQ(phase(id), "Ready");
}

TEST_F(ReconcilerTest, AClusterThatDoesNotAnswerIsNoCluster) {
  const auto away = clients();
  must(cluster_->stop());
  const auto made = Reconciler::create(settings(), away, Log::silent());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kUnavailable);
  EXPECT_THAT(made.error().message, HasSubstr("ask the cluster what it serves"));
}

}  // namespace
}  // namespace berth::reconciler
