;; Small functions are translated in place of their calls, with locals of their own; larger ones and recursive ones are called.
(module
  (memory 1)
  (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
  (func $sum_of_squares (param i32 i32) (result i32)
    (i32.add (call $square (local.get 0)) (call $square (local.get 1))))
  ;; An early return leads behind the call.
  (func $clamp (param i32) (result i32)
    (if (i32.gt_s (local.get 0) (i32.const 9)) (then (return (i32.const 9))))
    (local.get 0))
  (func $clamped (param i32) (result i32) (i32.store (i32.const 0) (call $clamp (local.get 0))) (i32.const 0))
  (func $loop (param i32) (loop $again (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func $calls_loop (param i32) (call $loop (local.get 0)))
  (func $recursive (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (call $recursive (i32.sub (local.get 0) (i32.const 1))))
      (else (i32.const 0)))))
