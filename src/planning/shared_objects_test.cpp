#include "planning/shared_objects.hpp"

#include <gtest/gtest.h>

namespace berth::planning {
namespace {

using Standing = SharedObject::Standing;

SharedObject shared(const std::string& kind, Standing standing, std::string detail = "") {
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
  EXPECT_TRUE(holds_up_starts(shared("ValidatingAdmissionPolicy", Standing::kMissing)));
  EXPECT_TRUE(holds_up_starts(shared("ValidatingAdmissionPolicyBinding", Standing::kMissing)));
  EXPECT_TRUE(holds_up_starts(shared("ClusterRole", Standing::kMissing)));
  EXPECT_FALSE(holds_up_starts(shared("MutatingAdmissionPolicy", Standing::kMissing)));
  EXPECT_FALSE(holds_up_starts(shared("MutatingAdmissionPolicyBinding", Standing::kMissing)));
}

TEST(SharedObject, OneThatAnAdminKeepsOtherwiseHoldsUpNothing) {
  EXPECT_FALSE(holds_up_starts(shared("ValidatingAdmissionPolicy", Standing::kDiffers)));
  EXPECT_FALSE(holds_up_starts(shared("ValidatingAdmissionPolicy", Standing::kKept)));
  EXPECT_FALSE(holds_up_starts(shared("ValidatingAdmissionPolicy", Standing::kWritten)));
}

TEST(SharedObject, OneThatStaysOpenHoldsUpStartsWhoeverKeepsItSo) {
  for (const auto standing : {Standing::kDiffers, Standing::kKept}) {
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
  EXPECT_TRUE(holds_up_starts(shared("ValidatingAdmissionPolicy", Standing::kFailed)));
  EXPECT_TRUE(holds_up_starts(shared("MutatingAdmissionPolicy", Standing::kFailed)));
}

TEST(SharedFindings, SayWhichObjectAndWhere) {
  EXPECT_EQ(told(plan_shared_findings({shared("ValidatingAdmissionPolicy", Standing::kDiffers,
                                              "spec.failurePolicy is Ignore instead of Fail"),
                                       shared("ClusterRole", Standing::kMissing)},
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
  const auto differs = shared("ValidatingAdmissionPolicy", Standing::kDiffers, "spec.a is 1 instead of 2");
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
  EXPECT_EQ(told(plan_shared_findings({shared("ValidatingAdmissionPolicy", Standing::kWritten)}, open, {})),
            (Lines{"resolve shared_object_differs policies/berth-x"}));
  const auto missing =
      told(plan_shared_findings({shared("ValidatingAdmissionPolicy", Standing::kMissing)}, open, {}));
  ASSERT_EQ(missing.size(), 2U);
  EXPECT_EQ(missing[0], "resolve shared_object_differs policies/berth-x");
  EXPECT_TRUE(missing[1].starts_with("shared_object_missing policies/berth-x")) << missing[1];
}

TEST(SharedFindings, SayThatWhatStaysOtherwiseWasWritten) {
  const auto all = told(plan_shared_findings(
      {shared("ValidatingAdmissionPolicy", Standing::kKept, "spec.a is 1 instead of 2 (field manager eve)")},
      {}, {}));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].starts_with("shared_object_differs policies/berth-x: ")) << all[0];
  EXPECT_NE(all[0].find("the cluster keeps it so whatever the reconciler writes: spec.a is 1 instead of 2 "
                        "(field manager eve)."),
            std::string::npos)
      << all[0];
}

TEST(SharedFindings, StayWhileNothingIsKnown) {
  EXPECT_EQ(told(plan_shared_findings({shared("ValidatingAdmissionPolicy", Standing::kFailed, "no answer")},
                                      {{"shared_object_differs", "policies/berth-x"}}, {})),
            Lines{});
}

}  // namespace
}  // namespace berth::planning
