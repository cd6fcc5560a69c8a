// A program for the C API of Wasmtime, which `cargo xtask compat` links with Transom: a function of C is called back with a text from the
// program's memory, and a result is printed.

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasm.h>
#include <wasmtime.h>

static void check(wasmtime_error_t *error, wasm_trap_t *trap) {
  if (error == NULL && trap == NULL)
    return;
  wasm_byte_vec_t message;
  if (error != NULL)
    wasmtime_error_message(error, &message);
  else
    wasm_trap_message(trap, &message);
  fprintf(stderr, "%.*s\n", (int)message.size, message.data);
  exit(1);
}

static wasm_trap_t *say(void *env, wasmtime_caller_t *caller, const wasmtime_val_t *args, size_t nargs,
                        wasmtime_val_t *results, size_t nresults) {
  wasmtime_extern_t memory;
  bool found = wasmtime_caller_export_get(caller, "memory", strlen("memory"), &memory);
  assert(found && memory.kind == WASMTIME_EXTERN_MEMORY);
  assert(nargs == 2 && nresults == 0);
  uint8_t *data = wasmtime_memory_data(wasmtime_caller_context(caller), &memory.of.memory);
  printf("%s: %.*s\n", (const char *)env, args[1].of.i32, (const char *)data + args[0].of.i32);
  wasmtime_extern_delete(&memory);
  return NULL;
}

int main(void) {
  const char *text = "(module"
                     "  (import \"\" \"say\" (func $say (param i32 i32)))"
                     "  (memory (export \"memory\") 1)"
                     "  (data (i32.const 100) \"hello\")"
                     "  (func (export \"run\") (param i32) (result i32)"
                     "    (call $say (i32.const 100) (i32.const 5))"
                     "    (i32.mul (local.get 0) (i32.const 2))))";
  wasm_byte_vec_t binary;
  check(wasmtime_wat2wasm(text, strlen(text), &binary), NULL);
  wasm_engine_t *engine = wasm_engine_new();
  wasmtime_module_t *module = NULL;
  check(wasmtime_module_new(engine, (uint8_t *)binary.data, binary.size, &module), NULL);
  wasm_byte_vec_delete(&binary);

  wasmtime_linker_t *linker = wasmtime_linker_new(engine);
  wasm_valtype_t *params[] = {wasm_valtype_new(WASM_I32), wasm_valtype_new(WASM_I32)};
  wasm_valtype_vec_t param_types, result_types;
  wasm_valtype_vec_new(&param_types, 2, params);
  wasm_valtype_vec_new_empty(&result_types);
  wasm_functype_t *type = wasm_functype_new(&param_types, &result_types);
  check(wasmtime_linker_define_func(linker, "", 0, "say", 3, type, say, "Calling back", NULL), NULL);
  wasm_functype_delete(type);

  wasmtime_store_t *store = wasmtime_store_new(engine, NULL, NULL);
  wasmtime_context_t *context = wasmtime_store_context(store);
  wasmtime_instance_t instance;
  wasm_trap_t *trap = NULL;
  wasmtime_error_t *error = wasmtime_linker_instantiate(linker, context, module, &instance, &trap);
  check(error, trap);
  wasmtime_extern_t run;
  bool found = wasmtime_instance_export_get(context, &instance, "run", 3, &run);
  assert(found && run.kind == WASMTIME_EXTERN_FUNC);
  wasmtime_val_t argument = {.kind = WASMTIME_I32, .of.i32 = 21}, result;
  error = wasmtime_func_call(context, &run.of.func, &argument, 1, &result, 1, &trap);
  check(error, trap);
  assert(result.kind == WASMTIME_I32);
  printf("%d\n", result.of.i32);

  wasmtime_extern_delete(&run);
  wasmtime_module_delete(module);
  wasmtime_linker_delete(linker);
  wasmtime_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
