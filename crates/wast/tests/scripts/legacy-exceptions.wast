;; Exceptions of the legacy proposal: the values are those that V8 returns for the same modules. The text format has only the
;; linear form of these instructions.

(module
  (tag $i (param i32))
  (tag $j (param i64 i32))
  (tag $e)

  ;; Throws $i, $j or $e, or returns.
  (func $throw (param i32)
    (block
      (block
        (block
          (block (br_table 0 1 2 3 (local.get 0)))
          (throw $i (i32.const 10)))
        (throw $j (i64.const 20) (i32.const 3)))
      (throw $e)))

  (func (export "kinds") (param i32) (result i32)
    try (result i32)
      (call $throw (local.get 0))
      (i32.const -1)
    catch $i
    catch $j
      drop
      i32.wrap_i64
    catch_all
      (i32.const 99)
    end)

  (func (export "nothing-thrown") (result i32)
    try (result i32)
      (i32.const 1)
    catch_all
      (i32.const 2)
    end)

  (func (export "no-clauses") (param i32) (result i32)
    try (result i32)
      try
        (call $throw (local.get 0))
      end
      (i32.const 5)
    catch_all
      (i32.const 6)
    end)

  (func (export "rethrow") (param i32) (result i32)
    try (result i32)
      try (result i32)
        (call $throw (local.get 0))
        (i32.const -1)
      catch $i
        drop
        rethrow 0
      catch_all
        try (result i32)
          rethrow 1
        catch $e
          (i32.const 50)
        end
      end
    catch $i
      (i32.add (i32.const 100))
    catch $j
      drop
      drop
      (i32.const 77)
    end)

  ;; Past a clause for all exceptions.
  (func (export "delegate") (param i32) (result i32)
    try $outer (result i32)
      try (result i32)
        try (result i32)
          (call $throw (local.get 0))
          (i32.const -1)
        delegate $outer
      catch_all
        (i32.const 1000)
      end
    catch $i
    catch_all
      (i32.const 42)
    end)

  ;; To the caller.
  (func $delegate-out (export "delegate-out") (param i32) (result i32)
    try (result i32)
      try
        (call $throw (local.get 0))
      delegate 1
      (i32.const 7)
    catch_all
      (i32.const 1000)
    end)

  (func (export "delegate-to-caller") (param i32) (result i32)
    try (result i32)
      (call $delegate-out (local.get 0))
    catch_all
      (i32.const 8)
    end)

  ;; Out to $a, and from inside of that back to $b.
  (func (export "delegate-back") (param i32) (result i32)
    try $a (result i32)
      try $b (result i32)
        try (result i32)
          try (result i32)
            (call $throw (local.get 0))
            (i32.const 0)
          delegate $b
        delegate $a
      catch $i
        drop
        (i32.const 1)
      catch_all
        (i32.const 2)
      end
    catch_all
      (i32.const 3)
    end)

  ;; A block that is no `try` hands on to what is around it.
  (func (export "delegate-to-block") (param i32) (result i32)
    try (result i32)
      block $plain (result i32)
        try (result i32)
          try (result i32)
            (call $throw (local.get 0))
            (i32.const 0)
          delegate $plain
        catch_all
          (i32.const 1000)
        end
      end
    catch_all
      (i32.const 9)
    end)

  ;; A clause is not inside its own `try`.
  (func (export "delegate-in-clause") (param i32) (result i32)
    try (result i32)
      try $t (result i32)
        (call $throw (i32.const 2))
        (i32.const 0)
      catch_all
        try (result i32)
          (call $throw (local.get 0))
          (i32.const 5)
        delegate $t
      end
    catch_all
      (i32.const 9)
    end)

  (func (export "throw-in-clause") (param i32) (result i32)
    try (result i32)
      (call $throw (local.get 0))
      (i32.const -1)
    catch_all
      try (result i32)
        (call $throw (i32.add (local.get 0) (i32.const 1)))
        (i32.const 60)
      catch $j
        drop
        drop
        (i32.const 61)
      catch_all
        (i32.const 62)
      end
    end)

  ;; A clause sees what the body has stored to locals.
  (func (export "locals") (param i32) (result i32) (local i32)
    try
      (local.set 1 (i32.const 1))
      (call $throw (local.get 0))
      (local.set 1 (i32.const 2))
    catch $i
      (local.set 1 (i32.add (local.get 1)))
    catch_all
      (local.set 1 (i32.add (local.get 1) (i32.const 100)))
    end
    (local.get 1))

  (func (export "loop") (param i32) (result i32) (local i32)
    loop $again
      try
        (call $throw (i32.const 0))
      catch $i
        drop
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get 1) (local.get 0)))
      end
    end
    (local.get 1))

  ;; With parameters, and branches out of the body and of a clause.
  (func (export "parameters") (param i32) (result i32)
    (i32.const 30)
    (i32.const 4)
    try $t (param i32 i32) (result i32)
      i32.add
      (br_if $t (i32.eq (local.get 0) (i32.const 3)))
      drop
      (call $throw (local.get 0))
      (i32.const 0)
    catch $i
      (br $t (i32.const 11))
    catch_all
      (return (i32.const 12))
    end)

  ;; Code behind a branch is skipped, with the clauses in it.
  (func (export "unreachable") (param i32) (result i32)
    try (result i32)
      (call $throw (local.get 0))
      (return (i32.const 1))
      try
        nop
      catch $e
        try
        delegate 0
      catch_all
        rethrow 0
      end
      unreachable
    catch $e
      (i32.const 2)
      (return)
      unreachable
    catch_all
      (i32.const 3)
    end)

  (func $tail (param i32) (result i32)
    try (result i32)
      (return_call $inner (local.get 0))
    catch_all
      (i32.const 1000)
    end)
  (func $inner (param i32) (result i32) (call $throw (local.get 0)) (i32.const 0))
  ;; A tail call leaves the `try` before it calls.
  (func (export "tail-call") (param i32) (result i32)
    try (result i32)
      (call $tail (local.get 0))
    catch_all
      (i32.const 13)
    end)

  (func (export "trap") (result i32)
    try (result i32)
      (i32.div_u (i32.const 1) (i32.const 0))
    catch_all
      (i32.const 1)
    end)
)

(assert_return (invoke "kinds" (i32.const 0)) (i32.const 10))
(assert_return (invoke "kinds" (i32.const 1)) (i32.const 20))
(assert_return (invoke "kinds" (i32.const 2)) (i32.const 99))
(assert_return (invoke "kinds" (i32.const 3)) (i32.const -1))
(assert_return (invoke "nothing-thrown") (i32.const 1))
(assert_return (invoke "no-clauses" (i32.const 0)) (i32.const 6))
(assert_return (invoke "no-clauses" (i32.const 3)) (i32.const 5))
(assert_return (invoke "rethrow" (i32.const 0)) (i32.const 110))
(assert_return (invoke "rethrow" (i32.const 1)) (i32.const 77))
(assert_return (invoke "rethrow" (i32.const 2)) (i32.const 50))
(assert_return (invoke "rethrow" (i32.const 3)) (i32.const -1))
(assert_return (invoke "delegate" (i32.const 0)) (i32.const 10))
(assert_return (invoke "delegate" (i32.const 1)) (i32.const 42))
(assert_return (invoke "delegate" (i32.const 3)) (i32.const -1))
(assert_exception (invoke "delegate-out" (i32.const 0)))
(assert_return (invoke "delegate-out" (i32.const 3)) (i32.const 7))
(assert_return (invoke "delegate-to-caller" (i32.const 1)) (i32.const 8))
(assert_return (invoke "delegate-back" (i32.const 0)) (i32.const 1))
(assert_return (invoke "delegate-back" (i32.const 1)) (i32.const 2))
(assert_return (invoke "delegate-back" (i32.const 3)) (i32.const 0))
(assert_return (invoke "delegate-to-block" (i32.const 1)) (i32.const 9))
(assert_return (invoke "delegate-to-block" (i32.const 3)) (i32.const 0))
(assert_return (invoke "delegate-in-clause" (i32.const 1)) (i32.const 9))
(assert_return (invoke "delegate-in-clause" (i32.const 3)) (i32.const 5))
(assert_return (invoke "throw-in-clause" (i32.const 0)) (i32.const 61))
(assert_return (invoke "throw-in-clause" (i32.const 1)) (i32.const 62))
(assert_return (invoke "throw-in-clause" (i32.const 2)) (i32.const 60))
(assert_return (invoke "locals" (i32.const 0)) (i32.const 11))
(assert_return (invoke "locals" (i32.const 1)) (i32.const 101))
(assert_return (invoke "locals" (i32.const 3)) (i32.const 2))
(assert_return (invoke "loop" (i32.const 3)) (i32.const 3))
(assert_return (invoke "parameters" (i32.const 0)) (i32.const 11))
(assert_return (invoke "parameters" (i32.const 1)) (i32.const 12))
(assert_return (invoke "parameters" (i32.const 3)) (i32.const 34))
(assert_return (invoke "unreachable" (i32.const 0)) (i32.const 3))
(assert_return (invoke "unreachable" (i32.const 2)) (i32.const 2))
(assert_return (invoke "unreachable" (i32.const 3)) (i32.const 1))
(assert_return (invoke "tail-call" (i32.const 0)) (i32.const 13))
(assert_return (invoke "tail-call" (i32.const 3)) (i32.const 0))
(assert_trap (invoke "trap") "integer divide by zero")

;; Old and new instructions throw and catch the same exceptions, in one module and across modules. Payloads with references
;; survive collections while they are caught.
(module $new
  (type $box (struct (field i32)))
  (tag $t (export "t") (param (ref $box) i32))
  (func $throw (export "throw") (param i32)
    (throw $t (struct.new $box (local.get 0)) (i32.const 1)))
  (func (export "catch-old") (param i32) (result i32)
    (block $h (result (ref $box) i32)
      (try_table (catch $t $h)
        try
          (call $throw (local.get 0))
        catch_all
          (drop (struct.new $box (i32.const 5)))
          rethrow 0
        end)
      (unreachable))
    (i32.add (i32.const 100))
    (local.set 0)
    (i32.add (struct.get $box 0) (local.get 0))))
(register "new" $new)

(module $old
  (type $box (struct (field i32)))
  (tag $t (import "new" "t") (param (ref $box) i32))
  (func $throw (import "new" "throw") (param i32))
  (func (export "catch-new") (param i32) (result i32)
    try (result (ref $box) i32)
      (call $throw (local.get 0))
      unreachable
    catch $t
    end
    (local.set 0)
    (i32.add (struct.get $box 0) (local.get 0)))
  (func (export "rethrow-as-reference") (param i32) (result i32)
    (block $h (result (ref $box) i32 exnref)
      (try_table (catch_ref $t $h)
        try
          (call $throw (local.get 0))
        catch $t
          drop
          drop
          (drop (struct.new $box (i32.const 6)))
          rethrow 0
        end)
      (unreachable))
    drop
    (local.set 0)
    (i32.add (struct.get $box 0) (local.get 0))))

(assert_return (invoke $new "catch-old" (i32.const 40)) (i32.const 141))
(assert_return (invoke $old "catch-new" (i32.const 40)) (i32.const 41))
(assert_return (invoke $old "rethrow-as-reference" (i32.const 40)) (i32.const 41))

(assert_invalid (module (func rethrow 0)) "type mismatch")
(assert_invalid (module (func try rethrow 0 end)) "type mismatch")
(assert_invalid (module (func try delegate 2)) "unknown label")
(assert_invalid (module (func try catch 0 end)) "unknown tag")
(assert_invalid (module (func try catch_all catch_all end)) "type mismatch")
(assert_invalid (module (func block catch_all end)) "type mismatch")
