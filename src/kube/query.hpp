// The query part of a request's target.
#pragma once

#include <string>
#include <string_view>

#include "kube/resource.hpp"

namespace berth::kube {

class Query {
 public:
  void add(std::string_view name, std::string_view value) {
    text_ += text_.empty() ? '?' : '&';
    text_ += name;
    text_ += '=';
    text_ += percent_encode(value);
  }
  /// "" or "?name=value&...".
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace berth::kube
