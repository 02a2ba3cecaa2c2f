#ifndef B
#define B
int gamlp_b(int class);
#endif
