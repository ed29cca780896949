#pragma once
#include <stdbool.h>
#include <stddef.h>

// Whether two texts, which need not end in a zero, are the same.
bool same(const char *a, size_t a_length, const char *b, size_t b_length);

// A text that grows. There is no telling that memory is full: then the component traps, which is the end of this call.
typedef struct {
  char *at;
  size_t length, room;
} text_t;

void add(text_t *text, const char *more, size_t length);

// Adds "key":"value", with a comma before it unless it is an object's first.
void add_member(text_t *text, const char *key, const char *value, size_t length);

// Adds "key":number.
void add_number(text_t *text, const char *key, long long number);
