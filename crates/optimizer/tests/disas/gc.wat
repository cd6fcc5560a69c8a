;; Structures are made by moving the nursery's pointer; a store of a reference marks a card if its object is old.
(module
  (type $point (struct (field $x i8) (field $y (mut i64))))
  (type $node (struct (field $next (mut (ref null $node))) (field $value (mut i32))))
  (func $new (param i32 i64) (result (ref $point)) (struct.new $point (local.get 0) (local.get 1)))
  (func $new_default (result (ref $node)) (struct.new_default $node))
  (func $get_signed (param (ref null $point)) (result i32) (struct.get_s $point $x (local.get 0)))
  (func $set (param (ref $point) i64) (struct.set $point $y (local.get 0) (local.get 1)))
  (func $set_reference (param (ref null $node) (ref null $node)) (struct.set $node $next (local.get 0) (local.get 1)))

  ;; A reference that is alive across an allocation is in the frame, where the collector finds it.
  (func $alive (param (ref $node)) (result (ref $node))
    (struct.set $node $next (local.get 0) (struct.new_default $node))
    (local.get 0))

  (func $i31 (param i32) (result i32) (i31.get_s (ref.i31 (local.get 0))))
  (func $i31_of (param i31ref) (result i32) (i31.get_u (local.get 0)))
  (func $equal (param eqref eqref) (result i32) (ref.eq (local.get 0) (local.get 1))))
