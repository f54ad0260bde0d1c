#include "install/init.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/base64.hpp"
#include "base/temporary_folder_for_test.hpp"
#include "kube/kube.hpp"
#include "simcluster/simcluster.hpp"

namespace berth::install {
namespace {

const kube::Resource kSecrets{"", "v1", "secrets", "Secret", true};
const InitSettings kSettings{.ns = "berth-system", .first_admin = "root@example.org"};

class Initialise : public testing::Test {
 protected:
  Initialise() {
    simcluster::Settings settings;
    settings.delays = simcluster::Delays::none();
    auto started = simcluster::SimCluster::start(settings, clock_, Log::silent());
    if (!started) throw std::runtime_error(started.error().message);
    cluster_ = std::move(*started);
    std::ofstream(folder_ / "kubeconfig") << cluster_->kubeconfig();
    factory_ = std::make_unique<kube::ClientFactory>(
        kube::load_kubeconfig((folder_ / "kubeconfig").string()).value(), kube::ClientSettings{});
  }

  Result<Initialised> initialise(const InitSettings& settings = kSettings) {
    auto client = factory_->client();
    return install::initialise(client, settings, random_);
  }
  json::object data(const std::string& secret) {
    return factory_->client().get({kSecrets, kSettings.ns, secret}).value().at("data").as_object();
  }
  static std::string text(const json::object& data, std::string_view key) {
    return base64_decode(std::string(data.at(key).as_string())).value();
  }

  SystemClock clock_;
  SystemRandom random_;
  const TemporaryFolder folder_;
  std::unique_ptr<simcluster::SimCluster> cluster_;
  std::unique_ptr<kube::ClientFactory> factory_;
};

TEST_F(Initialise, AFreshClusterHasTheNamespaceAndTheSecretsThen) {
  const auto done = initialise();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(done->made_namespace);
  EXPECT_EQ(done->made.size(), 2U);
  EXPECT_TRUE(done->kept.empty());
  const auto admin = data("berth-first-admin");
  EXPECT_EQ(text(admin, "email"), kSettings.first_admin);
  EXPECT_EQ(text(admin, "password"), done->first_password);
  EXPECT_EQ(data("berth-database").size(), 3U);
}

TEST_F(Initialise, DoneTwiceTheSecondChangesNothingAndTellsNoPassword) {
  ASSERT_TRUE(initialise());
  const auto before = std::pair(data("berth-database"), data("berth-first-admin"));
  const auto writes = cluster_->counts().writes;
  const auto again = initialise();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(again->made_namespace);
  EXPECT_TRUE(again->made.empty());
  EXPECT_EQ(again->kept, (std::vector<std::string>{"berth-database", "berth-first-admin"}));
  EXPECT_EQ(again->first_password, "");
  EXPECT_EQ(std::pair(data("berth-database"), data("berth-first-admin")), before);
  EXPECT_EQ(cluster_->counts().writes, writes);
}

TEST_F(Initialise, ForCloudNativePgEachPasswordIsThereOnceMoreAndFollowsTheOne) {
  auto settings = kSettings;
  settings.cloudnativepg = true;
  const auto done = initialise(settings);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->made.size(), 5U);
  const auto same = [&](const std::string& key, const std::string& role) {
    const auto copy = factory_->client().get({kSecrets, kSettings.ns, "berth-database-" + key}).value();
    EXPECT_EQ(string_at(copy, {"type"}), "kubernetes.io/basic-auth");
    EXPECT_EQ(string_at(copy, {"metadata", "labels", "cnpg.io/reload"}), "true");
    const auto& values = copy.at("data").as_object();
    EXPECT_EQ(text(values, "username"), role);
    EXPECT_EQ(text(values, "password"), text(data("berth-database"), key));
  };
  same("owner", "berth_owner");
  same("portal", "site_portal");
  same("reconciler", "site_reconciler");

  const auto again = initialise(settings);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->made.empty());
  EXPECT_EQ(again->kept.size(), 5U);

  ASSERT_TRUE(
      factory_->client().merge_patch({kSecrets, kSettings.ns, "berth-database"},
                                     json::object{{"data", {{"portal", base64_encode("another one")}}}}));
  const auto changed = initialise(settings);
  ASSERT_TRUE(changed);
  EXPECT_EQ(
      changed->made,
      (std::vector<std::string>{"berth-database-portal: the password of site_portal, for CloudNativePG"}));
  same("portal", "site_portal");
  EXPECT_FALSE(initialise()->made.size()) << "who does not ask for them gets none";
}

TEST_F(Initialise, WhatIsMissingIsMadeAndTheRestStays) {
  ASSERT_TRUE(initialise());
  const auto before = data("berth-database");
  ASSERT_TRUE(factory_->client().remove({kSecrets, kSettings.ns, "berth-first-admin"}));
  const auto again = initialise();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->made,
            std::vector<std::string>{"berth-first-admin: the first admin's address and first password"});
  EXPECT_EQ(data("berth-database"), before);
}

TEST_F(Initialise, NothingIsMadeForAnAdminWithoutAnAddress) {
  auto client = factory_->client();
  EXPECT_FALSE(install::initialise(client, {.ns = "berth-system", .first_admin = "root"}, random_));
  EXPECT_EQ(cluster_->counts().writes, 0U);
}

}  // namespace
}  // namespace berth::install
