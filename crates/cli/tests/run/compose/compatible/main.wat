;; CALL add(1, 2)
(component
  (core module $libc
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (import "test:dep/numbers@1.0.0" (instance $d
    (export "add" (func (param "a" u32) (param "b" u32) (result u32)))))
  (core func $add (canon lower (func $d "add") (memory $memory) (realloc $realloc)))
  (core module $m
    (import "dep" "add" (func $add (param i32 i32) (result i32)))
    (func (export "add") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1))))
  (core instance $i (instantiate $m (with "dep" (instance
    (export "add" (func $add))))))
  (func $add-out (param "a" u32) (param "b" u32) (result u32)
    (canon lift (core func $i "add") (memory $memory) (realloc $realloc)))
  (instance (export "test:main/api")
    (export "add" (func $add-out))))
