// What the addon lacks, as C functions for Deno's FFI: running an op or a function with attributes that were made before,
// and the way from the addon's numbers of tensors to TensorFlow's handles.
#include <string>
#include <unordered_map>
#include <vector>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"
#include "tensorflow/c/eager/c_api_experimental.h"
#include "tf_auto_status.h"
#include "tfe_auto_op.h"
#include "tfjs_backend.h"

thread_local void *hem_backend = nullptr;

namespace {

using tfnodejs::TFJSBackend;

// The addon keeps these private. An explicit instantiation may name private members all the same.
template <class Member, typename Member::Type value>
struct Exposed {
  friend typename Member::Type Get(Member) { return value; }
};

struct Handles {
  using Type = std::unordered_map<int32_t, TFE_TensorHandle *> TFJSBackend::*;
  friend Type Get(Handles);
};
template struct Exposed<Handles, &TFJSBackend::tfe_handle_map_>;

struct Context {
  using Type = TFE_Context *TFJSBackend::*;
  friend Type Get(Context);
};
template struct Exposed<Context, &TFJSBackend::tfe_context_>;

struct Insert {
  using Type = int32_t (TFJSBackend::*)(TFE_TensorHandle *);
  friend Type Get(Insert);
};
template struct Exposed<Insert, &TFJSBackend::InsertHandle>;

TFJSBackend &Backend() { return *static_cast<TFJSBackend *>(hem_backend); }

thread_local std::string message;

int32_t Failed(const std::string &why) {
  message = why;
  return -1;
}

bool IsBad(const tfnodejs::TF_AutoStatus &status) {
  if (TF_GetCode(status.status) == TF_OK) return false;
  message = TF_Message(status.status);
  return true;
}

}  // namespace

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED TFE_Context *hem_context() { return Backend().*Get(Context()); }

// The tensor of that number, or null.
EXPORTED TFE_TensorHandle *hem_handle(int32_t id) {
  const auto &handles = Backend().*Get(Handles());
  const auto found = handles.find(id);
  return found == handles.end() ? nullptr : found->second;
}

// Why the last call on this thread failed.
EXPORTED const char *hem_message() { return message.c_str(); }

// Runs an op, or a function that the context knows. The attributes are those of another op, or null. The results come one
// after another as number, type, rank and dimensions. Returns -1 when it fails.
EXPORTED int32_t hem_execute(const char *name, const TFE_Op *attributes, const int32_t *inputs,
                             int32_t input_count, int32_t *results, int32_t result_count,
                             int32_t capacity) {
  tfnodejs::TF_AutoStatus status;
  tfnodejs::TFE_AutoOp op(TFE_NewOp(hem_context(), name, status.status));
  if (IsBad(status)) return -1;
  for (int32_t i = 0; i < input_count; i++) {
    TFE_TensorHandle *handle = hem_handle(inputs[i]);
    if (handle == nullptr) {
      return Failed("its input " + std::to_string(i) +
                    (inputs[i] < 0 ? " is a tensor of a captured step, used outside of it"
                                   : " is a tensor that was disposed"));
    }
    TFE_OpAddInput(op.op, handle, status.status);
    if (IsBad(status)) return -1;
  }
  if (attributes != nullptr) TFE_OpAddAttrs(op.op, TFE_OpGetAttrs(attributes));
  std::vector<TFE_TensorHandle *> handles(result_count, nullptr);
  int count = result_count;
  TFE_Execute(op.op, handles.data(), &count, status.status);
  if (IsBad(status)) return -1;
  const int32_t *end = results + capacity;
  for (int i = 0; i < count; i++) {
    const int rank = TFE_TensorHandleNumDims(handles[i], status.status);
    if (IsBad(status)) return -1;
    if (results + 3 + rank > end) return Failed("its results have too many dimensions");
    *results++ = (Backend().*Get(Insert()))(handles[i]);
    *results++ = TFE_TensorHandleDataType(handles[i]);
    *results++ = rank;
    for (int axis = 0; axis < rank; axis++) {
      *results++ = static_cast<int32_t>(TFE_TensorHandleDim(handles[i], axis, status.status));
    }
    if (IsBad(status)) return -1;
  }
  return count;
}
