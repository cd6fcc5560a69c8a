;;! gc = true
;;! simd = true
;; What scripts of Wasmtime's repository rely on: modules are imported by their names, garbage is collected on demand, and
;; traps have other words than those of the specification.
(module $lib
  (type $box (struct (field i32)))
  (import "wasmtime" "gc" (func $gc))
  (func (export "box") (result i32)
    (local $box (ref null $box))
    (local.set $box (struct.new $box (i32.const 77)))
    (call $gc)
    (struct.get $box 0 (local.get $box)))
  (func (export "one") (result i32) (i32.const 1)))
(assert_return (invoke "box") (i32.const 77))

(module
  (import "lib" "box" (func $box (result i32)))
  (func (export "f") (result i32) (call $box)))
(assert_return (invoke "f") (i32.const 77))

;; The later module of a name counts, with all its exports and no others.
(module $lib (func (export "two") (result i32) (i32.const 2)))
(assert_unlinkable (module (import "lib" "one" (func (result i32)))) "unknown import")
(module (import "lib" "two" (func $two (result i32))) (export "two" (func $two)))
(assert_return (invoke "two") (i32.const 2))

;; A registered name has priority, and is also a name for directives.
(register "lib")
(register "alias" $lib)
(module $lib (func (export "three") (result i32) (i32.const 3)))
(assert_unlinkable (module (import "lib" "three" (func (result i32)))) "unknown import")
(assert_return (invoke $alias "two") (i32.const 2))

(module
  (table 1 funcref)
  (type $t (func))
  (func (export "unreachable") (unreachable))
  (func (export "null") (call_indirect (type $t) (i32.const 0)))
  (func (export "bounds") (call_indirect (type $t) (i32.const 9)))
  (func (export "null-ref") (param (ref null $t)) (call_ref $t (local.get 0)))
  (func (export "extern") (result externref) (ref.null extern)))
(assert_trap (invoke "unreachable") "wasm trap: wasm `unreachable` instruction executed")
(assert_trap (invoke "unreachable") "unreachable")
(assert_trap (invoke "null") "wasm trap: uninitialized element")
(assert_trap (invoke "null") "uninitialized element 0")
(assert_trap (invoke "null") "null function reference")
(assert_trap (invoke "bounds") "wasm trap: undefined element: out of bounds table access")
(assert_trap (invoke "null-ref" (ref.null func)) "null reference")
(assert_return (invoke "extern") (ref.extern))
(assert_return (invoke "extern") (ref.null extern))

;; Link errors name both types in words of Wasmtime.
(module $m
  (global (export "g") i32 (i32.const 0))
  (table (export "t") 0 funcref)
  (memory (export "memory") 0)
  (func (export "f")))
(assert_unlinkable
  (module (import "m" "g" (global i64)))
  "incompatible import type for `m::g`")
(assert_unlinkable
  (module (import "m" "g" (global (mut i32))))
  "expected mutable global, found immutable global")
(assert_unlinkable
  (module (import "m" "t" (table 1 funcref)))
  "expected table limits (min: 1, max: none) doesn't match provided table limits (min: 0, max: none)")
(assert_unlinkable
  (module (import "m" "memory" (memory i64 0)))
  "expected 64-bit memory, found 32-bit memory")
(assert_unlinkable
  (module (import "m" "f" (func (param i32))))
  "expected func of type `(i32) -> ()`, found func of type `() -> ()`")
(assert_unlinkable (module (import "m" "none" (func))) "unknown import: `m::none` has not been defined")
