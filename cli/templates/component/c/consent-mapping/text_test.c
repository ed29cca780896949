#include "text.h"
#include <assert.h>

int main(void) {
  assert(same("yes", 3, "yes", 3));
  assert(!same("yes", 3, "no", 2));
  assert(!same("yes", 2, "yes", 3));
}
