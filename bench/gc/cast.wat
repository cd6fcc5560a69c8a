;; Casts to a type that is not final. Each export but `run` goes n times around a loop that takes one of eight objects
;; from an array, and returns a sum; loops without the cast are there to be subtracted. (run n) adds up all of them.
;; run(1000) = 14000, run(1000000) = 14000000
(module
  (rec
    (type $Root (sub (struct (field $id i32))))
    (type $Shape (sub $Root (struct (field $id i32) (field $area i32))))
    (type $Square (sub $Shape (struct (field $id i32) (field $area i32) (field $side i32))))
    (type $Tile (sub $Square (struct (field $id i32) (field $area i32) (field $side i32) (field $color i32))))
    (type $Number (sub $Root (struct (field $id i32) (field $area i32) (field $value i64))))
    (type $Objects (array (mut (ref null $Root))))
    (type $Shapes (array (mut (ref null $Shape)))))

  (func $shape (param i32) (result (ref $Shape)) (struct.new $Shape (local.get 0) (i32.const 3)))
  (func $tile (param i32) (result (ref $Shape))
    (struct.new $Tile (local.get 0) (i32.const 5) (i32.const 7) (i32.const 9)))
  (func $number (param i32) (result (ref $Root))
    (struct.new $Number (local.get 0) (i32.const 11) (i64.const 13)))

  (func $objects (param $what i32) (result (ref $Objects))
    (local $objects (ref $Objects)) (local $at i32)
    (local.set $objects (array.new_default $Objects (i32.const 8)))
    (loop $next
      (array.set $Objects (local.get $objects) (local.get $at)
        (if (result (ref $Root)) (i32.eqz (local.get $what))
          (then (call $shape (local.get $at)))
          (else (if (result (ref $Root)) (i32.eq (local.get $what) (i32.const 1))
            (then (call $tile (local.get $at)))
            (else (call $number (local.get $at)))))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 8))))
    (local.get $objects))

  ;; Like a cast that hits, without it.
  (func $no_cast (export "no_cast") (param $n i32) (result i32)
    (local $shapes (ref $Shapes)) (local $sum i32) (local $at i32)
    (local.set $shapes (array.new_default $Shapes (i32.const 8)))
    (loop $fill
      (array.set $Shapes (local.get $shapes) (local.get $at) (call $shape (local.get $at)))
      (br_if $fill (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 8))))
    (loop $next
      (local.set $sum (i32.add (local.get $sum)
        (struct.get $Shape $area
          (array.get $Shapes (local.get $shapes) (i32.and (local.get $n) (i32.const 7))))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  (func $hits (param $n i32) (param $objects (ref $Objects)) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum)
        (struct.get $Shape $area (ref.cast (ref $Shape)
          (array.get $Objects (local.get $objects) (i32.and (local.get $n) (i32.const 7)))))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  ;; The objects have exactly the type.
  (func $exact (export "exact") (param $n i32) (result i32)
    (call $hits (local.get $n) (call $objects (i32.const 0))))
  ;; The objects have a subtype of a subtype.
  (func $subtype (export "subtype") (param $n i32) (result i32)
    (call $hits (local.get $n) (call $objects (i32.const 1))))

  ;; Like a test, with a test for null instead.
  (func $no_test (export "no_test") (param $n i32) (result i32)
    (local $objects (ref $Objects)) (local $sum i32)
    (local.set $objects (call $objects (i32.const 2)))
    (loop $next
      (local.set $sum (i32.add (local.get $sum)
        (ref.is_null (array.get $Objects (local.get $objects) (i32.and (local.get $n) (i32.const 7))))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func $tests (param $n i32) (param $objects (ref $Objects)) (result i32)
    (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum)
        (ref.test (ref $Shape)
          (array.get $Objects (local.get $objects) (i32.and (local.get $n) (i32.const 7))))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  ;; ref.test that finds a subtype of a subtype.
  (func $test_hit (export "test_hit") (param $n i32) (result i32)
    (call $tests (local.get $n) (call $objects (i32.const 1))))
  ;; ref.test that finds another type.
  (func $test_miss (export "test_miss") (param $n i32) (result i32)
    (call $tests (local.get $n) (call $objects (i32.const 2))))

  ;; br_on_cast that finds another type.
  (func $branch_miss (export "branch_miss") (param $n i32) (result i32)
    (local $objects (ref $Objects)) (local $sum i32)
    (local.set $objects (call $objects (i32.const 2)))
    (loop $next
      (block $other
        (block $shape (result (ref $Shape))
          (drop (br_on_cast $shape (ref null $Root) (ref $Shape)
            (array.get $Objects (local.get $objects) (i32.and (local.get $n) (i32.const 7)))))
          (local.set $sum (i32.add (local.get $sum) (i32.const 2)))
          (br $other))
        (local.set $sum (i32.add (struct.get $Shape $area) (local.get $sum))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  (func (export "run") (param $n i32) (result i32)
    (i32.add (call $no_cast (local.get $n))
    (i32.add (call $exact (local.get $n))
    (i32.add (call $subtype (local.get $n))
    (i32.add (call $no_test (local.get $n))
    (i32.add (call $test_hit (local.get $n))
    (i32.add (call $test_miss (local.get $n))
      (call $branch_miss (local.get $n)))))))))
)
