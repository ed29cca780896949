#include "text.h"
#include <stdlib.h>
#include <string.h>

bool same(const char *a, size_t a_length, const char *b, size_t b_length) {
  return a_length == b_length && memcmp(a, b, a_length) == 0;
}

void add(text_t *text, const char *more, size_t length) {
  if (length == 0) return;
  if (text->length + length > text->room) {
    text->room = 2 * (text->length + length);
    text->at = realloc(text->at, text->room);
    if (!text->at) abort();
  }
  memcpy(text->at + text->length, more, length);
  text->length += length;
}

static void add_quoted(text_t *text, const char *value, size_t length) {
  add(text, "\"", 1);
  for (size_t i = 0; i < length; i++) {
    const char c = value[i], *hex = "0123456789abcdef";
    if (c == '"' || c == '\\') {
      add(text, (char[]){'\\', c}, 2);
    } else if ((unsigned char)c < ' ') {
      add(text, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
    } else {
      add(text, &c, 1);
    }
  }
  add(text, "\"", 1);
}

static void add_key(text_t *text, const char *key) {
  if (text->length && text->at[text->length - 1] != '{') add(text, ",", 1);
  add_quoted(text, key, strlen(key));
  add(text, ":", 1);
}

void add_member(text_t *text, const char *key, const char *value, size_t length) {
  add_key(text, key);
  add_quoted(text, value, length);
}

void add_number(text_t *text, const char *key, long long number) {
  add_key(text, key);
  char digits[20], *digit = digits + sizeof digits;
  unsigned long long rest = number < 0 ? -(unsigned long long)number : (unsigned long long)number;
  do *--digit = '0' + rest % 10;
  while (rest /= 10);
  if (number < 0) add(text, "-", 1);
  add(text, digit, digits + sizeof digits - digit);
}
