// Errors as the API answers them: application/problem+json, one table from code to status.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "http/http.hpp"

namespace berth::portal {

/// The slug of a body that is not application/json: it has a status of its own.
inline constexpr std::string_view kUnsupportedMediaType = "unsupported_media_type";

/// The slug of a request that the reconciler did not answer in time: what is told of it is no secret of ours.
inline constexpr std::string_view kControllerSilent = "controller_silent";

int status_of(const Error& error);

/// `extra` members (limiting, alternatives, current) go into the body as they are. What is wrong inside Berth
/// or its database stays in the log; to the outside the answer says only that it is.
http::Response problem(const Error& error, std::string_view request_id, json::object extra = {});

/// Its body, without the id of the request.
json::object problem_body(const Error& error, json::object extra = {});

/// 405, with the methods that the address does know.
http::Response method_not_allowed(const std::vector<std::string>& allowed, std::string_view request_id);

/// What the HTTP edge refuses by itself, in the same form and with the headers of every answer.
http::Response edge_problem(int status, std::string_view detail, std::string_view request_id,
                            const http::Limits& limits, Instant now);

http::Response json_answer(int status, const json::value& body);

/// What every answer carries: the time by the database's clock, and that nothing of it is to be kept or
/// guessed at.
void add_common_headers(http::Response& response, Instant now);

/// That browsers come by TLS alone from now on, for a year.
void add_strict_transport(http::Response& response);

}  // namespace berth::portal
