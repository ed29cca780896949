#include "text.h"
#include <assert.h>

int main(void) {
  text_t text = {0};
  add(&text, "{", 1);
  add_member(&text, "a", "x\"\\\n", 4);
  add_number(&text, "n", -9223372036854775807LL - 1);
  add(&text, "}", 1);
  const char *want = "{\"a\":\"x\\\"\\\\\\u000a\",\"n\":-9223372036854775808}";
  assert(same(text.at, text.length, want, __builtin_strlen(want)));
}
