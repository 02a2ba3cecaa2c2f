#include <igraph/igraph.h>
#include "core/file.h"
