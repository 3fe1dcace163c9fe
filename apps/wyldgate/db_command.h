#pragma once
// `wyldgate db ...`: the schema of the database.

#include "config/settings.h"

namespace wyld {

// Both return an exit code; what is wrong goes to standard error.
int db_migrate(const config::Settings& settings);
int db_status(const config::Settings& settings);

}  // namespace wyld
