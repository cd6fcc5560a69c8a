;; Each function takes a number of turns and gives a number in which all that is alive in its loops takes part.
(module
  (type $pair (struct (field (mut i32)) (field (mut (ref null $pair)))))
  (tag $done (param i32))
  (tag $found (param i32 (ref $pair)))

  ;; Throws $done, $found or nothing.
  (func $throws (param i32) (result i32)
    (if (i32.eqz (i32.rem_u (local.get 0) (i32.const 3))) (then (throw $done (local.get 0))))
    (if (i32.eqz (i32.rem_u (local.get 0) (i32.const 4)))
      (then (throw $found (local.get 0) (struct.new $pair (i32.const 1000) (ref.null $pair)))))
    (i32.const 1))

  ;; A loop in the body of a `try`, whose clauses use operands below it; exceptions come from the loop, and from before it.
  (func (export "body") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (i32.const 40)
    loop $outer
      (struct.new $pair (i32.const 7) (ref.null $pair))
      (i32.const 2)
      try (result i32)
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (drop (call $throws (local.get $i)))
        loop $inner (result i32)
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (local.set $sum (i32.add (local.get $sum) (call $throws (local.get $i))))
          (br_if $inner (i32.lt_s (local.get $i) (local.get $n)))
          (i32.const -1)
        end
      catch $done
      catch_all
        (i32.const 100)
      end
      i32.mul
      (local.set $sum (i32.xor (local.get $sum)))
      struct.get $pair 0
      (local.set $sum (i32.add (local.get $sum)))
      (br_if $outer (i32.lt_s (local.get $i) (local.get $n)))
    end
    (i32.add (local.get $sum)))

  ;; A loop in a clause, above what the clause has taken out of its exception, which is thrown again behind the loop.
  (func (export "clause") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (i32.const 3)
    try (result i32 (ref $pair))
      (i32.const 9)
      try (result i32)
        (drop (call $throws (i32.const 4)))
        (i32.const 5)
      catch $found
        loop $next
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (local.set $sum (i32.add (local.get $sum) (struct.get $pair 0 (struct.new $pair (local.get $i) (ref.null $pair)))))
          (br_if $next (i32.lt_s (local.get $i) (local.get $n)))
        end
        struct.get $pair 0
        i32.add
        (local.set $sum (i32.add (local.get $sum)))
        rethrow 0
      end
      i32.add
      (struct.new $pair (i32.const 0) (ref.null $pair))
    catch $found
    end
    struct.get $pair 0
    i32.add
    i32.mul
    (i32.add (local.get $sum)))

  ;; Loops in clauses inside clauses and loops; both exceptions are alive in the innermost.
  (func (export "clauses") (param $n i32) (result i32) (local $i i32) (local $k i32) (local $sum i32)
    loop $outer
      try
        try
          (throw $found (local.get $i) (struct.new $pair (local.get $n) (ref.null $pair)))
        catch $done
          drop
          unreachable
        catch_all
          try
            (throw $done (i32.add (local.get $i) (i32.const 50)))
          catch_all
            (local.set $k (i32.const 3))
            loop $inner
              (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 5)) (local.get $k)))
              (br_if $inner (local.tee $k (i32.sub (local.get $k) (i32.const 1))))
              try
                (if (i32.and (local.get $i) (i32.const 1)) (then rethrow 4) (else rethrow 3))
              catch $done
                (local.set $sum (i32.add (local.get $sum)))
              end
            end
          end
        end
      catch $found
        struct.get $pair 0
        i32.sub
        (local.set $sum (i32.add (local.get $sum)))
      end
      (br_if $outer (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))
    end
    (local.get $sum))

  ;; A loop whose exceptions pass a `try` that delegates them, inside one with no clauses.
  (func (export "delegate") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    try $outer (result i32)
      (i64.const 11)
      try (result i32)
        try (result i32)
          loop $next (result i32)
            (local.set $i (i32.add (local.get $i) (i32.const 7)))
            (local.set $sum (i32.add (local.get $sum) (call $throws (local.get $i))))
            (br_if $next (i32.lt_s (local.get $i) (local.get $n)))
            (local.get $sum)
          end
        delegate $outer
      catch_all
        (i32.const -1)
      end
      (local.set $i)
      i32.wrap_i64
      (i32.add (local.get $i))
    catch $done
      (i32.add (i32.const 10_000))
    catch $found
      struct.get $pair 0
      i32.add
    end
    (i32.add (local.get $sum)))

  ;; A loop behind the clauses of another one that was passed, and one in the second arm of an `if` in a clause.
  (func (export "arms") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (local.set $i (local.get $n))
    (i32.const 6)
    try (result i32)
      (call $throws (i32.const 9))
    catch $done
      (if (result i32) (i32.eqz (local.get $n))
        (then (i32.const 5))
        (else
          (i32.const 30)
          (loop $next
            (local.set $sum (i32.add (local.get $sum) (local.get $i)))
            (br_if $next (i32.gt_s (local.tee $i (i32.sub (local.get $i) (i32.const 1))) (i32.const 0))))))
      i32.sub
    end
    (loop $last
      (local.set $sum (i32.mul (local.get $sum) (i32.const 3)))
      (br_if $last (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    i32.mul
    (i32.add (local.get $sum))))
