// What tests share: a real PostgreSQL.
#pragma once

#include "testsupport/private_postgres.hpp"  // IWYU pragma: export
