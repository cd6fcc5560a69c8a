;; Calls in a `try` name the clauses behind it, or those of the block that it delegates to.
(module
  (tag $number (param i32))
  (tag $nothing)
  (func $callee (import "" "f"))
  (func $catch (result i32)
    try (result i32)
      (call $callee)
      (i32.const 0)
    catch $number
    catch_all
      (i32.const 1)
    end)
  (func $rethrow
    try
      (call $callee)
    catch $nothing
      rethrow 0
    end)
  (func $delegate
    try $outer
      try
        try
          (call $callee)
        delegate $outer
      catch_all
      end
    catch $number
      drop
    end)
  (func $delegate_out
    try
      try
        (call $callee)
      delegate 1
    catch_all
    end))
