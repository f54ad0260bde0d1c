// berth dev, with a stand-in for oc.
#include "cli/dev.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/temporary_folder_for_test.hpp"
#include "cli/dev_plan.hpp"
#include "cli/output.hpp"

namespace berth::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> texts(const std::vector<Words>& lines) {
  std::vector<std::string> all;
  for (const auto& line : lines) all.push_back(typed(line));
  return all;
}

TEST(DevPlan, BuildsWritesDownAndApplies) {
  EXPECT_EQ(texts(lines_of({.checkout = "/src"})),
            (std::vector<std::string>{"/src/images/build-in-cluster berth",
                                      "oc apply -k /src/deploy/overlays/openshift"}));
  EXPECT_EQ(
      texts(lines_of({.checkout = "/my src",
                      .images = {"berth", "workspace"},
                      .overlay = "openshift-ha",
                      .wait = true,
                      .restart = true})),
      (std::vector<std::string>{
          "'/my src/images/build-in-cluster' berth workspace",
          "oc apply -k '/my src/deploy/overlays/openshift-ha'",
          "oc rollout restart --namespace berth-system deployment/berth-portal deployment/berth-reconciler",
          "oc rollout status --namespace berth-system deployment/berth-portal --timeout=600s",
          "oc rollout status --namespace berth-system deployment/berth-reconciler --timeout=600s"}));
}

TEST(DevPlan, GoesBack) {
  EXPECT_EQ(
      texts(rollback_lines(false)),
      (std::vector<std::string>{"oc rollout undo --namespace berth-system deployment/berth-portal",
                                "oc rollout undo --namespace berth-system deployment/berth-reconciler"}));
  EXPECT_EQ(rollback_lines(true).size(), 4U);
}

TEST(DevPlan, AWordIsTypedSoThatAShellReadsItAsOne) {
  EXPECT_EQ(typed({"a", "", "b c", "it's", "$HOME", "x=1"}), R"(a '' 'b c' 'it'\''s' '$HOME' x=1)");
}

/// A checkout with a script of the same name, and an `oc`, each of which writes down what it is asked.
class Dev : public testing::Test {
 protected:
  Dev() {
    fs::create_directories(folder_ / "checkout/deploy/overlays/openshift");
    fs::create_directories(folder_ / "checkout/images");
    fs::create_directories(folder_ / "bin");
    write("checkout/images/build-in-cluster", "echo \"script $*\" >>\"$SAID\"; exit ${SCRIPT_ENDS:-0}");
    write("bin/oc",
          "echo \"oc $*\" >>\"$SAID\"; [ \"$1\" != whoami ] || exit ${WHOAMI_ENDS:-0}; [ \"$1\" != "
          "\"$FAILS_AT\" ] || exit 3");
    path_ = std::string(::getenv("PATH"));
    set("PATH", (folder_ / "bin").string() + ":" + path_);
    set("SAID", (folder_ / "said").string());
    set("FAILS_AT", "nothing");
  }
  ~Dev() override {
    set("PATH", path_);
    for (const auto* name : {"SAID", "FAILS_AT", "SCRIPT_ENDS", "WHOAMI_ENDS"}) ::unsetenv(name);
  }

  static void set(const std::string& name, const std::string& value) {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  void write(const std::string& name, const std::string& body) const {
    std::ofstream(folder_ / name) << "#!/bin/sh\n" << body << "\n";
    fs::permissions(folder_ / name, fs::perms::owner_all);
  }

  /// The exit code; what was written to each stream is kept.
  int run(std::vector<std::string> words) {
    CLI::App app;
    const DevCommands dev(app);
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    app.parse(reversed);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = dev.run().value_or(-1);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }
  std::string said() const {
    std::ifstream in(folder_ / "said");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string checkout() const { return (folder_ / "checkout").string(); }

  const TemporaryFolder folder_;
  std::string path_, out_, err_;
};

TEST_F(Dev, BuildAsksTheClusterOneStepAfterTheOther) {
  EXPECT_EQ(run({"dev", "build", "--source", checkout() + "/deploy", "--image", "berth", "--image",
                 "workspace", "--wait"}),
            kOk)
      << err_;
  EXPECT_EQ(said(),
            "oc whoami\nscript berth workspace\noc apply -k " + checkout() +
                "/deploy/overlays/openshift\n"
                "oc rollout status --namespace berth-system deployment/berth-portal --timeout=600s\n"
                "oc rollout status --namespace berth-system deployment/berth-reconciler --timeout=600s\n");
  EXPECT_NE(err_.find("+ oc apply -k"), std::string::npos) << "each line is told before it runs";
  EXPECT_NE(err_.find("once the pool file names it"), std::string::npos);
}

TEST_F(Dev, BuildTakesThePlatformsImageWhereNoneIsNamed) {
  EXPECT_EQ(run({"dev", "build", "--source", checkout()}), kOk) << err_;
  EXPECT_EQ(said(), "oc whoami\nscript berth\noc apply -k " + checkout() + "/deploy/overlays/openshift\n");
}

TEST_F(Dev, WhatFailsEndsItAndIsNamed) {
  set("SCRIPT_ENDS", "1");
  EXPECT_EQ(run({"dev", "build", "--source", checkout()}), kFailed);
  EXPECT_EQ(said(), "oc whoami\nscript berth\n");
  EXPECT_NE(err_.find("images/build-in-cluster berth ended with 1"), std::string::npos) << err_;
  set("FAILS_AT", "rollout");
  EXPECT_EQ(run({"dev", "rollback"}), kFailed);
  EXPECT_NE(err_.find("deployment/berth-portal ended with 3; what comes after it was left"),
            std::string::npos)
      << err_;
}

TEST_F(Dev, WithoutOcOrWithoutAClusterNothingIsDone) {
  set("WHOAMI_ENDS", "1");
  EXPECT_EQ(run({"dev", "build", "--source", checkout()}), kNotAllowed);
  EXPECT_NE(err_.find("oc is not signed in"), std::string::npos) << err_;
  EXPECT_EQ(said(), "oc whoami\n");
  fs::remove(folder_ / "bin/oc");
  set("PATH", (folder_ / "bin").string());
  EXPECT_EQ(run({"dev", "rollback"}), kUnreachable);
  EXPECT_NE(err_.find("oc is missing"), std::string::npos) << err_;
  EXPECT_EQ(said(), "oc whoami\n");
}

TEST_F(Dev, ADryRunPrintsTheLinesAndAsksNobody) {
  EXPECT_EQ(run({"dev", "build", "--source", checkout(), "--restart", "--dry-run"}), kOk);
  EXPECT_EQ(out_, checkout() + "/images/build-in-cluster berth\noc apply -k " + checkout() +
                      "/deploy/overlays/openshift\n"
                      "oc rollout restart --namespace berth-system deployment/berth-portal "
                      "deployment/berth-reconciler\n");
  EXPECT_EQ(run({"dev", "rollback", "--dry-run"}), kOk);
  EXPECT_EQ(said(), "");
}

TEST_F(Dev, OutsideOfACheckoutItSaysWhatIsMissing) {
  EXPECT_EQ(run({"dev", "build", "--source", folder_.string()}), kUsage);
  EXPECT_NE(err_.find("is not in a checkout of Berth"), std::string::npos) << err_;
  EXPECT_EQ(run({"dev", "build", "--source", checkout(), "--overlay", "nowhere"}), kUsage);
  EXPECT_NE(err_.find("deploy/overlays/nowhere"), std::string::npos) << err_;
  EXPECT_THROW(run({"dev", "build", "--image", "other"}), CLI::ParseError);
}

}  // namespace
}  // namespace berth::cli
