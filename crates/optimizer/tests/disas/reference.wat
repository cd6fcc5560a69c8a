;; A function's reference is the one that its definition made.
(module
  (import "" "f" (func $imported))
  (global $g (mut funcref) (ref.func $own))
  (elem declare func $imported)
  (func $own)
  (func $of_own (result funcref) (ref.func $own))
  (func $of_import (result funcref) (ref.func $imported))
  (func $is_null (param externref) (result i32) (ref.is_null (local.get 0)))
  (func $non_null (param (ref null func)) (result (ref func)) (ref.as_non_null (local.get 0)))
  (func $branch (param funcref) (result i32)
    (block $null (br_on_null $null (local.get 0)) (drop) (return (i32.const 1)))
    (i32.const 0))
  (func $set (global.set $g (global.get $g))))
