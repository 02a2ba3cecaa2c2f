/* Module: core. */

/* Documented, both of them. */
int gamlp_a_one(void);
int gamlp_a_two(void);

int gamlp_a_three(void);
