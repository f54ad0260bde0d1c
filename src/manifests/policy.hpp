// An admission policy over all session namespaces, as a value. Inside this module only.
#pragma once

#include <string>
#include <vector>

namespace berth::manifests {

/// Requests: resources as "pods" or "pods/eviction", operations as "CREATE".
struct Matched {
  std::vector<std::string> groups;
  std::vector<std::string> resources;
  std::vector<std::string> operations;
};

/// A sentence about the request, in CEL, and what a user reads when it is not true.
struct Demand {
  std::string expression;
  std::string message;
};

/// Evaluated when it is first asked for; `variables.<name>` in what comes after it.
struct Variable {
  std::string name;
  std::string expression;
};

struct Policy {
  std::string name;
  std::vector<Matched> matched;
  std::vector<Variable> variables;
  std::vector<Demand> demands;
};

/// What pods of a session may be, and how long they may take to end.
Policy pod_policy();

}  // namespace berth::manifests
