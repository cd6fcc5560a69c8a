;; Loops poll; functions that call check the stack; code that can't be reached is not there.
(module
  (func $loop (param i32) (result i32)
    (loop $again (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 0))
  (func $if (param i32) (result i32)
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (unreachable))))
  (func $table (param i32) (result i32)
    (block $a (result i32)
      (block $b (result i32)
        (i32.const 7) (local.get 0) (br_table $a $b $a))
      (i32.add (i32.const 1))))
  (func $dead (result i32) (return (i32.const 1)) (i32.add (i32.const 2)))
  (func $calls (call $calls)))
