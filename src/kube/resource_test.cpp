#include "kube/resource.hpp"

#include <gtest/gtest.h>

#include "kube/test_resources.hpp"

namespace berth::kube {
namespace {

TEST(Path, NamesCollectionsAndObjects) {
  EXPECT_EQ(collection_path(resources::pods(), "lab"), "/api/v1/namespaces/lab/pods");
  EXPECT_EQ(collection_path(resources::pods(), ""), "/api/v1/pods");
  EXPECT_EQ(collection_path(resources::deployments(), "lab"), "/apis/apps/v1/namespaces/lab/deployments");
  EXPECT_EQ(object_path({resources::namespaces(), "", "lab"}), "/api/v1/namespaces/lab");
  EXPECT_EQ(object_path({resources::pods(), "lab", "one"}, "status"),
            "/api/v1/namespaces/lab/pods/one/status");
}

TEST(Path, EncodesNamesThatNeedIt) {
  EXPECT_EQ(object_path({resources::cluster_roles(), "", "system:openshift:scc:anyuid"}),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Aopenshift%3Ascc%3Aanyuid");
  EXPECT_EQ(percent_encode("a b&c=d/\xc3\xa4"), "a%20b%26c%3Dd%2F%C3%A4");
}

TEST(Path, RefusesPartsThatWouldChangeItsMeaning) {
  for (const std::string name : {"", ".", "..", "a/b", "a%2fb", "a\nb"}) {
    const auto path = object_path({resources::pods(), "lab", name});
    ASSERT_FALSE(path) << name;
    EXPECT_EQ(path.error().code, Code::kInvalid);
    EXPECT_EQ(path.error().fields.at(0).field, "name");
  }
  EXPECT_FALSE(object_path({resources::pods(), "lab", std::string(254, 'a')}));
  for (const std::string ns : {"..", "a/b", "Lab", "a.b", "lab?x=1"}) {
    EXPECT_FALSE(object_path({resources::pods(), ns, "one"})) << ns;
  }
  EXPECT_FALSE(object_path({resources::pods(), "lab", "one"}, "status/../x"));
  EXPECT_FALSE(collection_path({.group = "a/b", .version = "v1", .plural = "things", .kind = "Thing"}, ""));
}

TEST(Path, AsksForANamespaceExactlyWhereOneBelongs) {
  EXPECT_FALSE(object_path({resources::pods(), "", "one"}));
  EXPECT_FALSE(collection_path(resources::nodes(), "lab"));
}

TEST(ObjectRef, IsDescribedForPeople) {
  EXPECT_EQ(describe({resources::pods(), "lab", "one"}), "pods lab/one");
  EXPECT_EQ(describe({resources::deployments(), "lab", ""}), "deployments.apps lab");
  EXPECT_EQ(describe({resources::nodes(), "", ""}), "nodes");
}

}  // namespace
}  // namespace berth::kube
