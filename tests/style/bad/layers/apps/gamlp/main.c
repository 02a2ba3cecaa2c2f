#include "core/file.h"
#include <jansson.h>
#include "cmd.h"
