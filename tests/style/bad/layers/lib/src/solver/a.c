#include "graph/inner.h"
#include <igraph/igraph.h>
#include <stdio.h>
