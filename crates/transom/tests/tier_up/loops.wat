;; Each function takes a number of turns and gives a number in which all that is alive in its loops takes part.
(module
  (memory 1)
  (type $pair (struct (field (mut i32)) (field (mut (ref null $pair)))))
  (type $two (func (result i32 i32)))
  (tag $done (param i32))
  (global $sum (mut i32) (i32.const 0))
  (table 4 funcref)
  (elem (i32.const 0) $twice)
  (type $unary (func (param i32) (result i32)))
  (func $twice (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))

  (func (export "plain") (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (local.get $n)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $next (i32.gt_s (local.get $n) (i32.const 0))))
    (local.get $sum))

  ;; Locals of all classes, more than there are registers.
  (func (export "classes") (param $n i32) (result f64)
    (local $a i32) (local $b i64) (local $c f32) (local $d f64) (local $v v128)
    (local $e i64) (local $f i64) (local $g i64) (local $h i64) (local $i f64) (local $j f32) (local $r anyref)
    (local.set $b (i64.const 0x1_0000_0001)) (local.set $c (f32.const 1.5)) (local.set $d (f64.const 2.25))
    (local.set $v (v128.const i32x4 1 2 3 4)) (local.set $j (f32.const -0.5)) (local.set $i (f64.const 1e10))
    (local.set $e (i64.const -3)) (local.set $f (i64.const 5)) (local.set $g (i64.const 7)) (local.set $h (i64.const 11))
    (local.set $r (struct.new $pair (i32.const 100) (ref.null $pair)))
    (loop $next
      (local.set $a (i32.add (local.get $a) (i32.trunc_sat_f32_s (local.get $c))))
      (local.set $b (i64.add (local.get $b) (i64.extend_i32_u (local.get $a))))
      (local.set $c (f32.add (local.get $c) (f32.const 0.25)))
      (local.set $d (f64.mul (local.get $d) (f64.const 1.0625)))
      (local.set $v (i32x4.add (local.get $v) (i32x4.splat (local.get $n))))
      (local.set $e (i64.add (local.get $e) (local.get $f)))
      (local.set $f (i64.xor (local.get $f) (local.get $g)))
      (local.set $g (i64.add (local.get $g) (local.get $h)))
      (local.set $h (i64.rotl (local.get $h) (i64.const 3)))
      (local.set $i (f64.sub (local.get $i) (local.get $d)))
      (local.set $j (f32.neg (local.get $j)))
      (local.set $r (struct.new $pair (i32.add (i32.const 1) (struct.get $pair 0 (ref.cast (ref $pair) (local.get $r)))) (ref.null $pair)))
      (br_if $next (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
    (f64.add (f64.convert_i32_s (local.get $a))
      (f64.add (f64.convert_i64_s (local.get $b))
        (f64.add (f64.promote_f32 (f32.add (local.get $c) (local.get $j)))
          (f64.add (f64.add (local.get $d) (local.get $i))
            (f64.add (f64.convert_i32_s (i32x4.extract_lane 3 (local.get $v)))
              (f64.add (f64.convert_i64_s (i64.xor (i64.xor (local.get $e) (local.get $f)) (i64.xor (local.get $g) (local.get $h))))
                (f64.convert_i32_s (struct.get $pair 0 (ref.cast (ref $pair) (local.get $r)))))))))))

  ;; Operands below the loop, of all classes, constants among them.
  (func (export "operands") (param $n i32) (result i64) (local $m i32)
    (local.set $m (i32.mul (local.get $n) (i32.const 3)))
    (i64.const 0x7000_0000_0000)
    (local.get $m)
    (f32.convert_i32_s (local.get $n))
    (f64.const 8.5)
    (v128.const i64x2 5 6)
    (struct.new $pair (local.get $n) (ref.null $pair))
    (i32.const 12)
    (loop $next
      (local.set $m (i32.add (local.get $m) (local.get $n)))
      (br_if $next (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
    global.set $sum
    struct.get $pair 0  global.get $sum  i32.add  global.set $sum
    i64x2.extract_lane 1  i32.wrap_i64  global.get $sum  i32.add  global.set $sum
    i32.trunc_f64_s  global.get $sum  i32.add  global.set $sum
    i32.trunc_f32_s  global.get $sum  i32.add  global.set $sum
    global.get $sum  i32.add  i64.extend_i32_s  i64.add
    (i64.add (i64.extend_i32_u (local.get $m))))

  ;; Parameters of the loop, of all classes.
  (func (export "params") (param $n i32) (result f64)
    (local $i i32) (local $l i64) (local $f f32) (local $d f64) (local $v v128) (local $pair (ref null $pair))
    (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (v128.const i32x4 5 6 7 8) (struct.new $pair (i32.const 9) (ref.null $pair))
    (loop $next (param i32 i64 f32 f64 v128 (ref $pair)) (result i32 i64 f32 f64 v128 (ref $pair))
      (local.set $pair) (local.set $v) (local.set $d) (local.set $f) (local.set $l)
      (local.set $i (i32.add (local.get $n)))
      (local.get $i)
      (i64.add (local.get $l) (i64.const 2))
      (f32.add (local.get $f) (f32.const 0.5))
      (f64.mul (local.get $d) (f64.const 1.5))
      (i32x4.add (local.get $v) (local.get $v))
      (struct.new $pair (i32.add (local.get $i) (struct.get $pair 0 (local.get $pair))) (local.get $pair))
      (br_if $next (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
    (local.set $pair) (local.set $v) (local.set $d) (local.set $f) (local.set $l) (local.set $i)
    (f64.add (f64.convert_i32_s (local.get $i)) (f64.add (f64.convert_i64_s (local.get $l))
      (f64.add (f64.promote_f32 (local.get $f)) (f64.add (local.get $d)
        (f64.add (f64.convert_i32_s (i32x4.extract_lane 2 (local.get $v)))
          (f64.convert_i32_s (struct.get $pair 0 (local.get $pair)))))))))

  ;; Three loops inside each other, with operands at each height; the innermost leaves to any of them.
  (func (export "nested") (param $n i32) (result i32)
    (local $i i32) (local $j i32) (local $k i32) (local $sum i32)
    (i32.const 1000)
    (loop $outer
      (i32.add (local.get $sum) (local.get $i))
      (local.set $j (i32.const 0))
      (loop $middle
        (i32.mul (local.get $j) (i32.const 7))
        (local.set $k (i32.const 0))
        (block $out
          (loop $inner
            (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 3)) (i32.add (local.get $i) (i32.xor (local.get $j) (local.get $k)))))
            (local.set $k (i32.add (local.get $k) (i32.const 1)))
            (br_if $out (i32.eq (i32.and (local.get $sum) (i32.const 15)) (i32.const 3)))
            (br_if $inner (i32.lt_s (local.get $k) (local.get $n)))))
        (local.set $sum (i32.add (local.get $sum)))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br_if $middle (i32.lt_s (local.get $j) (i32.const 3))))
      (local.set $sum (i32.xor (local.get $sum)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $outer (i32.lt_s (local.get $i) (local.get $n))))
    (i32.add (local.get $sum)))

  ;; A branch from the innermost loop to the outermost one.
  (func (export "outwards") (param $n i32) (result i32) (local $i i32) (local $j i32) (local $sum i32)
    (i32.const 5)
    (loop $outer
      (local.set $j (i32.const 0))
      (i32.const 77)
      (loop $inner
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 5)) (i32.add (local.get $i) (local.get $j))))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 3)))
          (then (br_if $outer (i32.lt_s (local.get $i) (local.get $n)))))
        (br_if $inner (i32.lt_s (local.get $j) (local.get $n))))
      (local.set $sum (i32.add (local.get $sum))))
    (i32.add (local.get $sum)))

  ;; Operands below an `if` with loops in both arms, used behind it.
  (func (export "arms") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (loop $outer
      (i32.add (local.get $sum) (i32.const 3))
      (i32.mul (local.get $i) (i32.const 11))
      (if (param i32) (result i32) (i32.and (local.get $i) (i32.const 1))
        (then
          (loop $odd (param i32) (result i32)
            (i32.add (i32.const 13))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $odd (i32.rem_u (local.get $i) (i32.const 5)))))
        (else
          (i32.const 17)
          (loop $even
            (local.set $i (i32.add (local.get $i) (i32.const 3)))
            (br_if $even (i32.rem_u (local.get $i) (i32.const 7))))
          (i32.sub)))
      (local.set $sum (i32.xor))
      (br_if $outer (i32.lt_s (local.get $i) (local.get $n))))
    (local.get $sum))

  ;; An operand that was used and whose place another one takes.
  (func (export "places") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (local.get $n)
    (loop $first
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $first (i32.lt_s (local.get $i) (local.get $n))))
    (local.set $sum)
    (i32.mul (local.get $sum) (i32.const 9))
    (block (br_if 0 (local.get $n)) (local.set $i (i32.const 50)))
    (loop $second
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (br_if $second (i32.gt_s (local.get $i) (i32.const 0))))
    (i32.add (local.get $sum)))

  ;; Loops inside of `try_table`, whose callees throw, and inside of what catches.
  (func $throws (param i32) (result i32)
    (if (i32.eqz (i32.rem_u (local.get 0) (i32.const 3))) (then (throw $done (local.get 0))))
    (i32.const 1))
  (func (export "catching") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (i32.const 40)
    (loop $outer
      (i32.const 2)
      (block $caught (result i32)
        (try_table (result i32) (catch $done $caught)
          (loop $inner (result i32)
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (local.set $sum (i32.add (local.get $sum) (call $throws (local.get $i))))
            (br_if $inner (i32.lt_s (local.get $i) (local.get $n)))
            (i32.const -1))))
      (local.set $sum (i32.xor (local.get $sum) (i32.mul)))
      (br_if $outer (i32.lt_s (local.get $i) (local.get $n))))
    (i32.add (local.get $sum)))

  ;; A list that grows in a loop, with references on the stack and in locals.
  (func (export "objects") (param $n i32) (result i32) (local $list (ref null $pair)) (local $sum i32)
    (struct.new $pair (i32.const 6) (ref.null $pair))
    (ref.null $pair)
    (loop $make (param (ref null $pair)) (result (ref null $pair))
      (local.set $list)
      (struct.new $pair (local.get $n) (local.get $list))
      (br_if $make (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
    (local.set $list)
    (loop $add
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 3)) (struct.get $pair 0 (local.get $list))))
      (br_if $add (i32.eqz (ref.is_null (local.tee $list (struct.get $pair 1 (local.get $list)))))))
    (struct.get $pair 0) (i32.add (local.get $sum)))

  ;; More results than fit into registers, and parameters on the stack.
  (func $many (param $a i64) (param $b i64) (param $c i64) (param $d i64) (param $e i64) (param $f i64) (param $g i64) (param $n i32)
    (result i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (loop $next
      (local.set $g (i64.add (local.get $g) (local.get $a)))
      (local.set $a (i64.add (local.get $a) (local.get $f)))
      (br_if $next (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
    (local.get $a) (local.get $b) (local.get $c) (local.get $d) (local.get $e) (local.get $f) (local.get $g)
    (i64.const 8) (i64.const 9) (i64.extend_i32_s (local.get $n)))
  (func (export "many") (param $n i32) (result i64) (local $i i32) (local $sum i64)
    (loop $next
      (call $many (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6) (local.get $sum) (local.get $i))
      (i64.add) (i64.mul (i64.const 3)) (i64.add) (i64.xor) (i64.add) (i64.mul (i64.const 5)) (i64.add) (i64.sub) (i64.add) (i64.xor) (i64.add)
      (local.set $sum)
      (br_if $next (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $sum))

  ;; Tail calls out of loops, with more parameters on the stack than came in.
  (func $less (param $n i32) (result i32) (local $i i32)
    (loop $next
      (br_if $next (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
    (if (i32.le_s (local.get $n) (i32.const 0)) (then (return (local.get $i))))
    (return_call $more (i32.sub (local.get $n) (i32.const 1)) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)
      (i32.const 7) (i32.const 8) (i32.const 9)))
  (func $more (param $n i32) (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (loop $next
      (local.set 8 (i32.add (local.get 8) (local.get 1)))
      (br_if $next (i32.lt_s (local.get 8) (i32.const 30))))
    (if (i32.and (local.get $n) (i32.const 1)) (then (return_call $less (i32.sub (local.get $n) (i32.const 1)))))
    (return_call $more (i32.sub (local.get $n) (i32.const 1)) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6)
      (local.get 7) (local.get 8) (local.get 1)))
  (func (export "tails") (param $n i32) (result i32) (call $less (i32.mul (local.get $n) (i32.const 2))))

  ;; A dispatch loop.
  (func (export "dispatch") (param $n i32) (result i32) (local $pc i32) (local $acc i32)
    (i32.const 21)
    (block $end
      (loop $next
        (block $d (block $c (block $b (block $a
          (br_table $a $b $c $d (i32.and (i32.xor (local.get $pc) (local.get $acc)) (i32.const 3))))
          (local.set $acc (i32.add (local.get $acc) (i32.const 5))) (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
          (br_if $end (i32.gt_s (local.get $pc) (local.get $n))) (br $next))
          (local.set $acc (call_indirect (type $unary) (local.get $acc) (i32.const 0))) (local.set $pc (i32.add (local.get $pc) (i32.const 1))) (br $next))
          (local.set $acc (i32.sub (local.get $acc) (i32.const 3))) (local.set $pc (i32.add (local.get $pc) (i32.const 3))) (br $next))
        (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
        (i32.store (i32.const 8) (local.get $acc))
        (br_if $next (i32.le_s (local.get $pc) (local.get $n)))))
    (i32.add (local.get $acc)))

  ;; A loop that calls a function with loops, again and again.
  (func $sum_to (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (local.get $n)))
      (br_if $next (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
    (local.get $sum))
  (func (export "calling") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (loop $next
      (i32.add (local.get $sum) (call $sum_to (local.get $i)))
      (local.set $sum)
      (br_if $next (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $sum))

  ;; A small function that is inlined, and one that calls itself, with loops.
  (func $fib (param $n i32) (result i32) (local $i i32)
    (loop $once (br_if $once (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2))))
    (if (result i32) (i32.lt_s (local.get $n) (i32.const 2))
      (then (local.get $n))
      (else (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1))) (call $fib (i32.sub (local.get $n) (i32.const 2)))))))
  (func (export "recursive") (param $n i32) (result i32) (call $fib (i32.rem_u (local.get $n) (i32.const 12))))
)
