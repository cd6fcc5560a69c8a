;; expects
(module
  (type $unary (func (param i32) (result i32)))
  (type $object (struct (field i32)))
  (type $make (func (param (ref null $object)) (result (ref null $object))))
  (table 8 funcref)
  (elem declare func $double $negate $traps $other_type $unreferred_object $recursive)

  (func $double (type $unary) (i32.shl (local.get 0) (i32.const 1)))
  (func $negate (type $unary) (if (result i32) (local.get 0) (then (return (i32.sub (i32.const 0) (local.get 0)))) (else (i32.const 7))))
  ;; Is not inlined: a branch to it would be a conditional trap.
  (func $traps (type $unary) unreachable)
  ;; Never returns, but not at once.
  (func $leaves (type $unary) (drop (i32.load8_u offset=5 (local.get 0))) unreachable)
  (memory 1)
  (func $other_type (param i64) (result i32) (i32.const 1))
  (func $not_referred (type $unary) (i32.const 2))
  (func $unreferred_object (type $make) (struct.new $object (struct.get $object 0 (local.get 0))))
  (elem declare func $leaves)

  (func $indirect (param i32 i32) (result i32)
    (i32.add (local.get 1) (call_indirect (type $unary) (local.get 1) (local.get 0))))
  (func $by_reference (param (ref null $unary) i32) (result i32)
    (call_ref $unary (local.get 1) (local.get 0)))
  (func $objects (param (ref null $make) (ref null $object)) (result (ref null $object))
    (call_ref $make (local.get 1) (local.get 0)))
  ;; Inlined into itself once.
  (func $recursive (type $unary)
    (call_indirect (type $unary) (local.get 0) (local.get 0)))
)
