// How long the portal waits for the database, and the database for the portal.
#pragma once

#include "pg/pg.hpp"

namespace berth::portal {

/// The settings with no deadline later than a request may wait. A browser gives up on nothing by itself, so
/// the portal does.
pg::Settings for_requests(pg::Settings settings);

/// The same for the question whether the portal is ready: whoever asks that gives up after a second or so.
pg::Settings for_readiness(pg::Settings settings);

}  // namespace berth::portal
