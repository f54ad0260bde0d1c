// What an answer that is no success means.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"
#include "kube/transport.hpp"

namespace berth::kube {

/// The error of a Kubernetes Status object, or of an event of kind ERROR, by its reason; `http_status`
/// decides where there is no reason. `what` says what was tried on what.
Error error_of_status(std::string_view what, int http_status, const json::value& status);

/// The error of a whole answer, whose body may be a Status, or text from something between us and the server.
Error error_of_response(std::string_view what, const HttpResponse& response);

}  // namespace berth::kube
