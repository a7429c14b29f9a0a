// Included ahead of the addon's own sources: remembers the addon's backend, for binding.cc.
#include <js_native_api.h>

// One for each thread that has loaded the addon, since each has a backend of its own.
extern thread_local void *hem_backend;

#define napi_set_instance_data(env, data, ...) \
  (hem_backend = (data), napi_set_instance_data(env, data, __VA_ARGS__))
