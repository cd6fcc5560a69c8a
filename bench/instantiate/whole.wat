;; The program with a memory, a table and a global.
(module
  (import "host" "note" (func $note (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "what a program has to say when it begins")
  (table 4 funcref)
  (elem (i32.const 0) func $add $double $touch)
  (global $count (mut i32) (i32.const 0))
  (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $double (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1)))
  (func $touch (param i32) (call $note (local.get 0)))
  (func (export "run") (param i32) (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (call $add (call $double (local.get 0)) (i32.load8_u (i32.const 1024)))))
