;; Copies and fills of 16 MiB, in an array of `i8` beside the linear memory, and copies of 4 Mi references.
;; Each export but `run` does one thing n times, and returns some bytes of the result. (run n) does all of them.
;; run(1) = 5, run(10) = 275
(module
  (type $Bytes (array (mut i8)))
  (type $References (array (mut (ref null eq))))
  (memory 512)
  (global $from (mut (ref null $Bytes)) (ref.null $Bytes))
  (global $to (mut (ref null $Bytes)) (ref.null $Bytes))
  (global $references_from (mut (ref null $References)) (ref.null $References))
  (global $references_to (mut (ref null $References)) (ref.null $References))

  (func $make
    (if (ref.is_null (global.get $from))
      (then
        (global.set $from (array.new $Bytes (i32.const 3) (i32.const 0x1000000)))
        (global.set $to (array.new_default $Bytes (i32.const 0x1000000)))
        (memory.fill (i32.const 0) (i32.const 3) (i32.const 0x1000000)))))
  (func $make_references
    (if (ref.is_null (global.get $references_from))
      (then
        (global.set $references_from
          (array.new $References (ref.i31 (i32.const 3)) (i32.const 0x400000)))
        (global.set $references_to (array.new_default $References (i32.const 0x400000))))))
  ;; A place to write to and to look at, from 0 to 16 M.
  (func $place (param $n i32) (result i32)
    (i32.and (i32.mul (local.get $n) (i32.const 0x9e3779b1)) (i32.const 0xffffff)))

  (func $array_copy (export "array_copy") (param $n i32) (result i32)
    (local $sum i32)
    (call $make)
    (loop $next
      (array.set $Bytes (global.get $from) (call $place (local.get $n)) (local.get $n))
      (array.copy $Bytes $Bytes (global.get $to) (i32.const 0) (global.get $from) (i32.const 0)
        (i32.const 0x1000000))
      (local.set $sum (i32.add (local.get $sum)
        (array.get_u $Bytes (global.get $to) (call $place (local.get $n)))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  (func $memory_copy (export "memory_copy") (param $n i32) (result i32)
    (local $sum i32)
    (call $make)
    (loop $next
      (i32.store8 (call $place (local.get $n)) (local.get $n))
      (memory.copy (i32.const 0x1000000) (i32.const 0) (i32.const 0x1000000))
      (local.set $sum (i32.add (local.get $sum)
        (i32.load8_u offset=0x1000000 (call $place (local.get $n)))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  (func $array_fill (export "array_fill") (param $n i32) (result i32)
    (local $sum i32)
    (call $make)
    (loop $next
      (array.fill $Bytes (global.get $to) (i32.const 0) (local.get $n) (i32.const 0x1000000))
      (local.set $sum (i32.add (local.get $sum)
        (array.get_u $Bytes (global.get $to) (call $place (local.get $n)))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  (func $memory_fill (export "memory_fill") (param $n i32) (result i32)
    (local $sum i32)
    (call $make)
    (loop $next
      (memory.fill (i32.const 0x1000000) (local.get $n) (i32.const 0x1000000))
      (local.set $sum (i32.add (local.get $sum)
        (i32.load8_u offset=0x1000000 (call $place (local.get $n)))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  (func $reference_copy (export "reference_copy") (param $n i32) (result i32)
    (local $sum i32) (local $place i32)
    (call $make_references)
    (loop $next
      (local.set $place (i32.shr_u (call $place (local.get $n)) (i32.const 2)))
      (array.set $References (global.get $references_from) (local.get $place) (ref.i31 (local.get $n)))
      (array.copy $References $References (global.get $references_to) (i32.const 0)
        (global.get $references_from) (i32.const 0) (i32.const 0x400000))
      (local.set $sum (i32.add (local.get $sum) (i31.get_u (ref.cast (ref i31)
        (array.get $References (global.get $references_to) (local.get $place))))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  (func (export "run") (param $n i32) (result i32)
    (i32.add (call $array_copy (local.get $n))
    (i32.add (call $memory_copy (local.get $n))
    (i32.add (call $array_fill (local.get $n))
    (i32.add (call $memory_fill (local.get $n))
      (call $reference_copy (local.get $n)))))))
)
