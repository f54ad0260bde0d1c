// The API description at work: which operations there are, what their bodies must be, and, for tests, what
// their answers must be. valijson is included by api_document.cpp alone.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::portal {

/// Where an operation is found: "POST" and "/reservations/{id}/extend", as the description writes it.
struct OperationKey {
  std::string method;
  std::string path;
  auto operator<=>(const OperationKey&) const = default;
};

struct Parameter {
  std::string name;
  std::string in;  // "query", "path", "header"
  bool required = false;
};

struct Operation {
  OperationKey key;
  std::string id;
  bool is_public = false;  // `security: []`
  bool is_nodes = false;   // for the daemon of a node's cache, and nobody else
  std::vector<Parameter> parameters;
  bool has_body = false;
  bool is_repeated = false;  // it may be answered 304
};

class ApiDocument {
 public:
  /// The one that the program carries. FieldErrors in it are faults of the program, found by any test.
  static Result<std::unique_ptr<ApiDocument>> load(std::string_view yaml);
  ~ApiDocument();

  const std::vector<Operation>& operations() const;
  const Operation* find(std::string_view id) const;
  /// The document itself, as JSON.
  const json::value& document() const;

  /// kInvalid with a FieldError for each field at fault: unknown ones too.
  Status check_body(const Operation& operation, const json::value& body) const;
  /// Query and path parameters: unknown, missing or malformed ones.
  Status check_parameters(const Operation& operation,
                          const std::vector<std::pair<std::string, std::string>>& query,
                          const std::vector<std::pair<std::string, std::string>>& path) const;
  /// For tests: what is wrong with an answer, empty when it is as described. `body` is null for none.
  std::string check_answer(const Operation& operation, int status, std::string_view content_type,
                           const json::value& body) const;

 private:
  struct Parts;
  explicit ApiDocument(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace berth::portal
