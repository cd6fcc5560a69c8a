;; Small structures that die young. The last four are kept in locals and the oldest of them is read, so none can be
;; left out; `loop` does the same with numbers, to be subtracted. `pair` has 8 bytes of fields (with a header of 8
;; bytes, 16 in all), `wide` has 16, `linked` has two references. (run n) makes n of each.
;; run(1000) = -1633891908, run(1000000) = 109157124
(module
  (type $Pair (struct (field $a i32) (field $b i32)))
  (type $Wide (struct (field $a i64) (field $b i64)))
  (type $Link (struct (field $value (ref eq)) (field $next (ref null $Link))))

  (func $loop (export "loop") (param $n i32) (result i32)
    (local $p i32) (local $q i32) (local $r i32) (local $s i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (local.get $p)))
      (local.set $p (local.get $q))
      (local.set $q (local.get $r))
      (local.set $r (local.get $s))
      (local.set $s (i32.xor (local.get $n) (local.get $sum)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  (func $pair (export "pair") (param $n i32) (result i32)
    (local $p (ref $Pair)) (local $q (ref $Pair)) (local $r (ref $Pair)) (local $s (ref $Pair)) (local $sum i32)
    (local.set $p (struct.new $Pair (i32.const 1) (i32.const 2)))
    (local.set $q (local.get $p))
    (local.set $r (local.get $p))
    (local.set $s (local.get $p))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (struct.get $Pair $b (local.get $p))))
      (local.set $p (local.get $q))
      (local.set $q (local.get $r))
      (local.set $r (local.get $s))
      (local.set $s (struct.new $Pair (local.get $sum) (i32.xor (local.get $n) (local.get $sum))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  (func $wide (export "wide") (param $n i32) (result i32)
    (local $p (ref $Wide)) (local $q (ref $Wide)) (local $r (ref $Wide)) (local $s (ref $Wide)) (local $sum i64)
    (local.set $p (struct.new $Wide (i64.const 1) (i64.const 2)))
    (local.set $q (local.get $p))
    (local.set $r (local.get $p))
    (local.set $s (local.get $p))
    (loop $next
      (local.set $sum (i64.add (local.get $sum) (struct.get $Wide $b (local.get $p))))
      (local.set $p (local.get $q))
      (local.set $q (local.get $r))
      (local.set $r (local.get $s))
      (local.set $s (struct.new $Wide (local.get $sum)
        (i64.xor (i64.extend_i32_u (local.get $n)) (local.get $sum))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.wrap_i64 (local.get $sum)))

  ;; Chains of eight.
  (func $linked (export "linked") (param $n i32) (result i32)
    (local $p (ref $Link)) (local $q (ref $Link)) (local $r (ref $Link)) (local $s (ref $Link)) (local $sum i32)
    (local.set $p (struct.new $Link (ref.i31 (i32.const 1)) (ref.null $Link)))
    (local.set $q (local.get $p))
    (local.set $r (local.get $p))
    (local.set $s (local.get $p))
    (loop $next
      (local.set $sum (i32.add (local.get $sum)
        (i31.get_s (ref.cast (ref i31) (struct.get $Link $value (local.get $p))))))
      (local.set $p (local.get $q))
      (local.set $q (local.get $r))
      (local.set $r (local.get $s))
      (local.set $s (struct.new $Link (ref.i31 (i32.xor (local.get $n) (local.get $sum)))
        (if (result (ref null $Link)) (i32.and (local.get $n) (i32.const 7))
          (then (local.get $r)) (else (ref.null $Link)))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  (func (export "run") (param $n i32) (result i32)
    (i32.add (call $loop (local.get $n))
      (i32.add (call $pair (local.get $n))
        (i32.add (call $wide (local.get $n)) (call $linked (local.get $n))))))
)
