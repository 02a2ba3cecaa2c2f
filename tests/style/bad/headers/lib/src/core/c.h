enum { TWICE };
