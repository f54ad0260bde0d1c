#include "reconciler/difference.hpp"

#include <gtest/gtest.h>

#include "manifests/manifests.hpp"

namespace berth::reconciler {
namespace {

json::value text(std::string_view json) {
  return parse_json(json).value();
}

std::string difference(std::string_view sent, std::string_view kept, bool secret = false) {
  EXPECT_FALSE(manifests::matches(text(sent), text(kept)));
  return first_difference(text(sent), text(kept), secret);
}

constexpr std::string_view kDeployment =
    R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"w"},"spec":{"template":{"spec":
        {"containers":[{"name":"workspace","image":"a/b:1","resources":{"limits":{"cpu":"1"}},
                        "ports":[{"name":"http","containerPort":8080}]}]}}}})";

std::string with(std::string_view text, std::string_view part, std::string_view other) {
  std::string out(text);
  out.replace(out.find(part), part.size(), other);
  return out;
}

TEST(FirstDifference, NamesTheItemOfAListAndBothValues) {
  EXPECT_EQ(difference(kDeployment, with(kDeployment, "a/b:1", "mirror/b:1")),
            "spec.template.spec.containers[workspace].image is mirror/b:1 instead of a/b:1");
}

TEST(FirstDifference, NamesTheFieldManagerThatWroteThere) {
  const auto kept = [](std::string_view managers) {
    return text(R"({"kind":"ValidatingAdmissionPolicy","metadata":{"name":"p","managedFields":[)" +
                std::string(managers) + R"(]},"spec":{"failurePolicy":"Ignore"}})");
  };
  const auto sent =
      text(R"({"kind":"ValidatingAdmissionPolicy","metadata":{"name":"p"},"spec":{"failurePolicy":"Fail"}})");
  const std::string ours =
      R"({"manager":"berth","time":"2026-11-29T12:00:00Z","fieldsV1":{"f:spec":{"f:failurePolicy":{}}}})";
  const std::string label =
      R"({"manager":"labeller","time":"2026-11-29T12:00:00Z","fieldsV1":{"f:metadata":{"f:labels":{}}}})";
  const std::string edit =
      R"({"manager":"kubectl-edit","time":"2026-11-29T10:00:00Z","fieldsV1":{"f:spec":{"f:failurePolicy":{}}}})";
  const std::string other =
      R"({"manager":"helm","time":"2026-11-29T11:00:00Z","fieldsV1":{"f:spec":{"f:paramKind":{}}}})";
  const auto told = [&](const std::string& managers) {
    return first_difference_and_whose(sent, kept(managers), "berth");
  };
  EXPECT_EQ(told(ours + "," + label), "spec.failurePolicy is Ignore instead of Fail");
  EXPECT_EQ(told(ours + "," + edit + "," + other + "," + label),
            "spec.failurePolicy is Ignore instead of Fail (field manager kubectl-edit)");
}

TEST(FirstDifference, NamesTheFieldManagerAlsoWhereSomethingIsMissing) {
  const auto sent = *parse_json(
      R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"w"},"data":{"a":"b","c":"d"}})");
  const auto kept = *parse_json(
      R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"w","managedFields":[
        {"manager":"eve","time":"2026-11-24T14:00:00Z","fieldsV1":{"f:data":{"f:a":{}}}}]},"data":{"a":"b"}})");
  EXPECT_EQ(first_difference_and_whose(sent, kept, "berth"), "data.c is missing (field manager eve)");
}

TEST(FirstDifference, PassesOverWhatIsNone) {
  // Another notation of an amount, items and fields of others, and another order.
  EXPECT_EQ(difference(kDeployment,
                       R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"w","uid":"1"},
        "spec":{"replicas":1,"template":{"spec":{"containers":[{"name":"injected"},
          {"name":"workspace","image":"a/b:1","imagePullPolicy":"Always","resources":{"limits":{"cpu":"1000m"}},
           "ports":[{"name":"http","containerPort":8081}]}]}}},"status":{}})"),
            "spec.template.spec.containers[workspace].ports[8080] is missing");
}

TEST(FirstDifference, TellsWhatIsMissing) {
  EXPECT_EQ(
      difference(R"({"spec":{"hard":{"pods":"5","requests.cpu":"1"}}})", R"({"spec":{"hard":{"pods":"5"}}})"),
      "spec.hard.requests.cpu is missing");
  EXPECT_EQ(difference(R"({"spec":{"a":1}})", R"({"metadata":{}})"), "spec is missing");
}

TEST(FirstDifference, TellsWhatWasAddedWhereNothingMayBe) {
  EXPECT_EQ(difference(R"({"kind":"Service","spec":{"selector":{"a":"b"}}})",
                       R"({"kind":"Service","spec":{"selector":{"a":"b","c":"d"}}})"),
            "spec.selector has what was not sent: c");
  EXPECT_EQ(difference(R"({"subjects":[{"kind":"User","name":"ana"}]})",
                       R"({"subjects":[{"kind":"User","name":"ana"},{"kind":"User","name":"eve"}]})"),
            "subjects has 2 items instead of 1");
  EXPECT_EQ(difference(R"({"spec":{"ingress":[]}})", R"({"spec":{"ingress":[{}]}})"),
            "spec.ingress has 1 items instead of 0");
}

TEST(FirstDifference, OfAnItemOfAListThatComesWithoutItsKindIsFoundTheSame) {
  EXPECT_EQ(
      difference(R"({"kind":"Service","spec":{"ports":[{"port":80,"targetPort":"http"},{"port":443}]}})",
                 R"({"spec":{"ports":[{"port":443,"protocol":"TCP"},{"port":80,"targetPort":"other"}]}})"),
      "spec.ports[80].targetPort is other instead of http");
}

TEST(FirstDifference, TellsAnotherKindOfValue) {
  EXPECT_EQ(difference(R"({"spec":{"port":80}})", R"({"spec":{"port":"80"}})"),
            "spec.port is 80 instead of 80");
  EXPECT_EQ(difference(R"({"spec":{"a":{"b":1}}})", R"({"spec":{"a":"x"}})"), "spec.a differs");
}

TEST(FirstDifference, LongValuesAreCut) {
  const std::string much(10'000, 'x');
  EXPECT_LT(difference(R"({"a":"b"})", R"({"a":")" + much + R"("})").size(), 200U);
}

TEST(FirstDifference, NoValueOfASecretIsTold) {
  EXPECT_EQ(difference(R"({"data":{"password":"b3Vycw=="}})", R"({"data":{"password":"dGhlaXJz"}})", true),
            "data.password differs");
}

}  // namespace
}  // namespace berth::reconciler
