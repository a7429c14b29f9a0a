// Included ahead of the addon's own sources. The addon takes string attributes but no lists of strings or types, which
// the fused kernels need ("fused_ops", "TArgs"). Here a string that ends with the unit separator (0x1f) is a list, each
// item ended by one; if it also begins with the record separator (0x1e), its items are the numbers of types.
#include "tensorflow/c/eager/c_api.h"

#include <stdlib.h>

#include <string>
#include <vector>

static inline void SetStringOrList(TFE_Op *op, const char *name, const void *value, size_t length) {
  const std::string text(static_cast<const char *>(value), length);
  if (text.empty() || text.back() != '\x1f') {
    TFE_OpSetAttrString(op, name, value, length);
    return;
  }
  const bool are_types = text.front() == '\x1e';
  std::vector<std::string> items;
  for (size_t start = are_types ? 1 : 0; start < text.size();) {
    const size_t end = text.find('\x1f', start);
    items.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  if (are_types) {
    std::vector<TF_DataType> types;
    for (const auto &item : items) types.push_back(static_cast<TF_DataType>(atoi(item.c_str())));
    TFE_OpSetAttrTypeList(op, name, types.data(), static_cast<int>(types.size()));
    return;
  }
  std::vector<const void *> starts;
  std::vector<size_t> lengths;
  for (const auto &item : items) {
    starts.push_back(item.data());
    lengths.push_back(item.size());
  }
  TFE_OpSetAttrStringList(op, name, starts.data(), lengths.data(), static_cast<int>(items.size()));
}

#define TFE_OpSetAttrString SetStringOrList
