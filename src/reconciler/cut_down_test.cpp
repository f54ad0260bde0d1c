#include "reconciler/cut_down.hpp"

#include <gtest/gtest.h>

#include <string>

#include "manifests/manifests.hpp"
#include "reconciler/pod_digest.hpp"

namespace berth::reconciler {
namespace {

constexpr std::size_t kMega = 1'000'000;
constexpr std::size_t kSmall = 2'000;

json::value config_map(const std::string& value, bool guard) {
  json::object labels{{"berth.dev/installation", "11111111-1111-4111-8111-111111111111"}};
  if (guard) labels.emplace(manifests::kGuardLabel, "true");
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata",
           {{"name", "berth-session"},
            {"namespace", "berth-s-1"},
            {"uid", "u"},
            {"resourceVersion", "7"},
            {"labels", labels},
            {"annotations", {{"note", std::string(200'000, 'n')}}}}},
          {"data", {{"mode", "interactive_ml"}, {"long", value}}}};
}

json::value kept(const std::string& plural, json::value object) {
  cut_down(plural, object);
  return object;
}

std::size_t size_of(const json::value& object) {
  return json::serialize(object).size();
}

TEST(CutDown, OfAConfigMapOrSecretThatFencesNothingOnlyTheMetadataIsKept) {
  for (const auto* plural : {"configmaps", "secrets"}) {
    const auto object = kept(plural, config_map(std::string(kMega, 'x'), false));
    EXPECT_LT(size_of(object), kSmall);
    EXPECT_EQ(string_at(object, {"metadata", "name"}), "berth-session");
    EXPECT_EQ(string_at(object, {"metadata", "resourceVersion"}), "7");
    EXPECT_EQ(find(object, {"data"}), nullptr);
  }
}

TEST(CutDown, WhatDriftedInAGuardIsSeenWithoutItsValues) {
  auto wanted = config_map(std::string(kMega, 'x'), true);
  wanted.at("metadata").as_object().erase("annotations");
  auto there = wanted;
  const auto same = kept("configmaps", there);
  EXPECT_LT(size_of(same), kSmall);
  EXPECT_TRUE(manifests::matches(wanted, same));

  there.at("data").as_object()["long"] = std::string(kMega - 1, 'x') + 'y';
  EXPECT_FALSE(manifests::matches(wanted, kept("configmaps", there))) << "one byte of a long value";
  there = wanted;
  there.at("data").as_object()["mode"] = "other";
  EXPECT_FALSE(manifests::matches(wanted, kept("configmaps", there))) << "a short value";
  there = wanted;
  there.at("data").as_object().erase("long");
  EXPECT_FALSE(manifests::matches(wanted, kept("configmaps", there))) << "a value that is gone";
}

TEST(CutDown, OfAPodStaysWhatItsDigestIsMadeFrom) {
  const json::value pod = {
      {"metadata",
       {{"name", "p"},
        {"namespace", "n"},
        {"uid", "u"},
        {"resourceVersion", "7"},
        {"deletionTimestamp", "2026-01-01T00:00:00Z"},
        {"annotations", {{"note", std::string(200'000, 'n')}}},
        {"labels",
         {{"berth.dev/session", "s"}, {"app.kubernetes.io/name", "workspace"}, {"other", "label"}}}}},
      {"spec",
       {{"nodeName", "gpu1"},
        {"volumes", json::array{{{"name", "v"}}}},
        {"initContainers", json::array{{{"name", "i"},
                                        {"restartPolicy", "Always"},
                                        {"resources", {{"limits", {{"nvidia.com/gpu", "1"}}}}}}}},
        {"containers", json::array{{{"name", "c"},
                                    {"env", json::array{{{"name", "A"}, {"value", std::string(kMega, 'x')}}}},
                                    {"resources", {{"limits", {{"nvidia.com/gpu", "2"}}}}}}}}}},
      {"status",
       {{"phase", "Running"},
        {"conditions", json::array{{{"type", "Ready"}, {"status", "True"}}}},
        {"containerStatuses",
         json::array{{{"name", "c"},
                      {"imageID", "i"},
                      {"state", {{"waiting", {{"reason", "CrashLoopBackOff"}, {"message", "again"}}}}},
                      {"lastState", {{"terminated", {{"reason", "OOMKilled"}}}}}}}}}}};
  const auto small = kept("pods", pod);
  EXPECT_LT(size_of(small), kSmall);
  EXPECT_EQ(string_at(small, {"metadata", "uid"}), "u");
  const auto whole = digest_pod(pod);
  const auto seen = digest_pod(small);
  EXPECT_EQ(seen.app, "workspace");
  EXPECT_EQ(seen.gpus.at("nvidia.com/gpu"), 3);
  EXPECT_FALSE(seen.trouble.empty());
  EXPECT_EQ(seen.trouble, whole.trouble);
  EXPECT_EQ(seen.raw_trouble, whole.raw_trouble);
  EXPECT_EQ(seen.gpus, whole.gpus);
  EXPECT_EQ(
      std::tie(seen.namespace_name, seen.name, seen.node, seen.app, seen.running, seen.ready, seen.deleting),
      std::tie(whole.namespace_name, whole.name, whole.node, whole.app, whole.running, whole.ready,
               whole.deleting));
}

TEST(CutDown, WhyANodeRefusedAPodStays) {
  const json::value pod = {
      {"metadata",
       {{"name", "p"},
        {"namespace", "n"},
        {"labels", {{"berth.dev/session", "s"}, {"app.kubernetes.io/name", "workspace"}}}}},
      {"status", {{"phase", "Failed"}, {"reason", "UnexpectedAdmissionError"}, {"message", "GPU is lost"}}}};
  const auto seen = digest_pod(kept("pods", pod));
  EXPECT_NE(seen.trouble.find("GPU is lost"), std::string::npos) << seen.trouble;
  EXPECT_EQ(seen.trouble, digest_pod(pod).trouble);
}

TEST(CutDown, OfANodeTheImagesAreLeftOut) {
  const auto node = kept(
      "nodes",
      {{"metadata", {{"name", "n"}}},
       {"status",
        {{"images", json::array{std::string(kMega, 'x')}}, {"allocatable", {{"nvidia.com/gpu", "4"}}}}}});
  EXPECT_LT(size_of(node), kSmall);
  EXPECT_EQ(string_at(node, {"status", "allocatable", "nvidia.com/gpu"}), "4");
}

TEST(CutDown, OfWhatAWorkspaceSaysTwoShortTextsAreKept) {
  json::value said = config_map("", false);
  auto& data = said.at("data").as_object();
  data["extend.json"] = "{}";
  data["more"] = std::string(kMega, 'm');
  said.as_object()["binaryData"] = json::object{{"extend.json", std::string(kMega, 'b')}};
  cut_down_said(said);
  EXPECT_EQ(said.at("data"), (json::value{{"extend.json", "{}"}}));
  EXPECT_EQ(string_at(said, {"metadata", "resourceVersion"}), "7");
  EXPECT_LT(size_of(said), 300U);

  for (const json::value& other :
       {json::value(std::string(kMega, 'x')), json::value(5), json::value(json::object{}), json::value("")}) {
    said = config_map("", false);
    said.at("data").as_object()["extend.json"] = other;
    cut_down_said(said);
    EXPECT_EQ(find(said, {"data"}), nullptr);
  }
  // A text that is none does not take the other with it.
  for (const auto* long_one : {"extend.json", "activity.json"}) {
    said = config_map("", false);
    auto& texts = said.at("data").as_object();
    for (const auto* name : {"extend.json", "activity.json"}) texts[name] = "{}";
    texts[long_one] = std::string(257, ' ');
    cut_down_said(said);
    const auto* other = std::string_view(long_one) == "extend.json" ? "activity.json" : "extend.json";
    EXPECT_EQ(said.at("data"), (json::value{{other, "{}"}}));
  }
  for (auto odd :
       {json::value(nullptr), json::value(json::array{}), json::value{{"metadata", 5}, {"data", 5}}})
    cut_down_said(odd);  // and lives
}

}  // namespace
}  // namespace berth::reconciler
