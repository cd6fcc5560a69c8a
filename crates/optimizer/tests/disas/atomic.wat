;; Atomic accesses: the low bits of an address are checked, and a shared memory is reached as if it were imported.
(module
  (memory $shared 1 4 shared)
  (memory $wide i64 1 4 shared)
  (memory $own 1)

  (func $load (param i32) (result i32)
    (i32.atomic.load (local.get 0)))

  (func $rmw_at_an_offset (param i32 i64) (result i64)
    (i64.atomic.rmw16.add_u offset=6 (local.get 0) (local.get 1)))

  (func $bytes_need_no_alignment (param i32 i32) (result i32)
    (i32.atomic.rmw8.xchg_u (local.get 0) (local.get 1)))

  (func $cmpxchg_checked (param i64 i64 i64) (result i64)
    (i64.atomic.rmw.cmpxchg $wide (local.get 0) (local.get 1) (local.get 2)))

  (func $store_to_an_own_memory (param i32 i32)
    (i32.atomic.store $own (local.get 0) (local.get 1)))

  (func $wait (param i32) (result i32)
    atomic.fence
    (memory.atomic.wait32 offset=4 (local.get 0) (i32.const 7) (i64.const -1)))

  (func $size (result i32)
    (memory.size $shared)))
