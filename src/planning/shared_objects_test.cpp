#include "planning/shared_objects.hpp"

#include <gtest/gtest.h>

namespace berth::planning {
namespace {

using SharedStanding = SharedObject::Standing;

SharedObject shared(const std::string& kind, SharedStanding standing, std::string detail = "") {
  manifests::Object object;
  object.kind.kind = kind;
  object.kind.plural = kind == "ClusterRole" ? "clusterroles" : "policies";
  object.name = "berth-x";
  return {std::move(object), standing, std::move(detail)};
}

std::vector<std::string> told(const std::vector<SweepAction>& actions) {
  std::vector<std::string> lines;
  for (const auto& action : actions) {
    if (const auto* it = std::get_if<ReportFinding>(&action)) {
      lines.push_back(it->kind + " " + it->object + ": " + it->detail + " | " + it->planned_action);
    } else if (const auto* gone = std::get_if<ResolveFinding>(&action)) {
      lines.push_back("resolve " + gone->kind + " " + gone->object);
    } else {
      lines.emplace_back("something else");
    }
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(SharedObject, OneThatIsMissingHoldsUpStartsWhereItFences) {
  EXPECT_TRUE(holds_up_starts(shared("ValidatingAdmissionPolicy", SharedStanding::kMissing)));
  EXPECT_TRUE(holds_up_starts(shared("ValidatingAdmissionPolicyBinding", SharedStanding::kMissing)));
  EXPECT_TRUE(holds_up_starts(shared("ClusterRole", SharedStanding::kMissing)));
  EXPECT_FALSE(holds_up_starts(shared("MutatingAdmissionPolicy", SharedStanding::kMissing)));
  EXPECT_FALSE(holds_up_starts(shared("MutatingAdmissionPolicyBinding", SharedStanding::kMissing)));
}

TEST(SharedObject, OneThatAnAdminKeepsOtherwiseHoldsUpNothing) {
  EXPECT_FALSE(holds_up_starts(shared("ValidatingAdmissionPolicy", SharedStanding::kDiffers)));
  EXPECT_FALSE(holds_up_starts(shared("ValidatingAdmissionPolicy", SharedStanding::kKept)));
  EXPECT_FALSE(holds_up_starts(shared("ValidatingAdmissionPolicy", SharedStanding::kWritten)));
}

TEST(SharedObject, OneThatStaysOpenHoldsUpStartsWhoeverKeepsItSo) {
  for (const auto standing : {SharedStanding::kDiffers, SharedStanding::kKept}) {
    auto binding = shared("ValidatingAdmissionPolicyBinding", standing, "spec.x is 1 instead of 2");
    EXPECT_FALSE(holds_up_starts(binding));
    binding.open = true;
    EXPECT_TRUE(holds_up_starts(binding));
    EXPECT_NE(describe(binding).find("does not fence sessions as this version of Berth has it"),
              std::string::npos)
        << describe(binding);
    const auto all = told(plan_shared_findings({binding}, {}, {}));
    ASSERT_EQ(all.size(), 1U);
    EXPECT_NE(all[0].find("| No session starts until it is put right. "), std::string::npos) << all[0];
  }
}

TEST(SharedObject, OneOfWhichNothingIsKnownHoldsUpStarts) {
  EXPECT_TRUE(holds_up_starts(shared("ValidatingAdmissionPolicy", SharedStanding::kFailed)));
  EXPECT_TRUE(holds_up_starts(shared("MutatingAdmissionPolicy", SharedStanding::kFailed)));
}

TEST(SharedFindings, SayWhichObjectAndWhere) {
  EXPECT_EQ(told(plan_shared_findings({shared("ValidatingAdmissionPolicy", SharedStanding::kDiffers,
                                              "spec.failurePolicy is Ignore instead of Fail"),
                                       shared("ClusterRole", SharedStanding::kMissing)},
                                      {}, {})),
            (Lines{"shared_object_differs policies/berth-x: ValidatingAdmissionPolicy berth-x is not as this "
                   "version of "
                   "Berth has it, and the reconciler may not write it: spec.failurePolicy is Ignore instead "
                   "of Fail. | "
                   "Install it from this version's deploy/, or let the reconciler write it.",
                   "shared_object_missing clusterroles/berth-x: ClusterRole berth-x is missing, and the "
                   "reconciler may "
                   "not write it. | No session starts until it is there. Install it from this version's "
                   "deploy/, or let "
                   "the reconciler write it."}));
}

TEST(SharedFindings, AreToldOnceAndAgainOnlyWhereItDiffersElsewhere) {
  const auto differs =
      shared("ValidatingAdmissionPolicy", SharedStanding::kDiffers, "spec.a is 1 instead of 2");
  const std::vector<OpenFinding> open{{"shared_object_differs", "policies/berth-x"}};
  EXPECT_EQ(told(plan_shared_findings({differs}, open, {{"policies/berth-x", describe(differs)}})), Lines{});
  EXPECT_EQ(told(plan_shared_findings({differs}, open, {})), Lines{})
      << "a new leader does not know what was told";
  const auto again = told(plan_shared_findings({differs}, open, {{"policies/berth-x", "it was spec.b"}}));
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0], "resolve shared_object_differs policies/berth-x");
}

TEST(SharedFindings, EndWhenTheObjectIsAsWantedOrMissingInsteadOfOther) {
  const std::vector<OpenFinding> open{{"shared_object_differs", "policies/berth-x"},
                                      {"left_over_grant", "x/y"}};
  EXPECT_EQ(told(plan_shared_findings({}, open, {})),
            (Lines{"resolve shared_object_differs policies/berth-x"}))
      << "and none of others";
  EXPECT_EQ(
      told(plan_shared_findings({shared("ValidatingAdmissionPolicy", SharedStanding::kWritten)}, open, {})),
      (Lines{"resolve shared_object_differs policies/berth-x"}));
  const auto missing =
      told(plan_shared_findings({shared("ValidatingAdmissionPolicy", SharedStanding::kMissing)}, open, {}));
  ASSERT_EQ(missing.size(), 2U);
  EXPECT_EQ(missing[0], "resolve shared_object_differs policies/berth-x");
  EXPECT_TRUE(missing[1].starts_with("shared_object_missing policies/berth-x")) << missing[1];
}

TEST(SharedFindings, SayThatWhatStaysOtherwiseWasWritten) {
  const auto all = told(plan_shared_findings({shared("ValidatingAdmissionPolicy", SharedStanding::kKept,
                                                     "spec.a is 1 instead of 2 (field manager eve)")},
                                             {}, {}));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].starts_with("shared_object_differs policies/berth-x: ")) << all[0];
  EXPECT_NE(all[0].find("the cluster keeps it so whatever the reconciler writes: spec.a is 1 instead of 2 "
                        "(field manager eve)."),
            std::string::npos)
      << all[0];
}

TEST(SharedFindings, StayWhileNothingIsKnown) {
  EXPECT_EQ(
      told(plan_shared_findings({shared("ValidatingAdmissionPolicy", SharedStanding::kFailed, "no answer")},
                                {{"shared_object_differs", "policies/berth-x"}}, {})),
      Lines{});
}

}  // namespace
}  // namespace berth::planning
