/* Module: core. */
#include "gamlp/graph.h"
