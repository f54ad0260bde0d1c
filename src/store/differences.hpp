// What a declaration changes about what is there, in sentences. Pure. Internal to the store.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace berth::store {

class Differences {
 public:
  std::vector<std::string> take() { return std::move(sentences_); }

  /// A sentence for each value of `after` that is another one in `before`; parts that have names are compared
  /// by name.
  void objects(const std::string& what, const std::string& path, const json::object& before,
               const json::object& after);

 private:
  void named(const std::string& word, const std::string& parent, const json::array& before,
             const json::array& after);

  std::vector<std::string> sentences_;
};

}  // namespace berth::store
