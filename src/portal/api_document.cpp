#include "portal/api_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "portal/schema_faults.hpp"

namespace berth::portal {
namespace {

/// Longer ones are refused before their form is looked at: std::regex recurses once per character.
constexpr std::size_t kMaxParameterBytes = 1024;

/// A list of a hundred thousand wrong items is told about no further.
constexpr std::size_t kMostFaults = 64;

/// What is wrong, or nothing.
std::vector<SchemaFault> faults_of(const valijson::Schema& schema, const json::value& value) {
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  valijson::ValidationResults results;
  if (validator.validate(schema, valijson::adapters::BoostJsonAdapter(value), &results)) return {};
  std::vector<SchemaFault> faults;
  for (const auto& error : results) {
    if (faults.size() == kMostFaults) break;
    faults.push_back({error.context, error.description});
  }
  if (faults.empty()) faults.push_back({{"<root>"}, "does not fit"});
  return faults;
}

/// One compiled schema and the node of the document that it came from.
struct Compiled {
  const json::value* node = nullptr;
  std::unique_ptr<valijson::Schema> schema;
};

}  // namespace

struct ApiDocument::Parts {
  json::value document;
  std::vector<Operation> operations;
  std::map<OperationKey, Compiled> bodies;
  std::map<std::string, Compiled> answers;     // "POST /reservations 201"
  std::map<std::string, Compiled> parameters;  // "GET /reservations query limit"
  std::set<std::string> empty_answers;         // no content

  Compiled compile(const json::value& node) {
    Compiled out{&node, std::make_unique<valijson::Schema>()};
    valijson::SchemaParser parser;
    // The whole document with this node's content in front, so that its references find their targets.
    json::object root{{"components", document.at("components")}};
    if (const auto* object = node.if_object()) {
      for (const auto& [key, value] : *object) root[key] = value;
    }
    const json::value whole(std::move(root));
    parser.populateSchema(valijson::adapters::BoostJsonAdapter(whole), *out.schema);
    return out;
  }

  void add(const std::string& path, const std::string& method, const json::value& described) {
    Operation operation;
    operation.key = {method, path};
    operation.id = string_at(described, {"operationId"});
    if (const auto* security = ::berth::find(described, {"security"})) {
      const auto& schemes = security->as_array();
      operation.is_public = schemes.empty();
      operation.is_nodes = schemes.size() == 1 && ::berth::find(schemes.front(), {"node"}) != nullptr;
    }
    if (const auto* given = ::berth::find(described, {"parameters"})) {
      for (const auto& entry : given->as_array()) {
        const auto& parameter = *resolve_reference(document, entry);
        Parameter known{string_at(parameter, {"name"}), string_at(parameter, {"in"}),
                        find_bool(parameter, {"required"}).value_or(false)};
        parameters[fmt::format("{} {} {} {}", method, path, known.in, known.name)] =
            compile(parameter.at("schema"));
        operation.parameters.push_back(std::move(known));
      }
    }
    if (const auto* schema =
            ::berth::find(described, {"requestBody", "content", "application/json", "schema"})) {
      operation.has_body = true;
      bodies[operation.key] = compile(*schema);
    }
    for (const auto& [status, entry] : described.at("responses").as_object()) {
      const auto& answer = *resolve_reference(document, entry);
      const auto name = fmt::format("{} {} {}", method, path, std::string_view(status));
      operation.is_repeated = operation.is_repeated || status == "304";
      const auto* content = ::berth::find(answer, {"content"});
      if (content == nullptr) {
        empty_answers.insert(name);
        continue;
      }
      for (const auto& [type, media] : content->as_object()) {
        answers[fmt::format("{} {}", name, std::string_view(type))] = compile(media.at("schema"));
      }
    }
    operations.push_back(std::move(operation));
  }
};

Result<std::unique_ptr<ApiDocument>> ApiDocument::load(std::string_view yaml) {
  auto documents = yaml_documents(yaml);
  if (!documents) return fail(within("read the API description", documents.error()));
  auto parts = std::make_unique<Parts>();
  parts->document = std::move(documents->front());
  try {
    for (const auto& [path, methods] : parts->document.at("paths").as_object()) {
      for (const auto& [method, described] : methods.as_object()) {
        std::string upper(method);
        std::transform(upper.begin(), upper.end(), upper.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        parts->add(std::string(path), upper, described);
      }
    }
  } catch (const std::exception& fault) {
    return fail(Code::kInternal, fmt::format("the API description is faulty: {}", fault.what()));
  }
  return std::unique_ptr<ApiDocument>(new ApiDocument(std::move(parts)));
}

ApiDocument::ApiDocument(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ApiDocument::~ApiDocument() = default;
const std::vector<Operation>& ApiDocument::operations() const {
  return parts_->operations;
}
const json::value& ApiDocument::document() const {
  return parts_->document;
}

const Operation* ApiDocument::find(std::string_view id) const {
  const auto found = std::find_if(parts_->operations.begin(), parts_->operations.end(),
                                  [&](const Operation& operation) { return operation.id == id; });
  return found == parts_->operations.end() ? nullptr : &*found;
}

Status ApiDocument::check_body(const Operation& operation, const json::value& body) const {
  const auto found = parts_->bodies.find(operation.key);
  if (found == parts_->bodies.end()) return {};
  const auto faults = faults_of(*found->second.schema, body);
  if (faults.empty()) return {};
  return fail(describe_faults(parts_->document, *found->second.node, body, faults));
}

Status ApiDocument::check_parameters(const Operation& operation,
                                     const std::vector<std::pair<std::string, std::string>>& query,
                                     const std::vector<std::pair<std::string, std::string>>& path) const {
  Error error{.code = Code::kInvalid,
              .message = "",
              .slug = "invalid_parameter",
              .fields = {},
              .retry_after_seconds = 0};
  const auto check = [&](std::string_view in, const std::string& name, const std::string& value) {
    const auto found = parts_->parameters.find(
        fmt::format("{} {} {} {}", operation.key.method, operation.key.path, in, name));
    const json::value text(value);
    if (found == parts_->parameters.end()) {
      const auto shown_name = shown(name);
      error.fields.push_back(
          {shown_name, "", "no such parameter", fmt::format("There is no parameter {} here.", shown_name)});
    } else if (value.size() > kMaxParameterBytes || !faults_of(*found->second.schema, text).empty()) {
      const auto limit = limit_of(*found->second.node);
      error.fields.push_back({name, shown(value), limit, fmt::format("{} must be {}.", name, limit)});
    }
  };
  std::set<std::string> seen;
  for (const auto& [name, value] : query) {
    if (!seen.insert(name).second) {
      const auto shown_name = shown(name);
      error.fields.push_back({shown_name, "", "once", fmt::format("{} is given twice.", shown_name)});
    }
    check("query", name, value);
  }
  for (const auto& [name, value] : path) check("path", name, value);
  for (const auto& parameter : operation.parameters) {
    if (parameter.in == "query" && parameter.required && !seen.contains(parameter.name)) {
      error.fields.push_back({parameter.name, "", "required", fmt::format("{} is missing.", parameter.name)});
    }
  }
  if (error.fields.empty()) return {};
  // An id that cannot be one names nothing: that is not found, not a fault of the form.
  if (error.fields.size() == 1 && error.fields.front().field == "id") {
    return fail(Code::kNotFound, "There is nothing with this id.", "not_found");
  }
  error.message = error.fields.front().message;
  return fail(std::move(error));
}

std::string ApiDocument::check_answer(const Operation& operation, int status, std::string_view content_type,
                                      const json::value& body) const {
  const auto type = content_type.substr(0, content_type.find(';'));
  for (const auto& name : {std::to_string(status), std::string("default")}) {
    const auto key = fmt::format("{} {} {}", operation.key.method, operation.key.path, name);
    if (parts_->empty_answers.contains(key))
      return body.is_null() ? "" : "has a body where none is described";
    const auto found = parts_->answers.find(fmt::format("{} {}", key, type));
    if (found == parts_->answers.end()) continue;
    if (name == "default" && status < 400) break;
    const auto faults = faults_of(*found->second.schema, body);
    return faults.empty() ? "" : describe_faults(parts_->document, *found->second.node, body, faults).message;
  }
  return fmt::format("status {} with {} is not described for {} {}", status, type, operation.key.method,
                     operation.key.path);
}

}  // namespace berth::portal
