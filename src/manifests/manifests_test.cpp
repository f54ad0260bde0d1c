#include "manifests/manifests.hpp"

#include <gtest/gtest.h>

#include "manifests/reference_session_for_test.hpp"

namespace berth::manifests {
namespace {

SessionSpec slice() {
  return reference_session(model::Flavour::kKubernetes, false, model::Mode::kInteractiveMl);
}

TEST(WorkspaceUrl, NamesThePortOnlyWhereTheClusterHasOne) {
  auto spec = slice();
  EXPECT_EQ(workspace_url(spec), "https://x7f3k2m9q1w8.apps.gpu1.lab.example/");
  spec.cluster.url_scheme = "http";
  spec.cluster.url_port = 8080;
  EXPECT_EQ(workspace_url(spec), "http://x7f3k2m9q1w8.apps.gpu1.lab.example:8080/");
}

TEST(AccessSecret, HoldsThePasswordInBase64) {
  const auto data_of = [](std::string_view password) {
    return string_at(with_password(access_secret(slice()), password).body, {"data", "password"});
  };
  EXPECT_EQ(data_of(""), "");
  EXPECT_EQ(data_of("f"), "Zg==");
  EXPECT_EQ(data_of("fo"), "Zm8=");
  EXPECT_EQ(data_of("foo"), "Zm9v");
  EXPECT_EQ(data_of("foobar\xff"), "Zm9vYmFy/w==");
}

}  // namespace
}  // namespace berth::manifests
