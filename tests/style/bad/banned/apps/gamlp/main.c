int f(const char *t) {
    return atoi(t);
}
