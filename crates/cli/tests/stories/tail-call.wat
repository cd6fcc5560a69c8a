(module
  (func $count (param i32) (result i64)
    (if (result i64) (i32.eqz (local.get 0))
      (then (i64.const 1))
      (else (return_call $count (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "run") (result i64) (call $count (i32.const 100000))))
