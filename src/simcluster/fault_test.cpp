#include "simcluster/fault.hpp"

#include <gtest/gtest.h>

namespace berth::simcluster {
namespace {

Fault on(std::string verb, std::string resource, std::string ns = "", std::string name = "", int times = 1) {
  Fault fault;
  fault.verb = std::move(verb);
  fault.resource = std::move(resource);
  fault.ns = std::move(ns);
  fault.name = std::move(name);
  fault.times = times;
  return fault;
}

TEST(Faults, MeetMatchingRequestsAsOftenAsTheyShould) {
  Faults faults;
  ASSERT_TRUE(faults.add(on("create", "pods", "lab-*", "", 2)));
  EXPECT_TRUE(faults.take("create", "services", "lab-1", "a").empty());
  EXPECT_TRUE(faults.take("create", "pods", "other", "a").empty());
  EXPECT_EQ(faults.take("create", "pods", "lab-1", "a").size(), 1U);
  EXPECT_EQ(faults.take("create", "pods", "lab-2", "a").size(), 1U);
  EXPECT_TRUE(faults.take("create", "pods", "lab-3", "a").empty());
  EXPECT_TRUE(faults.all().empty());
}

TEST(Faults, LastUntilTheyAreTakenOut) {
  Faults faults;
  auto fault = on("", "", "lab", "ws-*");
  fault.kind = FaultKind::kPodNeverReady;
  const auto id = faults.add(fault);
  ASSERT_TRUE(id);
  EXPECT_TRUE(faults.take("get", "pods", "lab", "ws-1").empty());
  EXPECT_TRUE(faults.lasting(FaultKind::kPodNeverReady, "lab", "ws-1"));
  EXPECT_FALSE(faults.lasting(FaultKind::kPodNeverReady, "lab", "other"));
  EXPECT_FALSE(faults.lasting(FaultKind::kPodStuck, "lab", "ws-1"));
  EXPECT_TRUE(faults.remove(*id));
  EXPECT_FALSE(faults.remove(*id));
  EXPECT_FALSE(faults.lasting(FaultKind::kPodNeverReady, "lab", "ws-1"));
}

TEST(Faults, SurviveTheirTextForm) {
  const auto fault = fault_from_json(json::parse(
      R"({"kind":"status","verb":"apply","resource":"secrets","namespace":"lab","name":"x*","times":-1,"code":429,"reason":"TooManyRequests","message":"m","retry_after_seconds":3,"latency_ms":20})"));
  ASSERT_TRUE(fault);
  const auto text = fault_to_json(5, *fault);
  EXPECT_EQ(
      json::value(text),
      json::parse(
          R"({"id":5,"kind":"status","verb":"apply","resource":"secrets","namespace":"lab","name":"x*","times":-1,"code":429,"reason":"TooManyRequests","message":"m","retry_after_seconds":3,"latency_ms":20})"));
}

TEST(Faults, ThatCannotBeAreRefusedWithTheirField) {
  const auto field = [](const char* text) {
    const auto fault = fault_from_json(json::parse(text));
    return fault || fault.error().fields.empty() ? "" : fault.error().fields[0].field;
  };
  EXPECT_EQ(field(R"({"kind":"earthquake"})"), "kind");
  EXPECT_EQ(field(R"({"kind":"status","times":0})"), "times");
  EXPECT_EQ(field(R"({"kind":"status","code":200})"), "code");
  EXPECT_EQ(field(R"({"kind":"latency","latency_ms":999999})"), "latency_ms");
  EXPECT_EQ(field(R"({"kind":"latency","delay":1})"), "delay");
}

}  // namespace
}  // namespace berth::simcluster
