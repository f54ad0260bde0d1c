#include "simcluster/pages.hpp"

#include <sodium.h>

#include "base/base64.hpp"
#include "simcluster/test_world.hpp"

namespace berth::simcluster {
namespace {

class Pages : public testing::Test {
 protected:
  Pages() { world.make_namespace("lab"); }
  void make_workspace(const std::string& host) {
    EXPECT_EQ(
        world
            .post(
                "/api/v1/namespaces/lab/services",
                R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"ws"},"spec":{"selector":{"app":"ws"},"ports":[{"port":80}]}})")
            .status,
        201);
    EXPECT_EQ(
        world
            .post(
                "/apis/route.openshift.io/v1/namespaces/lab/routes",
                R"({"apiVersion":"route.openshift.io/v1","kind":"Route","metadata":{"name":"ws","labels":{"berth.dev/reservation":"<b>r</b>"}},"spec":{"host":")" +
                    host + R"(","to":{"kind":"Service","name":"ws"}}})")
            .status,
        422)
        << "labels have a form";
    EXPECT_EQ(
        world
            .post(
                "/apis/route.openshift.io/v1/namespaces/lab/routes",
                R"({"apiVersion":"route.openshift.io/v1","kind":"Route","metadata":{"name":"ws","labels":{"berth.dev/reservation":"r-1"}},"spec":{"host":")" +
                    host + R"(","to":{"kind":"Service","name":"ws"}}})")
            .status,
        201);
  }
  void make_pod() {
    EXPECT_EQ(
        world
            .post(
                "/api/v1/namespaces/lab/pods",
                R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"ws","labels":{"app":"ws"}},"spec":{"containers":[{"name":"c","image":"i"}]}})")
            .status,
        201);
  }
  TestWorld world;
};

TEST_F(Pages, SayThatTheWorkspaceIsSimulatedAndHowToGetARealOne) {
  make_workspace("x7k2.localhost");
  make_pod();
  const auto page = page_for(world.world(), "X7K2.localhost:8443");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.html.find("simulated"), std::string::npos);
  EXPECT_NE(page.html.find("berth demo --kubeconfig FILE"), std::string::npos);
  EXPECT_NE(page.html.find("x7k2.localhost"), std::string::npos);
  EXPECT_NE(page.html.find("r-1"), std::string::npos);
}

TEST_F(Pages, SayWhatIsMissingWhileItIsNotReady) {
  make_workspace("x7k2.localhost");
  EXPECT_NE(page_for(world.world(), "x7k2.localhost").html.find("its pod is not there yet"),
            std::string::npos);
  Fault pull;
  pull.kind = FaultKind::kImagePullError;
  pull.message = "<script>alert(1)</script>";
  ASSERT_TRUE(world.faults.add(pull));
  make_pod();
  const auto page = page_for(world.world(), "x7k2.localhost");
  EXPECT_EQ(page.status, 503);
  EXPECT_NE(page.html.find("ErrImagePull"), std::string::npos);
}

TEST_F(Pages, AreNotThereForUnknownHosts) {
  const auto page = page_for(world.world(), "<script>alert(1)</script>.localhost");
  EXPECT_EQ(page.status, 404);
  EXPECT_EQ(page.html.find("<script>"), std::string::npos);
  EXPECT_EQ(page_for(world.world(), "").status, 404);
}

TEST_F(Pages, AnswerForIngressesToo) {
  make_pod();
  world.post(
      "/api/v1/namespaces/lab/services",
      R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"ws"},"spec":{"selector":{"app":"ws"},"ports":[{"port":80}]}})");
  EXPECT_EQ(
      world
          .post(
              "/apis/networking.k8s.io/v1/namespaces/lab/ingresses",
              R"({"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"ws"},"spec":{"rules":[{"host":"y.localhost","http":{"paths":[{"path":"/","pathType":"Prefix","backend":{"service":{"name":"ws","port":{"number":80}}}}]}}]}})")
          .status,
      201);
  EXPECT_EQ(page_for(world.world(), "y.localhost").status, 200);
}

TEST_F(Pages, LetInNoStyleButTheirOwn) {
  const auto html = page_for(world.world(), "none.localhost").html;
  const auto begin = html.find("<style>") + 7;
  const auto style = html.substr(begin, html.find("</style>") - begin);
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()),
                     reinterpret_cast<const unsigned char*>(style.data()), style.size());
  EXPECT_NE(content_security_policy().find("style-src 'sha256-" + base64_encode(hash) + "'"),
            std::string::npos);
}

TEST(Html, IsEscaped) {
  EXPECT_EQ(escape_html("<a href='x'>\"&"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
}

}  // namespace
}  // namespace berth::simcluster
