;; Threads of scripts: each has its own names, and shares nothing but the shared memories of one module.
(module $Mem
  (memory (export "shared") 1 1 shared)
  (memory (export "own") 1 1)
  (global (export "g") i32 (i32.const 7))
  (func (export "load") (result i32) (i32.atomic.load (i32.const 0)))
  (func (export "store") (param i32) (i32.atomic.store (i32.const 0) (local.get 0))))
(module definition $Def (func (export "three") (result i32) (i32.const 3)))

;; By a name that the thread registers.
(thread $T1 (shared (module $Mem))
  (register "mem" $Mem)
  (module
    (memory (import "mem" "shared") 1 10 shared)
    (func (export "run") (i32.atomic.store (i32.const 4) (i32.const 42))))
  (invoke "run"))
(wait $T1)

;; The registration was the thread's.
(assert_unlinkable (module (memory (import "mem" "shared") 1 1 shared)) "unknown import")

;; By the name of the module; what is not a shared memory is not there, and neither are modules that are not shared.
(module $Other (func (export "f")))
(register "other" $Other)
(thread $T2 (shared (module $Mem))
  (module
    (memory (import "Mem" "shared") 1 1 shared)
    (func (export "run") (result i32) (i32.atomic.load (i32.const 4))))
  (assert_return (invoke "run") (i32.const 42))
  (assert_unlinkable (module (memory (import "Mem" "own") 1 1)) "unknown import")
  (assert_unlinkable (module (func (import "Mem" "load"))) "unknown import")
  (assert_unlinkable (module (func (import "other" "f"))) "unknown import")
  (module instance $I $Def)
  (assert_return (invoke $I "three") (i32.const 3))
  (module (func (import "spectest" "print")) (func (import "wasmtime" "gc")))

  ;; A thread of a thread, with a name that the script uses, too.
  (thread $T1 (shared (module $Mem))
    (module $Inner
      (memory (import "Mem" "shared") 1 1 shared)
      (func (export "run") (i32.atomic.store (i32.const 8) (i32.const 43))))
    (invoke $Inner "run"))
  (wait $T1)
  (module
    (memory (import "Mem" "shared") 1 1 shared)
    (func (export "run") (result i32) (i32.atomic.load (i32.const 8))))
  (assert_return (invoke "run") (i32.const 43)))
(wait $T2)

;; A thread without anything shared.
(thread $T3
  (assert_unlinkable (module (memory (import "Mem" "shared") 1 1 shared)) "unknown import")
  (module (func $f (export "f") (call $f)) (func (export "g") unreachable))
  (assert_exhaustion (invoke "f") "call stack exhausted")
  (assert_trap (invoke "g") "unreachable"))

;; Threads run at the same time: each waits for the other.
(thread $Left (shared (module $Mem))
  (module
    (memory (import "Mem" "shared") 1 1 shared)
    (func (export "run") (result i32)
      (i32.atomic.store (i32.const 16) (i32.const 1))
      (drop (memory.atomic.notify (i32.const 16) (i32.const 1)))
      (block (loop
        (br_if 1 (i32.atomic.load (i32.const 20)))
        (drop (memory.atomic.wait32 (i32.const 20) (i32.const 0) (i64.const 100_000_000)))
        (br 0)))
      (i32.atomic.load (i32.const 20))))
  (assert_return (invoke "run") (i32.const 2)))
(thread $Right (shared (module $Mem))
  (module
    (memory (import "Mem" "shared") 1 1 shared)
    (func (export "run") (result i32)
      (block (loop
        (br_if 1 (i32.atomic.load (i32.const 16)))
        (drop (memory.atomic.wait32 (i32.const 16) (i32.const 0) (i64.const 100_000_000)))
        (br 0)))
      (i32.atomic.store (i32.const 20) (i32.const 2))
      (drop (memory.atomic.notify (i32.const 20) (i32.const 1)))
      (i32.atomic.load (i32.const 16))))
  (assert_return (invoke "run") (i32.const 1)))
(wait $Left)
(wait $Right)

;; The script itself is a thread among the others, and this one is never waited for.
(thread $Last (shared (module $Mem))
  (module
    (memory (import "Mem" "shared") 1 1 shared)
    (func (export "run") (result i32)
      (block (loop
        (br_if 1 (i32.atomic.load (i32.const 0)))
        (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 1_000_000)))
        (br 0)))
      (i32.atomic.load (i32.const 0))))
  (assert_return (invoke "run") (i32.const 5)))
(invoke $Mem "store" (i32.const 5))
(assert_return (invoke $Mem "load") (i32.const 5))
