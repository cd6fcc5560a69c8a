;; entries: code that begins at the last loop of each function. The name says how many operands there are at that loop, and at
;; which heights references to objects are.
(module
  (type $pair (struct (field (mut i32)) (field (mut (ref null $pair)))))
  (func $plain.0. (param $n i32) (result i32) (local $sum i64)
    (loop $next
      (local.set $sum (i64.add (local.get $sum) (i64.const 3)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $n))
  (func $nested.2. (param $n i32) (result i32) (local $i i32)
    (local.get $n)
    (loop $outer
      (f64.const 1)
      (loop $inner
        (br_if $inner (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (drop)
      (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.add (local.get $n)))
  (func $objects.2.01 (param $n i32) (result i32) (local $list (ref null $pair))
    (struct.new $pair (i32.const 6) (ref.null $pair))
    (ref.null $pair)
    (loop $make (param (ref null $pair)) (result (ref null $pair))
      (local.set $list)
      (struct.new $pair (local.get $n) (local.get $list))
      (br_if $make (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.set $list)
    (struct.get $pair 0))
)
