// The description itself: only words that mean the same in OpenAPI 3.1 and in the draft that checks it, and
// references that lead somewhere.
#include "portal/api_document.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "portal/schema_faults.hpp"
#include "portal/test_client.hpp"

namespace berth::portal {
namespace {

const std::set<std::string_view> kSchemaWords{"type",     "properties", "required",  "additionalProperties",
                                              "enum",     "const",      "oneOf",     "allOf",
                                              "items",    "minItems",   "minimum",   "maximum",
                                              "pattern",  "$ref",       "minLength", "maxLength",
                                              "maxItems", "description"};

using Visit = std::function<void(const std::string& path, const json::object& schema)>;

void walk_schema(const std::string& path, const json::value& schema, const Visit& visit) {
  ASSERT_TRUE(schema.is_object()) << path;
  visit(path, schema.get_object());
  if (const auto* properties = find(schema, {"properties"})) {
    for (const auto& [name, inner] : properties->as_object()) {
      walk_schema(fmt::format("{}.{}", path, std::string_view(name)), inner, visit);
    }
  }
  if (const auto* items = find(schema, {"items"})) walk_schema(path + "[]", *items, visit);
}

/// Every schema of the document: those under components, and those written in place.
void walk_schemas(const std::string& path, const json::value& node, const Visit& visit) {
  if (const auto* list = node.if_array()) {
    for (const auto& item : *list) walk_schemas(path, item, visit);
  }
  const auto* object = node.if_object();
  if (object == nullptr) return;
  for (const auto& [name, value] : *object) {
    const std::string_view key(name);
    const auto inner = fmt::format("{}/{}", path, key);
    if (key == "schema") {
      walk_schema(inner, value, visit);
    } else if (key == "schemas") {
      for (const auto& [schema_name, schema] : value.as_object()) {
        walk_schema(fmt::format("{}/{}", inner, std::string_view(schema_name)), schema, visit);
      }
    } else {
      walk_schemas(inner, value, visit);
    }
  }
}

void walk_references(const json::value& node, const std::function<void(const json::value&)>& visit) {
  if (const auto* list = node.if_array()) {
    for (const auto& item : *list) walk_references(item, visit);
  }
  const auto* object = node.if_object();
  if (object == nullptr) return;
  if (object->contains("$ref")) visit(node);
  for (const auto& [name, value] : *object) walk_references(value, visit);
}

TEST(ApiDescription, UsesOnlyTheSchemaWordsThatMeanTheSameEverywhere) {
  int schemas = 0;
  walk_schemas("", api_document().document(), [&](const std::string& path, const json::object& schema) {
    ++schemas;
    for (const auto& [word, value] : schema) {
      EXPECT_TRUE(kSchemaWords.contains(std::string_view(word))) << path << ": " << std::string_view(word);
    }
  });
  EXPECT_GT(schemas, 200);
}

TEST(ApiDescription, RequiresOnlyPropertiesThatItDescribes) {
  walk_schemas("", api_document().document(), [](const std::string& path, const json::object& schema) {
    const auto* required = find(schema, {"required"});
    if (required == nullptr) return;
    for (const auto& name : required->as_array()) {
      EXPECT_NE(find(schema, {"properties", name.as_string()}), nullptr)
          << path << ": " << json::serialize(name);
    }
  });
}

TEST(ApiDescription, EveryReferenceLeadsSomewhere) {
  int references = 0;
  walk_references(api_document().document(), [&](const json::value& node) {
    ++references;
    EXPECT_NE(resolve_reference(api_document().document(), node), nullptr) << json::serialize(node);
  });
  EXPECT_GT(references, 80);
}

TEST(ApiDescription, RequestBodiesRefuseUnknownFields) {
  for (const auto& operation : api_document().operations()) {
    // A pool file has its own schema; a scenario's members are those of the library's catalogue, which
    // refuses others.
    if (!operation.has_body || operation.id == "applyPool" || operation.id == "askTokenomics") continue;
    const auto checked = api_document().check_body(operation, json::object{{"nonsense", 1}});
    ASSERT_FALSE(checked) << operation.id;
    const auto& fields = checked.error().fields;
    EXPECT_TRUE(std::any_of(fields.begin(), fields.end(), [](const FieldError& field) {
      return field == FieldError{"nonsense", "", "no such field", "There is no field nonsense here."};
    })) << operation.id;
  }
}

/// Everything that a refusal says.
std::string whole(const Error& error) {
  auto text = error.message;
  for (const auto& field : error.fields)
    text += "\n" + field.field + " " + field.value + " " + field.limit + " " + field.message;
  return text;
}

TEST(ApiDescription, ARefusalRepeatsNoSecret) {
  const auto& document = api_document();
  const auto& login = *document.find("login");
  const auto wrong_name =
      document.check_body(login, {{"email", "ana@example.org"}, {"passwort", "hunter2hunter2"}});
  ASSERT_FALSE(wrong_name);
  EXPECT_NE(whole(wrong_name.error()).find("passwort"), std::string::npos);
  EXPECT_EQ(whole(wrong_name.error()).find("hunter2"), std::string::npos) << whole(wrong_name.error());
  const auto wrong_type =
      document.check_body(login, {{"email", "ana@example.org"}, {"password", 2468135790}});
  ASSERT_FALSE(wrong_type);
  EXPECT_NE(whole(wrong_type.error()).find("password"), std::string::npos);
  EXPECT_EQ(whole(wrong_type.error()).find("2468135790"), std::string::npos) << whole(wrong_type.error());
  const auto as_parameter = document.check_parameters(*document.find("listReservations"),
                                                      {{"token", "hunter2"}, {"token", "hunter2"}}, {});
  ASSERT_FALSE(as_parameter);
  EXPECT_EQ(whole(as_parameter.error()).find("hunter2"), std::string::npos) << whole(as_parameter.error());
}

TEST(ApiDescription, OperationIdsAreUnique) {
  std::set<std::string> ids;
  for (const auto& operation : api_document().operations())
    EXPECT_TRUE(ids.insert(operation.id).second) << operation.id;
}

// --- How bodies and parameters are checked ---

const Operation& operation(std::string_view id) {
  return *api_document().find(id);
}

std::vector<FieldError> faults(std::string_view id, const json::value& body) {
  const auto checked = api_document().check_body(operation(id), body);
  auto fields = checked ? std::vector<FieldError>{} : checked.error().fields;
  std::sort(fields.begin(), fields.end(),
            [](const FieldError& a, const FieldError& b) { return a.field < b.field; });
  return fields;
}

TEST(ApiDocument, NamesTheFieldTheValueAndTheLimit) {
  const json::object body{
      {"pool", "lab"}, {"device_class", ""}, {"units", 1.5}, {"start", "now"}, {"mode", "fast"}};
  EXPECT_EQ(faults("createReservation", body),
            (std::vector<FieldError>{{"device_class", "", "text, not empty, at most 63 characters",
                                      "Class must be text, not empty, at most 63 characters."},
                                     {"mode", "fast", "one of interactive_ml, inference_containers",
                                      "Mode must be one of interactive_ml, inference_containers."},
                                     {"units", "1.5", "a whole number", "Units must be a whole number."}}));
}

TEST(ApiDocument, TellsEveryMissingAndEveryUnknownField) {
  const auto found = faults("createReservation", json::object{{"pool", "lab"}, {"a", 1}, {"b", "x"}});
  std::set<std::string> named;
  for (const auto& field : found) named.insert(field.field + " " + field.limit);
  EXPECT_EQ(named, (std::set<std::string>{"device_class required", "units required", "start required",
                                          "a no such field", "b no such field"}));
}

TEST(ApiDocument, NamesItemsByTheirNumber) {
  EXPECT_EQ(faults("createToken", json::object{{"name", "x"}, {"scopes", {"read", "fly"}}}),
            (std::vector<FieldError>{{"scopes[1]", "fly", "one of read, write, admin",
                                      "scopes[1] must be one of read, write, admin."}}));
}

TEST(ApiDocument, BodiesThatAreNoObjectAreRefusedAsAWhole) {
  for (const json::value& body :
       {json::value(json::array{1, 2}), json::value("x"), json::value(nullptr), json::value(3)}) {
    const auto found = faults("login", body);
    ASSERT_EQ(found.size(), 1U) << json::serialize(body);
    EXPECT_EQ(found.front().field, "body");
    EXPECT_EQ(found.front().limit, "an object");
  }
}

TEST(ApiDocument, TellsOnlySoManyFaults) {
  json::object body{{"name", "x"}};
  for (int i = 0; i < 5'000; ++i) body[fmt::format("field{}", i)] = i;
  EXPECT_LE(faults("createToken", body).size(), 32U);
  EXPECT_LE(faults("createToken", json::object{{"name", "x"}, {"scopes", json::array(20'000, 1)}}).size(),
            32U);
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(ApiDocument, RefusesUnknownMissingRepeatedAndMalformedParameters) {
  const auto fields = [](std::string_view id, const Pairs& query) {
    const auto checked = api_document().check_parameters(operation(id), query, {});
    std::vector<std::string> out;
    if (!checked) {
      for (const auto& field : checked.error().fields) out.push_back(field.field + ": " + field.limit);
    }
    return out;
  };
  using Told = std::vector<std::string>;
  EXPECT_EQ(fields("listReservations", {{"limit", "5"}, {"state", "ACTIVE,APPROVED"}, {"mine", "true"}}),
            Told{});
  EXPECT_EQ(fields("listReservations", {{"nonsense", "1"}}), Told{"nonsense: no such parameter"});
  EXPECT_EQ(fields("listReservations", {{"limit", "5"}, {"limit", "6"}}), Told{"limit: once"});
  EXPECT_EQ(fields("listReservations", {{"mine", "yes"}}), Told{"mine: one of true, false"});
  EXPECT_EQ(fields("availability", {{"pool", "lab"}, {"from", "x"}}), Told{"to: required"});
  // As long as a target may be: the form is not looked at character by character.
  EXPECT_EQ(fields("listReservations", {{"state", std::string(8'000, 'A')}}).size(), 1U);
}

TEST(ApiDocument, AnIdThatCannotBeOneIsNotFound) {
  const auto checked = api_document().check_parameters(operation("getReservation"), {}, {{"id", "1 OR 1=1"}});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::kNotFound);
}

TEST(ApiDocument, AnAnswerThatIsNotDescribedIsNoticed) {
  const auto check = [](std::string_view id, int status, std::string_view type, const json::value& body) {
    return api_document().check_answer(operation(id), status, type, body);
  };
  const json::value page{{"items", json::array()}, {"next", nullptr}};
  EXPECT_EQ(check("listTokens", 200, "application/json", page), "");
  EXPECT_NE(check("listTokens", 201, "application/json", page), "");
  EXPECT_NE(check("listTokens", 200, "text/plain", page), "");
  EXPECT_NE(check("listTokens", 200, "application/json", json::object{{"items", json::array()}}), "");
  EXPECT_NE(check("listTokens", 404, "application/problem+json", page), "");
  EXPECT_EQ(check("logout", 204, "", nullptr), "");
  EXPECT_NE(check("logout", 204, "application/json", json::object()), "");
}

}  // namespace
}  // namespace berth::portal
