;; Calls in a `try_table` have handlers; what is thrown in the function that catches it goes there directly.
(module
  (tag $number (param i32))
  (tag $nothing)
  (func $callee (import "" "f"))
  (func $throw (param i32) (throw $number (local.get 0)))
  (func $throw_ref (param exnref) (throw_ref (local.get 0)))
  (func $here (result i32)
    (block $caught (result i32)
      (try_table (catch $number $caught) (throw $number (i32.const 1)))
      (i32.const 0)))
  (func $call (result i32)
    (block $caught (result i32)
      (try_table (catch $number $caught) (call $callee))
      (i32.const 0)))
  (func $all
    (block $any (try_table (catch $nothing $any) (catch_all $any) (call $callee))))
  (func $reference (result exnref)
    (block $caught (result exnref)
      (try_table (catch_all_ref $caught) (call $callee))
      (ref.null exn)))
  ;; A tail call leaves the block, so its exceptions are not caught here.
  (func $tail (block $any (try_table (catch_all $any) (return_call $callee)))))
