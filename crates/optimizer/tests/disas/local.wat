;; Locals are variables of the frontend; references among them are declared.
(module
  (type $box (struct (field i32)))
  (func $id (param anyref))
  (func $numbers (param i32 f64) (result i32) (local i64 v128)
    (local.set 2 (i64.extend_i32_u (local.get 0)))
    (i32.add (local.tee 0 (i32.const 7)) (i32.wrap_i64 (local.get 2))))
  (func $reference (param i32) (result (ref null $box)) (local (ref null $box))
    (local.set 1 (struct.new $box (local.get 0)))
    (call $id (local.get 1))
    (local.get 1)))
