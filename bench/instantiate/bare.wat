;; The program that has nothing but functions.
(module
  (import "host" "note" (func $note (param i32)))
  (func $double (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1)))
  (func $touch (param i32) (call $note (local.get 0)))
  (func (export "run") (param i32) (result i32)
    (i32.add (call $double (local.get 0)) (i32.const 119))))
