// A destination: each function makes of an event the request that the host will send. It writes the request and returns true,
// or the reason why there is none, and returns false. What it is given and what it writes is the callee's: malloc and free.

#include <stdlib.h>

#include "bindings/component.h"
#include "text.h"

static bool send(const char *type, const component_string_t *name, exports_edgee_event_t *e, exports_edgee_dict_t *settings,
                 exports_edgee_edgee_request_t *request, component_string_t *error);

bool exports_edgee_page(exports_edgee_event_t *e, exports_edgee_dict_t *settings, exports_edgee_edgee_request_t *request,
                        component_string_t *error) {
  return send("page", &e->data.val.page.title, e, settings, request, error);
}

bool exports_edgee_track(exports_edgee_event_t *e, exports_edgee_dict_t *settings, exports_edgee_edgee_request_t *request,
                         component_string_t *error) {
  return send("track", &e->data.val.track.name, e, settings, request, error);
}

bool exports_edgee_user(exports_edgee_event_t *e, exports_edgee_dict_t *settings, exports_edgee_edgee_request_t *request,
                        component_string_t *error) {
  return send("user", &e->data.val.user.user_id, e, settings, request, error);
}

static void add_text(text_t *text, const char *key, const component_string_t *value) {
  add_member(text, key, (const char *)value->ptr, value->len);
}

static component_string_t taken(text_t text) { return (component_string_t){(uint8_t *)text.at, text.length}; }

static bool send(const char *type, const component_string_t *name, exports_edgee_event_t *e, exports_edgee_dict_t *settings,
                 exports_edgee_edgee_request_t *request, component_string_t *error) {
  text_t bearer = {0}, body = {0};
  for (size_t i = 0; i < settings->len; i++) {
    const component_string_t *key = &settings->ptr[i].f0, *value = &settings->ptr[i].f1;
    if (!bearer.length && same((const char *)key->ptr, key->len, "api_key", 7)) {
      add(&bearer, "Bearer ", 7);
      add(&bearer, (const char *)value->ptr, value->len);
    }
  }

  add(&body, "{", 1);
  component_string_t kind;
  component_string_set(&kind, type);
  add_text(&body, "type", &kind);
  add_text(&body, "id", &e->uuid);
  add_number(&body, "at", e->timestamp_millis);
  add_text(&body, "visitor", &e->context.user.edgee_id);
  add_text(&body, "name", name);
  add_text(&body, "url", &e->context.page.url);
  add(&body, "}", 1);
  exports_edgee_event_free(e);
  exports_edgee_dict_free(settings);

  if (!bearer.length) {
    free(body.at);
    component_string_dup(error, "the setting api_key is missing");
    return false;
  }
  request->method = EXPORTS_EDGEE_HTTP_METHOD_POST;
  component_string_dup(&request->url, "https://collect.example.com/v1/events");
  request->headers.len = 2;
  request->headers.ptr = malloc(2 * sizeof *request->headers.ptr);
  component_string_dup(&request->headers.ptr[0].f0, "content-type");
  component_string_dup(&request->headers.ptr[0].f1, "application/json");
  component_string_dup(&request->headers.ptr[1].f0, "authorization");
  request->headers.ptr[1].f1 = taken(bearer);
  request->forward_client_headers = false;
  request->body = taken(body);
  return true;
}
