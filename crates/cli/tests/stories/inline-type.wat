;; The function's type is of the same shape as `$open`, and is another one: inline types are final.
(module
  (type $open (sub (func (result i64))))
  (table funcref (elem $f))
  (func $f (result i64) (i64.const 1))
  (func (export "run") (result i64) (call_indirect (type $open) (i32.const 0))))
