;; Each call reads a little further, until a read is beyond the memory; or until the stack ends.
(module
  (memory 16)
  (func $deeper (export "run") (param i32) (result i64)
    (i64.add
      (i64.load (i32.mul (local.get 0) (i32.const 40)))
      (call $deeper (i32.add (local.get 0) (i32.const 1))))))
