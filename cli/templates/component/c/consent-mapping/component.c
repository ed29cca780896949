// Reads what a visitor has agreed to from a cookie.

#include "bindings/component.h"
#include "text.h"

static const component_string_t *get(const exports_edgee_dict_t *dict, const char *name, size_t length) {
  for (size_t i = 0; i < dict->len; i++)
    if (same((const char *)dict->ptr[i].f0.ptr, dict->ptr[i].f0.len, name, length)) return &dict->ptr[i].f1;
  return NULL;
}

// Writes to answer what the cookies say, and is false where they say nothing.
bool exports_edgee_map(exports_edgee_dict_t *cookies, exports_edgee_dict_t *settings, exports_edgee_consent_t *answer) {
  const component_string_t *name = get(settings, "cookie_name", 11);
  const component_string_t *value = name ? get(cookies, (const char *)name->ptr, name->len) : get(cookies, "consent", 7);
  if (value) {
    const char *said = (const char *)value->ptr;
    *answer = same(said, value->len, "yes", 3)  ? EXPORTS_EDGEE_CONSENT_GRANTED
              : same(said, value->len, "no", 2) ? EXPORTS_EDGEE_CONSENT_DENIED
                                                : EXPORTS_EDGEE_CONSENT_PENDING;
  }
  exports_edgee_dict_free(cookies);
  exports_edgee_dict_free(settings);
  return value != NULL;
}
