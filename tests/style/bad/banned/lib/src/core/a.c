/* strcpy(a, b) in a comment and "abort()" in a literal are no calls */
void bad(char *a, const char *b) {
    const char *text = "abort()";
    strcpy(a, b);
    printf("%s", text);
    fprintf(stderr, "x");
    a = malloc(3);
    exit(1);
}
