#pragma once
#include <stdbool.h>
#include <stddef.h>

// Whether two texts, which need not end in a zero, are the same.
bool same(const char *a, size_t a_length, const char *b, size_t b_length);
