;; A reserved memory has no checks while the constant offset is below the guard; all others compare with the length.
(module
  (import "" "m" (memory $imported 1))
  (memory $own 1)
  (memory $wide i64 1)
  (func $unchecked (param i32) (result i32) (i32.load $own offset=8 (local.get 0)))
  (func $beyond_the_guard (param i32) (result i32) (i32.load $own offset=0x10000000 (local.get 0)))
  (func $checked (param i64) (result i64) (i64.load16_s $wide offset=2 (local.get 0)))
  (func $always_outside (param i64) (result i32) (i32.load $wide offset=0xffffffffffffffff (local.get 0)))
  (func $imported_store (param i32 i64) (i64.store $imported (local.get 0) (local.get 1)))
  (func $size_and_grow (param i32) (result i32)
    (i32.add (memory.size $own) (memory.grow $own (local.get 0))))
  (func $copy (param i32 i32 i32) (memory.copy $own $imported (local.get 0) (local.get 1) (local.get 2))))
