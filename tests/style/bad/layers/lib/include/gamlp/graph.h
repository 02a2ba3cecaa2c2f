/* Module: graph. */
