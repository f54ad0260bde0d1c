#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poolfile/lab_file.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::poolfile {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> fields_of(const Error& error) {
  std::vector<std::string> fields;
  for (const auto& fault : error.fields) fields.push_back(fault.field);
  return fields;
}

TEST(ClusterFile, TheReferenceClusterIsReadWhole) {
  const auto cluster = parse_cluster(lab_cluster_document());
  ASSERT_TRUE(cluster) << cluster.error().message;
  model::Cluster expected;
  expected.flavour = model::Flavour::kOpenshift;
  expected.apps_domain = "apps.lab.example";
  expected.pod_ranges = {"10.128.0.0/14"};
  expected.service_ranges = {"172.30.0.0/16"};
  expected.node_ranges = {"192.0.2.0/24"};
  expected.blocked_ranges = {"169.254.0.0/16"};
  expected.api_servers = {"192.0.2.10:6443"};
  EXPECT_EQ(*cluster, expected);
}

TEST(ClusterFile, EachFaultNamesItsFieldAndValue) {
  struct Case {
    std::string pointer;
    json::value value;
    std::string field;
  };
  const std::vector<Case> cases{
      {"/apiVersion", "v1", "apiVersion"},
      {"/name", "East", "name"},
      {"/name", "", "name"},
      {"/surprise", 1, "surprise"},
      {"/time_zone", "Europe/Berlin", "time_zone"},
      {"/flavour", "nomad", "flavour"},
      {"/pod_ranges/0", "10.128.0.0/33", "pod_ranges[0]"},
      {"/pod_ranges/0", "10.128.0.1/14", "pod_ranges[0]"},
      {"/pod_ranges/0", "10.128.0.0", "pod_ranges[0]"},
      {"/pod_ranges/0", 7, "pod_ranges[0]"},
      {"/node_ranges", "192.0.2.0/24", "node_ranges"},
      {"/blocked_ranges", json::array(65, "10.0.0.0/8"), "blocked_ranges"},
      {"/api_servers/0", "api.example:6443", "api_servers[0]"},
      {"/api_servers/0", "192.0.2.10:0", "api_servers[0]"},
      {"/api_url", "http://api.lab.example", "api_url"},
      {"/api_url", "https://", "api_url"},
      {"/api_url", "https://ana@api.lab.example", "api_url"},
      {"/api_url", "https://api.lab.example?x", "api_url"},
      {"/api_authority", "everybody", "api_authority"},
      {"/api_authority", "-----BEGIN CERTIFICATE-----\nTUlJ\n", "api_authority"},
      {"/api_authority", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "api_authority"},
      {"/api_authority", "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----\n", "api_authority"},
      {"/api_authority", "-----BEGIN CERTIFICATE-----\nT: UlJ\n-----END CERTIFICATE-----\n", "api_authority"},
      {"/portal_url", "berth.lab.example", "portal_url"},
      {"/portal_url", "ftp://berth.lab.example", "portal_url"},
      {"/portal_url", "https:///home", "portal_url"},
      {"/portal_url", "https://berth.lab.example/?x", "portal_url"},
      {"/portal_url", "https://berth.lab.example/\"onclick", "portal_url"},
      {"/portal_url", json::value("https://" + std::string(512, 'a')), "portal_url"},
      {"/dcgm_exporter", "gpu-operator", "dcgm_exporter"},
      {"/dcgm_exporter", json::object{{"port", 9400}}, "dcgm_exporter.namespace"},
      {"/dcgm_exporter", json::object{{"namespace", "a/b"}}, "dcgm_exporter.namespace"},
      {"/dcgm_exporter", json::object{{"namespace", "a"}, {"port", 0}}, "dcgm_exporter.port"},
      {"/dcgm_exporter", json::object{{"namespace", "a"}, {"label", "app"}}, "dcgm_exporter.label"},
      {"/dcgm_exporter", json::object{{"namespace", "a"}, {"label", "app=x,b=c"}}, "dcgm_exporter.label"},
      {"/dcgm_exporter", json::object{{"namespace", "a"}, {"label", "app in (x)"}}, "dcgm_exporter.label"},
      {"/dcgm_exporter", json::object{{"namespace", "a"}, {"labels", "app=x"}}, "dcgm_exporter.labels"},
      {"/pod_security", "privileged", "pod_security"},
      {"/apps_domain", "", "apps_domain"},
      {"/url_scheme", "ftp", "url_scheme"},
      {"/url_port", 65'536, "url_port"},
      {"/url_port", "8443", "url_port"},
      {"/storage_class", "Fast", "storage_class"},
      {"/ingress_class", "a b", "ingress_class"},
      {"/workspace_image", "", "workspace_image"},
      {"/workspace_image", json::string(513, 'a'), "workspace_image"},
      {"/image_pull_secrets", json::array{"Pull"}, "image_pull_secrets[0]"},
      {"/scc", "", "scc"},
      {"/pod_ranges", json::array{}, "pod_ranges"},
      {"/service_ranges", json::array{}, "service_ranges"},
      {"/node_ranges", json::array{}, "node_ranges"},
      {"/proxy", "http://proxy", "proxy"},
      {"/proxy", json::object{{"http", "proxy:3128"}}, "proxy.http"},
      {"/proxy", json::object{{"https", "http://a b"}}, "proxy.https"},
      {"/proxy", json::object{{"no_proxy", json::string(2049, 'a')}}, "proxy.no_proxy"},
      {"/proxy", json::object{{"ftp", ""}}, "proxy.ftp"},
  };
  for (const auto& item : cases) {
    auto document = lab_cluster_document();
    put(document, item.pointer, item.value);
    const auto cluster = parse_cluster(document);
    ASSERT_FALSE(cluster) << item.pointer << " = " << item.value;
    EXPECT_THAT(fields_of(cluster.error()), ElementsAre(item.field)) << item.pointer << " = " << item.value;
    EXPECT_FALSE(cluster.error().fields[0].message.empty());
  }
}

TEST(ClusterFile, WhatTheDatabaseKeepsIsReadStrictlyToo) {
  EXPECT_FALSE(cluster_from_json("east", json::parse(R"({"flavor": "openshift"})")));
  EXPECT_EQ(cluster_from_json("east", json::object())->name, "east");
}

TEST(PoolFileStream, ClustersAndPoolsComeInOneFile) {
  const auto declared = parse_stream(lab_documents());
  ASSERT_TRUE(declared) << declared.error().message;
  EXPECT_THAT(declared->clusters, ElementsAre(*parse_cluster(lab_cluster_document())));
  EXPECT_THAT(declared->pools, ElementsAre(*parse_pool(lab_document())));
  EXPECT_TRUE(parse_stream(std::vector{lab_document()})) << "its cluster may have been declared before";
}

TEST(PoolFileStream, EachFaultSaysInWhichDocument) {
  auto documents = lab_documents();
  documents.push_back(lab_document());
  put(documents[0], "/flavour", "nomad");
  put(documents[1], "/policy/step_minutes", 0);
  documents.emplace_back("text");
  documents.push_back(json::object{{"kind", "Node"}, {"name", "x"}});
  documents.push_back(lab_document());
  const auto declared = parse_stream(documents);
  ASSERT_FALSE(declared);
  EXPECT_EQ(declared.error().code, Code::kInvalid);
  EXPECT_THAT(fields_of(declared.error()),
              ElementsAre("documents[0].flavour", "documents[1].policy.step_minutes", "documents[3]",
                          "documents[4].kind", "documents[5].name"));
  EXPECT_EQ(declared.error().fields[3],
            (FieldError{"documents[4].kind", "Node", "Pool or Cluster", "Must be Pool or Cluster."}));
  EXPECT_EQ(declared.error().fields[4],
            (FieldError{"documents[5].name", "lab", "unique", "Pool lab is declared twice."}));
  EXPECT_THAT(declared.error().message, HasSubstr("documents[0].flavour: "));
}

TEST(PoolFileStream, ADocumentAloneIsNotCounted) {
  auto document = lab_document();
  put(document, "/policy/step_minutes", 0);
  const auto declared = parse_stream(std::vector{document});
  ASSERT_FALSE(declared);
  EXPECT_THAT(fields_of(declared.error()), ElementsAre("policy.step_minutes"));
}

TEST(PoolFileStream, AClusterAndAPoolMayHaveOneName) {
  auto documents = lab_documents();
  put(documents[0], "/name", "lab");
  EXPECT_TRUE(parse_stream(documents));
  documents.push_back(documents[0]);
  EXPECT_FALSE(parse_stream(documents));
}

TEST(PoolFileStream, HoldsOneToSixtyFourDocuments) {
  EXPECT_FALSE(parse_stream({}));
  std::vector<json::value> documents(64, lab_cluster_document());
  for (std::size_t i = 0; i < documents.size(); ++i)
    put(documents[i], "/name", json::string("c" + std::to_string(i)));
  EXPECT_EQ(parse_stream(documents)->clusters.size(), 64U);
  documents.push_back(lab_document());
  const auto declared = parse_stream(documents);
  ASSERT_FALSE(declared);
  EXPECT_THAT(declared.error().fields,
              ElementsAre(FieldError{"documents", "65", "1 to 64", "A pool file holds 1 to 64 documents."}));
}

TEST(OldForm, AFileWithASiteIsShownTheClusterThatItsFactsMake) {
  auto document = lab_document();
  auto& pool = document.as_object();
  pool.erase("time_zone");
  pool["cluster"] = "east";
  pool["site"] =
      json::parse(R"({"flavour": "openshift", "time_zone": "Europe/Berlin", "apps_domain": "apps.lab.example",
                                 "url_port": 8443, "pod_ranges": ["10.128.0.0/14", "fd01::/48"],
                                 "service_ranges": ["172.30.0.0/16"], "storage_class": "",
                                 "workspace_image": "berth/workspace:1",
                                 "proxy": {"http": "http://p:3128", "no_proxy": ".svc"}})");
  const auto refused = parse_pool(document);
  ASSERT_FALSE(refused);
  EXPECT_THAT(
      refused.error().fields,
      ElementsAre(FieldError{
          "site", "", "",
          R"(The facts of a cluster are declared once, in a document of their own, and pools name it. Take site: out of the pool, write time_zone: Europe/Berlin there, and add this to the file:
---
apiVersion: berth.dev/v1
kind: Cluster
name: east
flavour: openshift
apps_domain: apps.lab.example
url_port: 8443
pod_ranges: ["10.128.0.0/14", "fd01::/48"]
service_ranges: ["172.30.0.0/16"]
# node_ranges: required, with one range or more
storage_class: ""
workspace_image: "berth/workspace:1"
proxy: { http: "http://p:3128", no_proxy: ".svc" }
)"}));
  EXPECT_THAT(refused.error().message, testing::EndsWith("and add this to the file:")) << "one line";

  // As it says: what it shows is the cluster, and the pool without it is a pool.
  const auto& shown = refused.error().fields[0].message;
  const auto written = yaml_documents(shown.substr(shown.find("---")));
  ASSERT_TRUE(written);
  auto whole = *written;
  put(whole.front(), "/node_ranges", json::array{"192.0.2.0/24"});
  pool.erase("site");
  pool["time_zone"] = "Europe/Berlin";
  whole.push_back(document);
  const auto declared = parse_stream(whole);
  ASSERT_TRUE(declared) << declared.error().message;
  EXPECT_EQ(declared->clusters.at(0).pod_ranges.size(), 2U);
  EXPECT_EQ(declared->pools.at(0).cluster, "east");
}

TEST(OldForm, WhatIsWrongInASiteIsToldAsWell) {
  auto document = lab_document();
  document.as_object()["site"] = json::parse(R"({"flavour": "nomad", "colour": "red"})");
  auto refused = parse_pool(document);
  ASSERT_FALSE(refused);
  EXPECT_THAT(fields_of(refused.error()), ElementsAre("site", "site.flavour", "site.colour"));
  EXPECT_THAT(refused.error().message, testing::EndsWith("add this to the file: (and 2 more)"));
  EXPECT_THAT(refused.error().fields[0].message, HasSubstr("name: default\nflavour: nomad\n"));

  document.as_object()["site"] = 7;
  refused = parse_pool(document);
  ASSERT_FALSE(refused);
  EXPECT_THAT(fields_of(refused.error()), ElementsAre("site", "site"));
  EXPECT_THAT(refused.error().fields[0].message, HasSubstr("kind: Cluster\nname: default\n"));
}

TEST(OldForm, AnEndlessValueIsNotShown) {
  auto document = lab_document();
  document.as_object()["site"] = json::object{{"workspace_image", json::string(100'000, 'a')}};
  const auto refused = parse_pool(document);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().fields[0].message, HasSubstr("# workspace_image: as it was"));
  EXPECT_LT(refused.error().fields[0].message.size(), 1'000U);
}

}  // namespace
}  // namespace berth::poolfile
