#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poolfile/lab_file.hpp"
#include "poolfile/node_labels.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::poolfile {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

/// The lab pool with one part changed; parts are named as in JSON pointers.
std::vector<FieldError> faults_with(const std::string& pointer, json::value value) {
  auto document = lab_document();
  put(document, pointer, std::move(value));
  const auto pool = parse_pool(document);
  return pool ? std::vector<FieldError>{} : pool.error().fields;
}

std::vector<std::string> fields_of(const std::vector<FieldError>& faults) {
  std::vector<std::string> fields;
  for (const auto& fault : faults) fields.push_back(fault.field);
  return fields;
}

TEST(PoolFile, TheReferencePoolIsReadWhole) {
  const auto pool = parse_pool(lab_document());
  ASSERT_TRUE(pool) << pool.error().message;
  EXPECT_EQ(pool->name, "lab");
  EXPECT_EQ(pool->policy.step, minutes(30));
  EXPECT_EQ(pool->policy.horizon, hours(24 * 400));
  EXPECT_EQ(pool->cluster, "default");
  EXPECT_EQ(pool->time_zone, "Europe/Berlin");
  ASSERT_EQ(pool->classes.size(), 2U);
  EXPECT_EQ(pool->classes[1].rate.value, 800'000);
  EXPECT_EQ(pool->classes[1].defaults, (Load{{15'000}, {92}, {558}}));
  ASSERT_EQ(pool->nodes.size(), 1U);
  EXPECT_EQ(pool->nodes[0].bookable(), (Load{{122'000}, {740}, {2790}}));
  ASSERT_EQ(pool->units.size(), 5U);
  EXPECT_EQ(pool->units[4].name, "gpu1");
  EXPECT_EQ(pool->units[4].replicas, 4);
  EXPECT_EQ(pool->units[4].node, pool->nodes[0].id);
  EXPECT_EQ(pool->units[4].device_class, pool->classes[0].id);
  ASSERT_EQ(pool->devices.size(), 2U);
  EXPECT_EQ(pool->devices[0],
            (model::Device{{1}, pool->nodes[0].id, "gpu0", "RTX PRO 6000 Blackwell", {95}, 4, false}));
  EXPECT_EQ(pool->units[1].device, pool->devices[0].id);
  EXPECT_EQ(pool->units[1].placement, (model::PlacementRange{1, 2}));
  EXPECT_EQ(pool->units[4].device, pool->devices[1].id);
  EXPECT_EQ(pool->units[4].placement, (model::PlacementRange{0, 4})) << "left out: the whole card";
}

TEST(PoolFile, LabelsOfANodeAreReadBesideThePoolAndPutBack) {
  auto document = lab_document();
  document.at_pointer("/nodes/0").as_object()["labels"] =
      json::array{"nvidia.com/gpu.product=NVIDIA-A30", "kubernetes.io/hostname=gpu-node-1"};
  const auto pool = parse_pool(document);
  ASSERT_TRUE(pool) << pool.error().message;
  const auto labels = node_labels(document);
  EXPECT_EQ(labels,
            (NodeLabels{
                {"gpu-node-1", {"kubernetes.io/hostname=gpu-node-1", "nvidia.com/gpu.product=NVIDIA-A30"}}}));
  auto again = to_json(*pool);
  put_node_labels(again, labels);
  EXPECT_EQ(node_labels(json::value(again)), labels);
  EXPECT_TRUE(node_labels(lab_document()).empty());
}

TEST(PoolFile, ALabelIsOneNameWithItsValueAndToldOnce) {
  for (const auto& wrong : {json::array{"zone"}, json::array{"zone="}, json::array{"zone=a", "zone=b"},
                            json::array{7}, json::array{"a b=c"}, json::array(65, "zone=a")})
    EXPECT_EQ(fields_of(faults_with("/nodes/0/labels", wrong)).front().substr(0, 15), "nodes[0].labels")
        << json::serialize(wrong);
}

/// The lab as pool files told it before units had devices.
json::value lab_without_devices() {
  auto document = lab_document();
  json::array units;
  auto& node = document.at_pointer("/nodes/0").as_object();
  for (const auto& device : node.at("devices").as_array()) {
    for (auto unit : device.at("units").as_array()) {
      unit.as_object().erase("placement");
      units.push_back(std::move(unit));
    }
  }
  node.erase("devices");
  node["units"] = std::move(units);
  return document;
}

TEST(PoolFile, AUnitToldWithoutADeviceIsOneOfItsOwn) {
  const auto pool = parse_pool(lab_without_devices());
  ASSERT_TRUE(pool) << pool.error().message;
  ASSERT_EQ(pool->devices.size(), 5U);
  EXPECT_EQ(pool->devices[0], (model::Device{{1}, pool->nodes[0].id, "gpu0-slice0", "", {23}, 1, false}));
  for (const auto& unit : pool->units) {
    EXPECT_EQ(pool->find_device(unit.device)->name, unit.name);
    EXPECT_EQ(unit.placement, (model::PlacementRange{0, 1}));
  }
  for (const auto& siblings : pool->siblings()) EXPECT_TRUE(siblings.empty());
}

TEST(PoolFile, ANodeMayTellDevicesAndUnitsBothButNoNameTwice) {
  auto document = lab_document();
  const json::object lone{
      {"name", "gpu2"}, {"device_class", "whole-96gb"}, {"resource_name", "nvidia.com/gpu.third"}};
  document.at_pointer("/nodes/0").as_object()["units"] = json::array{lone};
  EXPECT_TRUE(parse_pool(document));
  put(document, "/nodes/0/units/0/name", "gpu0");
  const auto pool = parse_pool(document);
  ASSERT_FALSE(pool);
  EXPECT_EQ(
      pool.error().fields,
      (std::vector<FieldError>{{"nodes[0].units[0].name", "gpu0", "unique", "This name is used twice."}}))
      << "the device that it would be";
}

TEST(PoolFile, UnitsOfTwoLayoutsLieOnOneDeviceAndAreSiblings) {
  auto document = lab_document();
  json::object whole{{"name", "gpu0"}, {"device_class", "whole-96gb"}, {"resource_name", "nvidia.com/gpu.a"}};
  document.at_pointer("/nodes/0/devices/0/units").as_array().push_back(whole);
  const auto pool = parse_pool(document);
  ASSERT_TRUE(pool) << pool.error().message;
  const auto siblings = pool->siblings();
  EXPECT_THAT(siblings[0], ElementsAre(4));
  EXPECT_THAT(siblings[4], ElementsAre(0, 1, 2, 3));
  EXPECT_TRUE(siblings[5].empty());
}

TEST(PoolFile, SiblingsMayShareAResourceNameSinceNoTwoAreClaimedAtOnce) {
  auto document = lab_document();
  json::object half{{"name", "gpu0-half"},
                    {"device_class", "slice-24gb"},
                    {"resource_name", "nvidia.com/mig-1g.24gb"},
                    {"replicas", 2},
                    {"placement", json::array{0, 2}}};
  document.at_pointer("/nodes/0/devices/0/units").as_array().push_back(half);
  EXPECT_TRUE(parse_pool(document)) << "it lies over gpu0-slice0, which has the name too";
  put(document, "/nodes/0/devices/0/units/4/placement", json::array{2, 4});
  const auto pool = parse_pool(document);
  ASSERT_FALSE(pool);
  EXPECT_THAT(fields_of(pool.error().fields), ElementsAre("nodes[0].devices[0].units[4].resource_name"));
}

TEST(PoolFile, AnAnnualCostIsReadToItsLastDigitAndMayBeLeftOut) {
  EXPECT_EQ(parse_pool(lab_document())->annual_cost, std::nullopt);
  auto document = lab_document();
  put(document, "/annual_cost", json::object{{"amount", "12345.67"}, {"currency", "USD"}});
  EXPECT_EQ(parse_pool(document)->annual_cost, (model::AnnualCost{{12'345'670'000}, "USD"}));
  put(document, "/annual_cost", json::object{{"amount", "5000000000"}, {"currency", "EUR"}});
  EXPECT_TRUE(parse_pool(document));
  put(document, "/annual_cost", nullptr);
  EXPECT_EQ(parse_pool(document)->annual_cost, std::nullopt);
}

TEST(PoolFile, AClassMustHoldHomeAndModelCache) {
  const auto faults = faults_with("/device_classes/1/defaults/storage_gib", 319);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0], (FieldError{"device_classes[1].defaults.storage_gib", "319", "at least 320",
                                   "Must hold a session's home (20 GiB) and model cache (300 GiB)."}));
  EXPECT_TRUE(faults_with("/device_classes/1/defaults/storage_gib", 320).empty());
}

TEST(PoolFile, HomeAndModelCacheAreTheClassesOwn) {
  auto document = lab_document();
  put(document, "/device_classes/1/home_gib", 50);
  put(document, "/device_classes/1/model_cache_gib", 508);
  const auto pool = parse_pool(document);
  ASSERT_TRUE(pool) << pool.error().message;
  EXPECT_EQ(pool->classes[1].home, Gib{50});
  EXPECT_EQ(pool->classes[1].model_cache, Gib{508});
  EXPECT_EQ(pool->classes[1].least_storage(), Gib{558}) << "all that one unit brings";

  put(document, "/device_classes/1/model_cache_gib", 509);
  const auto refused = parse_pool(document);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().fields,
              ElementsAre(FieldError{"device_classes[1].defaults.storage_gib", "558", "at least 559",
                                     "Must hold a session's home (50 GiB) and model cache (509 GiB)."}));

  document.at_pointer("/device_classes/1").as_object().erase("home_gib");
  document.at_pointer("/device_classes/1").as_object().erase("model_cache_gib");
  const auto without = parse_pool(document);
  ASSERT_TRUE(without) << without.error().message;
  EXPECT_EQ(without->classes[1].home, Gib{20});
  EXPECT_EQ(without->classes[1].model_cache, Gib{300});
}

TEST(PoolFile, UnitsThatCouldShareADeviceAreRefusedWithSafeLayouts) {
  const auto faults = faults_with("/nodes/0/devices/0/units/1/resource_name", "nvidia.com/mig-1g.24gb");
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].field, "nodes[0].devices[0].units[1].resource_name");
  EXPECT_THAT(faults[0].message, HasSubstr("1g.24gb+me"));
  EXPECT_THAT(faults[0].message, HasSubstr("replicas to 1"));
}

TEST(PoolFile, UnitsMayShareAResourceNameWithoutReplicasOrByAnAdminsWord) {
  auto document = lab_document();
  put(document, "/nodes/0/devices/0/units/1/resource_name", "nvidia.com/mig-1g.24gb");
  auto allowed = document;
  put(allowed, "/policy/allow_cross_tenant_sharing", true);
  EXPECT_TRUE(parse_pool(allowed));
  put(document, "/nodes/0/devices/0/units/0/replicas", 1);
  EXPECT_FALSE(parse_pool(document)) << "one of the two still has replicas";
  put(document, "/nodes/0/devices/0/units/1/replicas", 1);
  EXPECT_TRUE(parse_pool(document));
}

TEST(PoolFile, EachFaultNamesItsFieldAndValue) {
  struct Case {
    std::string pointer;
    json::value value;
    std::string field;
  };
  const std::vector<Case> cases{
      {"/apiVersion", "v1", "apiVersion"},
      {"/kind", "Node", "kind"},
      {"/name", "Lab", "name"},
      {"/name", "-lab", "name"},
      {"/name", "", "name"},
      {"/name", json::string(64, 'a'), "name"},
      {"/currency", "euro", "currency"},
      {"/surprise", 1, "surprise"},
      {"/annual_cost", "12345.67", "annual_cost"},
      {"/annual_cost", json::object{{"amount", "12345.67"}}, "annual_cost.currency"},
      {"/annual_cost", json::object{{"currency", "EUR"}}, "annual_cost.amount"},
      {"/annual_cost", json::object{{"amount", 12345.67}, {"currency", "EUR"}}, "annual_cost.amount"},
      {"/annual_cost", json::object{{"amount", "-1"}, {"currency", "EUR"}}, "annual_cost.amount"},
      {"/annual_cost", json::object{{"amount", "1e3"}, {"currency", "EUR"}}, "annual_cost.amount"},
      {"/annual_cost", json::object{{"amount", "5000000000.000001"}, {"currency", "EUR"}},
       "annual_cost.amount"},
      {"/annual_cost", json::object{{"amount", "1"}, {"currency", "euro"}}, "annual_cost.currency"},
      {"/annual_cost", json::object{{"amount", "1"}, {"currency", "EUR"}, {"per", "year"}},
       "annual_cost.per"},
      {"/policy/step_minutes", 0, "policy.step_minutes"},
      {"/policy/step_minutes", 1.5, "policy.step_minutes"},
      {"/policy/step_minutes", "30", "policy.step_minutes"},
      {"/policy/max_length_minutes", 29, "policy.max_length_minutes"},
      {"/policy/min_length_minutes", 45, "policy.min_length_minutes"},
      {"/policy/horizon_days", 1831, "policy.horizon_days"},
      {"/policy/show_names", "no", "policy.show_names"},
      {"/time_zone", "Europe/Atlantis", "time_zone"},
      {"/time_zone", "../etc/passwd", "time_zone"},
      {"/cluster", "East", "cluster"},
      {"/cluster", 7, "cluster"},
      {"/device_classes", json::array(), "device_classes"},
      {"/device_classes/0/home_gib", 0, "device_classes[0].home_gib"},
      {"/device_classes/0/home_gib", 1.5, "device_classes[0].home_gib"},
      {"/device_classes/0/home_gib", "20", "device_classes[0].home_gib"},
      {"/device_classes/0/model_cache_gib", 0, "device_classes[0].model_cache_gib"},
      {"/device_classes/0/model_cache_gib", 10'000'001, "device_classes[0].model_cache_gib"},
      {"/device_classes/0/gpu_share", 1.5, "device_classes[0].gpu_share"},
      {"/device_classes/0/rate", -1, "device_classes[0].rate"},
      {"/device_classes/0/rate", 0.1234567, "device_classes[0].rate"},
      {"/device_classes/0/defaults/cpu", 0.0005, "device_classes[0].defaults.cpu"},
      {"/device_classes/0/defaults/cpu", 1e300, "device_classes[0].defaults.cpu"},
      {"/device_classes/0/defaults", "all", "device_classes[0].defaults"},
      {"/device_classes/0/title", "two\nlines", "device_classes[0].title"},
      {"/device_classes/1/name", "whole-96gb", "device_classes[1].name"},
      {"/nodes/0/set_aside/cpu", 127.001, "nodes[0].set_aside.cpu"},
      {"/nodes/0/set_aside/storage_gib", 2888, "nodes[0].set_aside.storage_gib"},
      {"/nodes/0/capacity/memory_gib", 0, "nodes[0].capacity.memory_gib"},
      {"/nodes/0/kubernetes_name", "a_b", "nodes[0].kubernetes_name"},
      {"/nodes/0/devices/1/units/0/device_class", "whole-80gb", "nodes[0].devices[1].units[0].device_class"},
      {"/nodes/0/devices/1/units/0/resource_name", "gpu", "nodes[0].devices[1].units[0].resource_name"},
      {"/nodes/0/devices/1/units/0/resource_name", "nvidia.com",
       "nodes[0].devices[1].units[0].resource_name"},
      {"/nodes/0/devices/1/units/0/resource_name", "nvidia.com/",
       "nodes[0].devices[1].units[0].resource_name"},
      {"/nodes/0/devices/1/units/0/resource_name", "nvidia.com/-gpu",
       "nodes[0].devices[1].units[0].resource_name"},
      {"/nodes/0/devices/1/units/0/resource_name", "nvidia.com/a/b",
       "nodes[0].devices[1].units[0].resource_name"},
      {"/nodes/0/devices/1/units/0/resource_name", "my.nvidia.com/gpu",
       "nodes[0].devices[1].units[0].resource_name"},
      {"/nodes/0/devices/1/units/0/replicas", 65, "nodes[0].devices[1].units[0].replicas"},
      {"/nodes/0/devices/1/units/0/name", "gpu0-slice0", "nodes[0].devices[1].units[0].name"},
      {"/nodes/0/devices/1/units/0/placement", json::array{1, 5}, "nodes[0].devices[1].units[0].placement"},
      {"/nodes/0/devices/1/units/0/placement", json::array{2, 2}, "nodes[0].devices[1].units[0].placement"},
      {"/nodes/0/devices/1/units/0/placement", json::array{-1, 2}, "nodes[0].devices[1].units[0].placement"},
      {"/nodes/0/devices/1/units/0/placement", json::array{0.5, 2}, "nodes[0].devices[1].units[0].placement"},
      {"/nodes/0/devices/1/units/0/placement", json::array{0}, "nodes[0].devices[1].units[0].placement"},
      {"/nodes/0/devices/1/units/0/placement", "0-1", "nodes[0].devices[1].units[0].placement"},
      {"/nodes/0/devices/1/slots", 0, "nodes[0].devices[1].slots"},
      {"/nodes/0/devices/0/slots", 3, "nodes[0].devices[0].units[3].placement"},
      {"/nodes/0/devices/1/memory_gib", 0, "nodes[0].devices[1].memory_gib"},
      {"/nodes/0/devices/1/model", json::string(101, 'a'), "nodes[0].devices[1].model"},
      {"/nodes/0/devices/1/name", "gpu0", "nodes[0].devices[1].name"},
      {"/nodes/0/devices/1/units", json::array(), "nodes[0].devices[1].units"},
      {"/nodes/0/devices", json::array(), "nodes[0].devices"},
      {"/nodes/0/devices/1/units/0/weight", 1, "nodes[0].devices[1].units[0].weight"},
  };
  for (const auto& item : cases) {
    const auto faults = faults_with(item.pointer, item.value);
    ASSERT_FALSE(faults.empty()) << item.pointer << " = " << item.value;
    EXPECT_THAT(fields_of(faults), Contains(item.field)) << item.pointer << " = " << item.value;
    for (const auto& fault : faults) EXPECT_FALSE(fault.message.empty());
  }
}

TEST(PoolFile, DevicesOfOtherMakersAreRefusedSinceNoNodeWouldBeFoundToOfferThem) {
  const auto faults = faults_with("/nodes/0/devices/1/units/0/resource_name", "amd.com/gpu");
  ASSERT_EQ(faults.size(), 1U);
  const std::string limit =
      "nvidia.com/ and a name of 1 to 63 characters, such as nvidia.com/gpu or nvidia.com/mig-1g.24gb";
  EXPECT_EQ(faults[0], (FieldError{"nodes[0].devices[1].units[0].resource_name", "amd.com/gpu", limit,
                                   "Must be " + limit + "."}));
  EXPECT_TRUE(faults_with("/nodes/0/devices/1/units/0/resource_name", "nvidia.com/gpu.shared").empty());
  const auto of_length = [](std::size_t length) {
    return json::string("nvidia.com/" + std::string(length, 'g'));
  };
  EXPECT_TRUE(faults_with("/nodes/0/devices/1/units/0/resource_name", of_length(63)).empty());
  EXPECT_FALSE(faults_with("/nodes/0/devices/1/units/0/resource_name", of_length(64)).empty());
}

TEST(PoolFile, AllFaultsAreToldAtOnce) {
  auto document = lab_document();
  document.as_object().erase("name");
  put(document, "/policy/step_minutes", 0);
  put(document, "/nodes/0/devices/1/units/0/replicas", 0);
  const auto pool = parse_pool(document);
  ASSERT_FALSE(pool);
  EXPECT_EQ(pool.error().code, Code::kInvalid);
  EXPECT_THAT(fields_of(pool.error().fields),
              ElementsAre("name", "policy.step_minutes", "nodes[0].devices[1].units[0].replicas"));
  EXPECT_EQ(pool.error().message, "name: Is missing. (and 2 more)");
}

TEST(PoolFile, WhatIsNoObjectIsOneFault) {
  for (const auto* text : {"[]", "7", "null", "\"x\""}) {
    const auto pool = parse_pool(json::parse(text));
    ASSERT_FALSE(pool);
    EXPECT_EQ(pool.error().fields.size(), 1U) << text;
  }
}

TEST(PoolFile, EndlessFaultsAreCutShort) {
  json::array nodes;
  for (int i = 0; i < 1000; ++i) nodes.push_back(i);
  auto document = lab_document();
  document.as_object()["nodes"] = nodes;
  const auto pool = parse_pool(document);
  ASSERT_FALSE(pool);
  EXPECT_EQ(pool.error().fields.size(), 50U);
  EXPECT_THAT(pool.error().message, HasSubstr("(and 999 more)"));
}

TEST(PoolFile, TheShortestLengthIsOneThatCanBeBooked) {
  auto document = lab_document();
  put(document, "/policy/min_length_minutes", 45);
  const auto between = parse_pool(document);
  ASSERT_FALSE(between);
  EXPECT_EQ(between.error().fields[0].limit, "a multiple of step_minutes (30): 30 or 60");
  put(document, "/policy/min_length_minutes", 20);  // below one step it says nothing
  EXPECT_TRUE(parse_pool(document));
  put(document, "/policy/min_length_minutes", 90);
  EXPECT_TRUE(parse_pool(document));
  EXPECT_TRUE(policy_from_json(json::parse(R"({"step_minutes": 30, "min_length_minutes": 45})")));
}

TEST(PoolFile, APolicyAloneComesBackAsItWas) {
  const auto pool = parse_pool(lab_document());
  ASSERT_TRUE(pool);
  EXPECT_EQ(policy_from_json(policy_to_json(pool->policy)), pool->policy);
  EXPECT_FALSE(policy_from_json(json::parse(R"({"step_minutes": 0})")));
}

}  // namespace
}  // namespace berth::poolfile
