#include "kubeschema/schema.hpp"

#include <gtest/gtest.h>

namespace berth::kubeschema {
namespace {

std::string key_of(std::string_view item, const Schema& list) {
  return item_key(parse_json(item).value(), list);
}

TEST(Schema, OfAPodIsThatOfATemplateToo) {
  const auto pod = schema_of("Pod");
  const auto deployment = schema_of("Deployment");
  const auto& in_pod = pod->at("spec").at("containers");
  const auto& in_template = deployment->at("spec").at("template").at("spec").at("containers");
  EXPECT_EQ(in_pod.merge, Merge::kKeyedList);
  EXPECT_EQ(in_template.merge, Merge::kKeyedList);
  EXPECT_EQ(in_template.at("env").at("valueFrom").at("secretKeyRef").merge, Merge::kAtomic);
}

TEST(Schema, ASelectorIsOneValueAndAListOfWhichNothingIsSaidToo) {
  EXPECT_EQ(schema_of("Service")->at("spec").at("selector").merge, Merge::kAtomic);
  EXPECT_EQ(schema_of("NetworkPolicy")->at("spec").at("podSelector").merge, Merge::kAtomic);
  EXPECT_FALSE(merges_items(schema_of("ClusterRole")->at("rules")));
  EXPECT_FALSE(merges_items(schema_of("ValidatingAdmissionPolicy")->at("spec").at("validations")));
}

TEST(Schema, OfAnUnknownKindSaysWhatIsTrueOfAll) {
  const auto schema = schema_of("Widget");
  EXPECT_EQ(schema->at("metadata").at("finalizers").merge, Merge::kSet);
  EXPECT_EQ(schema->at("spec").at("containers").merge, Merge::kDefault);
}

TEST(ItemKey, NamesTheItemByItsKeysAndTakesWhatAMissingOneStandsFor) {
  const auto pod = schema_of("Pod");
  const auto& ports = pod->at("spec").at("containers").at("ports");
  EXPECT_EQ(key_of(R"({"name":"http","containerPort":8080})", ports),
            key_of(R"({"containerPort":8080,"protocol":"TCP"})", ports));
  EXPECT_NE(key_of(R"({"containerPort":8080})", ports),
            key_of(R"({"containerPort":8080,"protocol":"UDP"})", ports));
  EXPECT_EQ(key_of(R"({"name":"http"})", ports), "") << "it lacks a key that has no fallback";
}

}  // namespace
}  // namespace berth::kubeschema
