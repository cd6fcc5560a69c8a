;; Pauses beside a great live heap: a table of 65,536 lists of 128 cells (8,388,608 in all), each cell with 20 bytes of
;; fields where a reference has 4: with a header of 8 bytes, and rounded, 32 bytes, which makes 256 MiB. (setup n)
;; makes the table with lists of n cells. (step n) makes a list of 128 cells n times, looks at the first eight
;; cells of an old one, and puts every sixteenth in place of the old one; the host times each call, and the slow ones show the
;; pauses. (run n) does setup with 128 and n steps.
;; run(16) = -3803664, run(1000) = -187290432
(module
  (type $Cell (struct (field $a i32) (field $b i32) (field $next (mut (ref null $Cell))) (field $c i64)))
  (type $Table (array (mut (ref null $Cell))))
  (global $table (mut (ref null $Table)) (ref.null $Table))
  (global $seed (mut i32) (i32.const 0))

  (func $random (result i32)
    (global.set $seed (i32.add (i32.mul (global.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
    (i32.shr_u (global.get $seed) (i32.const 8)))

  (func $list (param $count i32) (param $value i32) (result (ref null $Cell))
    (local $list (ref null $Cell))
    (loop $next
      (local.set $list (struct.new $Cell (local.get $value) (local.get $count) (local.get $list)
        (i64.extend_i32_u (local.get $value))))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $list))

  ;; The sum of so many cells at most.
  (func $sum (param $list (ref null $Cell)) (param $most i32) (result i32)
    (local $sum i32)
    (block $done
      (loop $next
        (br_if $done (ref.is_null (local.get $list)))
        (br_if $done (i32.eqz (local.get $most)))
        (local.set $most (i32.sub (local.get $most) (i32.const 1)))
        (local.set $sum (i32.add (local.get $sum) (i32.add (struct.get $Cell $b (local.get $list))
          (i32.wrap_i64 (struct.get $Cell $c (local.get $list))))))
        (local.set $list (struct.get $Cell $next (local.get $list)))
        (br $next)))
    (local.get $sum))

  (func $setup (export "setup") (param $length i32) (result i32)
    (local $at i32)
    (global.set $seed (i32.const 3))
    (global.set $table (ref.null $Table))
    (global.set $table (array.new_default $Table (i32.const 65536)))
    (loop $next
      (array.set $Table (global.get $table) (local.get $at) (call $list (local.get $length) (local.get $at)))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 65536))))
    (local.get $at))

  (func $step (export "step") (param $n i32) (result i32)
    (local $sum i32) (local $list (ref null $Cell)) (local $at i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $list (call $list (i32.const 128) (local.get $n)))
        (local.set $at (i32.and (call $random) (i32.const 65535)))
        (local.set $sum (i32.add (local.get $sum)
          (i32.sub (call $sum (local.get $list) (i32.const 128))
            (call $sum (array.get $Table (global.get $table) (local.get $at)) (i32.const 8)))))
        (if (i32.eqz (i32.and (local.get $n) (i32.const 15)))
          (then (array.set $Table (global.get $table) (local.get $at) (local.get $list))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $sum))

  (func (export "run") (param $n i32) (result i32)
    (drop (call $setup (i32.const 128)))
    (call $step (local.get $n)))
)
