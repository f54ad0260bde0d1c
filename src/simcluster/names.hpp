// What names, labels and annotations may look like. Each check returns the sentence of the API, or "" when
// all is well.
#pragma once

#include <string>
#include <string_view>

namespace berth::simcluster {

std::string label_name_problem(std::string_view name);    // RFC 1123 label: namespaces, services
std::string subdomain_problem(std::string_view name);     // RFC 1123 subdomain: most objects
std::string path_segment_problem(std::string_view name);  // roles and bindings: anything that is one segment
std::string label_key_problem(std::string_view key);      // [prefix/]name, of labels and annotations
std::string label_value_problem(std::string_view value);

}  // namespace berth::simcluster
