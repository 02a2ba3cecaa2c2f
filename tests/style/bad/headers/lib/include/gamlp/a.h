int gamlp_a(size_t n);
