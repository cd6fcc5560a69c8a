;; Sorts linked lists of boxed numbers as a compiler for OCaml would: every value is an `eq` reference that is cast
;; where it is used, the empty list is an `i31`, the order is a closure, and the merge conses its result front to
;; back. (run n) makes and sorts n lists of 50,000 numbers, and returns a hash of them in order.
;; run(1) = -965131106, run(5) = 949476761, run(20) = -61586285
(module
  (rec
    (type $Cons (sub final (struct (field $head (ref eq)) (field $tail (mut (ref eq))))))
    (type $Float (sub final (struct (field $value f64))))
    (type $compare (func (param (ref eq) (ref eq) (ref $Closure)) (result (ref eq))))
    (type $Closure (sub (struct (field $code (ref $compare))))))

  (elem declare func $compare_floats)
  (global $ascending (ref $Closure) (struct.new $Closure (ref.func $compare_floats)))
  (global $seed (mut i32) (i32.const 0))

  (func $random (result i32)
    (global.set $seed (i32.add (i32.mul (global.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
    (i32.shr_u (global.get $seed) (i32.const 8)))

  (func $float (param $object (ref eq)) (result f64)
    (struct.get $Float $value (ref.cast (ref $Float) (local.get $object))))

  ;; -1, 0 or 1, as a small integer.
  (func $compare_floats (type $compare)
    (local $a f64) (local $b f64)
    (local.set $a (call $float (local.get 0)))
    (local.set $b (call $float (local.get 1)))
    (ref.i31 (i32.sub (f64.gt (local.get $a) (local.get $b)) (f64.lt (local.get $a) (local.get $b)))))

  (func $nil (result (ref eq)) (ref.i31 (i32.const 0)))
  (func $head (param $list (ref eq)) (result (ref eq))
    (struct.get $Cons $head (ref.cast (ref $Cons) (local.get $list))))
  (func $tail (param $list (ref eq)) (result (ref eq))
    (struct.get $Cons $tail (ref.cast (ref $Cons) (local.get $list))))

  (func $make (param $count i32) (result (ref eq))
    (local $list (ref eq))
    (local.set $list (call $nil))
    (loop $next
      (local.set $list (struct.new $Cons
        (struct.new $Float (f64.convert_i32_u (call $random))) (local.get $list)))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $list))

  (func $drop (param $list (ref eq)) (param $count i32) (result (ref eq))
    (loop $next
      (local.set $list (call $tail (local.get $list)))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $list))

  (func $merge (param $a (ref eq)) (param $b (ref eq)) (param $order (ref $Closure)) (result (ref eq))
    (local $first (ref $Cons)) (local $last (ref $Cons)) (local $new (ref $Cons)) (local $from (ref $Cons))
    (local.set $first (struct.new $Cons (call $nil) (call $nil)))
    (local.set $last (local.get $first))
    (loop $next
      (if (ref.test (ref i31) (local.get $a))
        (then
          (struct.set $Cons $tail (local.get $last) (local.get $b))
          (return (struct.get $Cons $tail (local.get $first)))))
      (if (ref.test (ref i31) (local.get $b))
        (then
          (struct.set $Cons $tail (local.get $last) (local.get $a))
          (return (struct.get $Cons $tail (local.get $first)))))
      (local.set $from
        (if (result (ref $Cons))
          (i32.le_s
            (i31.get_s (ref.cast (ref i31)
              (call_ref $compare (call $head (local.get $a)) (call $head (local.get $b)) (local.get $order)
                (struct.get $Closure $code (local.get $order)))))
            (i32.const 0))
          (then
            (ref.cast (ref $Cons) (local.get $a))
            (local.set $a (call $tail (local.get $a))))
          (else
            (ref.cast (ref $Cons) (local.get $b))
            (local.set $b (call $tail (local.get $b))))))
      (local.set $new (struct.new $Cons (struct.get $Cons $head (local.get $from)) (call $nil)))
      (struct.set $Cons $tail (local.get $last) (local.get $new))
      (local.set $last (local.get $new))
      (br $next))
    (unreachable))

  ;; The first `count` values of the list, in order.
  (func $sort (param $list (ref eq)) (param $count i32) (param $order (ref $Closure)) (result (ref eq))
    (local $half i32)
    (if (i32.eq (local.get $count) (i32.const 1))
      (then (return (struct.new $Cons (call $head (local.get $list)) (call $nil)))))
    (local.set $half (i32.shr_u (local.get $count) (i32.const 1)))
    (call $merge
      (call $sort (local.get $list) (local.get $half) (local.get $order))
      (call $sort (call $drop (local.get $list) (local.get $half))
        (i32.sub (local.get $count) (local.get $half)) (local.get $order))
      (local.get $order)))

  ;; Traps if the list is not in order.
  (func $hash (param $hash i32) (param $list (ref eq)) (result i32)
    (local $last f64) (local $value f64)
    (local.set $last (f64.const -1))
    (block $done
      (loop $next
        (br_if $done (ref.test (ref i31) (local.get $list)))
        (local.set $value (call $float (call $head (local.get $list))))
        (if (f64.lt (local.get $value) (local.get $last)) (then (unreachable)))
        (local.set $last (local.get $value))
        (local.set $hash (i32.mul (i32.xor (local.get $hash) (i32.trunc_f64_u (local.get $value)))
          (i32.const 0x01000193)))
        (local.set $list (call $tail (local.get $list)))
        (br $next)))
    (local.get $hash))

  (func (export "run") (param $n i32) (result i32)
    (local $hash i32)
    (global.set $seed (i32.const 1))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $hash (call $hash (local.get $hash)
          (call $sort (call $make (i32.const 50000)) (i32.const 50000) (global.get $ascending))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $hash))
)
