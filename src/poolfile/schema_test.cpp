// The published schema and the code say the same: what one knows, the other knows.
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "poolfile/lab_file.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::poolfile {
namespace {

class PublishedSchema : public testing::Test {
 protected:
  PublishedSchema() : document_(json::parse(read_file(source_path("api/pool.schema.json")))) {
    valijson::SchemaParser parser;
    valijson::adapters::BoostJsonAdapter adapter(document_);
    parser.populateSchema(adapter, schema_);
  }

  bool admits(const json::value& value) {
    valijson::Validator validator;
    valijson::adapters::BoostJsonAdapter adapter(value);
    return validator.validate(schema_, adapter, nullptr);
  }

  /// The schema that a node stands for: its own, or the one it names.
  const json::object* resolve(const json::object* node) const {
    const auto* name = node->if_contains("$ref");
    if (name == nullptr) return node;
    return &document_.at_pointer(std::string_view(name->as_string()).substr(1)).as_object();
  }

  /// Every property of a kind of document as a path like "nodes[].units[].name".
  std::set<std::string> schema_paths(const std::string& kind) const {
    std::set<std::string> paths;
    const std::function<void(const json::object&, const std::string&)> walk = [&](const json::object& given,
                                                                                  const std::string& path) {
      const auto& node = *resolve(&given);
      if (const auto* items = node.if_contains("items")) walk(items->as_object(), path + "[]");
      const auto* properties = node.if_contains("properties");
      if (properties == nullptr) return;
      for (const auto& [name, property] : properties->as_object()) {
        const auto below = path.empty() ? std::string(name) : path + "." + std::string(name);
        paths.insert(below);
        walk(property.as_object(), below);
      }
    };
    walk(document_.at("definitions").at(kind).as_object(), "");
    return paths;
  }

  json::value document_;
  valijson::Schema schema_;
};

std::set<std::string> document_paths(const json::value& document) {
  std::set<std::string> paths;
  const std::function<void(const json::value&, const std::string&)> walk = [&](const json::value& value,
                                                                               const std::string& path) {
    if (const auto* list = value.if_array()) {
      for (const auto& item : *list) walk(item, path + "[]");
    } else if (const auto* object = value.if_object()) {
      for (const auto& [name, child] : *object) {
        const auto below = path.empty() ? std::string(name) : path + "." + std::string(name);
        paths.insert(below);
        walk(child, below);
      }
    }
  };
  walk(document, "");
  return paths;
}

/// Every place in a document, as JSON pointers.
std::vector<std::string> pointers(const json::value& value, const std::string& here = "") {
  std::vector<std::string> all{here};
  const auto add = [&](const std::string& step, const json::value& child) {
    for (auto& below : pointers(child, here + "/" + step)) all.push_back(std::move(below));
  };
  if (const auto* list = value.if_array()) {
    for (std::size_t i = 0; i < list->size(); ++i) add(std::to_string(i), (*list)[i]);
  } else if (const auto* object = value.if_object()) {
    for (const auto& [name, child] : *object) add(std::string(name), child);
  }
  return all;
}

/// Every field, and one of each thing: these tests try every place of it.
json::value written_lab() {
  json::value lab = to_json(*parse_pool(lab_document()));
  lab.at_pointer("/nodes/0/devices").as_array().resize(1);
  lab.at_pointer("/nodes/0/devices/0/units").as_array().resize(1);
  json::object& unit = lab.at_pointer("/nodes/0/devices/0/units/0").as_object();
  unit["device_class"] = "whole-96gb";
  json::object lone = unit;  // as it may be told without a device, which is never written
  lone.erase("placement");
  lone["name"] = "lone";
  lone["resource_name"] = "nvidia.com/lone";
  lab.at_pointer("/nodes/0").as_object()["units"] = json::array{lone};
  lab.at_pointer("/device_classes").as_array().resize(1);
  lab.at_pointer("/nodes/0").as_object()["labels"] = json::array{"nvidia.com/gpu.product=NVIDIA-A30"};
  json::object& policy = lab.at_pointer("/policy").as_object();
  policy["keep_home_days"] = 14;
  policy["keep_home_max_gib"] = 50;
  policy["keep_home_count"] = 2;
  lab.as_object()["annual_cost"] = json::object{{"amount", "12345.67"}, {"currency", "EUR"}};
  return lab;
}

json::value written_cluster() {
  json::value cluster = to_json(*parse_cluster(lab_cluster_document()));
  cluster.as_object()["image_pull_secrets"] = json::array{"pull"};
  cluster.as_object()["api_url"] = "https://api.lab.example:6443";
  cluster.as_object()["api_authority"] = "system";
  cluster.as_object()["portal_url"] = "https://berth.lab.example";
  cluster.as_object()["dcgm_exporter"] = {
      {"namespace", "gpu-operator"}, {"label", "app=nvidia-dcgm-exporter"}, {"port", 9400}};
  return cluster;
}

/// One document, whichever kind it is of.
bool reads(const json::value& document) {
  return parse_stream(std::span(&document, 1)).has_value();
}

TEST_F(PublishedSchema, TheReferenceDocumentsPassBoth) {
  for (const auto& document : lab_documents()) {
    EXPECT_TRUE(admits(document));
    EXPECT_TRUE(reads(document));
  }
}

TEST_F(PublishedSchema, KnowsExactlyTheFieldsThatTheCodeKnows) {
  EXPECT_TRUE(admits(written_lab()));
  EXPECT_TRUE(admits(written_cluster()));
  EXPECT_EQ(document_paths(written_lab()), schema_paths("pool"));
  EXPECT_EQ(document_paths(written_cluster()), schema_paths("cluster"));
}

TEST_F(PublishedSchema, AResourceNameOfAnotherMakerIsRefusedByBoth) {
  for (const auto* name : {"nvidia.com/gpu", "nvidia.com/mig-1g.24gb.me", "amd.com/gpu", "nvidiaXcom/gpu",
                           "nvidia.com/", "gpu"}) {
    auto document = written_lab();
    put(document, "/nodes/0/devices/0/units/0/resource_name", name);
    const bool ours = std::string_view(name).starts_with("nvidia.com/") && std::string_view(name).size() > 11;
    EXPECT_EQ(admits(document), ours) << name;
    EXPECT_EQ(parse_pool(document).has_value(), ours) << name;
  }
}

TEST_F(PublishedSchema, AFieldThatIsNotKnownIsRefusedByBothEverywhere) {
  int objects = 0;
  for (const auto& good : {written_lab(), written_cluster()}) {
    for (const auto& pointer : pointers(good)) {
      auto document = good;
      auto* object = document.at_pointer(pointer).if_object();
      if (object == nullptr) continue;
      ++objects;
      object->emplace("surprise", 1);
      EXPECT_FALSE(admits(document)) << pointer;
      EXPECT_FALSE(reads(document)) << pointer;
    }
  }
  EXPECT_EQ(objects, 14);  // a pool's 11, a cluster's 3
}

TEST_F(PublishedSchema, AFieldThatIsMissingIsRefusedByBothOrByNeither) {
  for (const auto& good : {written_lab(), written_cluster()}) {
    for (const auto& pointer : pointers(good)) {
      auto document = good;
      const auto slash = pointer.rfind('/');
      if (slash == std::string::npos) continue;
      auto* object = document.at_pointer(pointer.substr(0, slash)).if_object();
      if (object == nullptr) continue;
      object->erase(pointer.substr(slash + 1));
      EXPECT_EQ(admits(document), reads(document)) << "without " << pointer;
    }
  }
}

TEST_F(PublishedSchema, AValueThatTheSchemaRefusesIsRefusedByTheCode) {
  const json::array values{
      nullptr, -1, 1.5, 319, "a b", json::array(), json::object(), json::string(600, 'a')};
  for (const auto& good : {written_lab(), written_cluster()}) {
    for (const auto& pointer : pointers(good)) {
      if (pointer.empty()) continue;
      for (const auto& value : values) {
        auto document = good;
        put(document, pointer, value);
        // The code may know more (what is above what, which names exist), never less.
        EXPECT_TRUE(admits(document) || !reads(document)) << pointer << " = " << value;
      }
    }
  }
}

}  // namespace
}  // namespace berth::poolfile
