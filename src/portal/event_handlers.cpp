#include "portal/event_hub.hpp"
#include "portal/handlers.hpp"
#include "store/events.hpp"

namespace berth::portal {
namespace {

HandlerResult events(Call& call) {
  auto& hub = call.services.events;
  auto room = hub.reserve(call.caller->user.id);
  if (!room) {
    Error error{.code = Code::kTooMany,
                .message = "Too many event streams are open.",
                .slug = "too_many_streams",
                .fields = {},
                .retry_after_seconds = 10};
    return fail(std::move(error));
  }
  auto point = resume_point(call.request);
  if (!point) return fail(point.error());
  std::int64_t after = 0;
  std::vector<store::Event> missed;
  bool reset = false;
  if (point->has_value()) {
    auto found = store::events_after(call.db, **point);
    if (!found) return fail(found.error());
    after = **point;
    // More than one read holds, or some no longer kept: looking at everything is cheaper than replaying it.
    reset = found->gap || found->events.size() >= static_cast<std::size_t>(store::kMaxEventsAtOnce);
    if (!reset) missed = std::move(found->events);
  }
  if (!point->has_value() || reset) {
    auto newest = store::newest_event(call.db);
    if (!newest) return fail(newest.error());
    after = *newest;
  }

  http::Response response;
  response.headers = {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}};
  response.on_stream = [&hub, room = std::move(room),
                        subscriber = EventHub::Subscriber{call.caller->viewer, call.caller->credential},
                        after, missed = std::move(missed), reset](std::shared_ptr<http::Stream> stream) {
    hub.add(*room, std::move(stream), subscriber, after, missed, reset);
  };
  return response;
}

}  // namespace

void add_event_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["events"] = events;
}

}  // namespace berth::portal
