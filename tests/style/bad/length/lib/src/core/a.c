int short_one(void) {
    return 0;
}

static int *
long_one(int a,
         int b) {
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
    a++;
done:
    return 0;
}
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
/* filler */
