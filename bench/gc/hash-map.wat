;; A hash map as in the library of Java: an array of chains of entries, keys and values are boxed numbers, and their
;; `hash` and `equals` are virtual methods. (run n) does n operations on keys that a generator gives: half of them
;; insert or replace, a quarter looks up, a quarter removes; returns a hash of what was found and what is left. The
;; map grows to about 90,000 entries for great n.
;; run(1000) = -250934314, run(100000) = -1371562091, run(2000000) = 1922735953
(module
  (rec
    (type $Object (sub (struct (field $methods (ref $Methods)))))
    (type $hash (func (param (ref null $Object)) (result i32)))
    (type $equals (func (param (ref null $Object) (ref null $Object)) (result i32)))
    (type $Methods (sub (struct (field $hash (ref $hash)) (field $equals (ref $equals)))))
    (type $Integer (sub $Object (struct (field $methods (ref $Methods)) (field $value i32))))
    (type $Entry (sub $Object (struct (field $methods (ref $Methods)) (field $hash i32)
      (field $key (ref null $Object)) (field $value (mut (ref null $Object)))
      (field $next (mut (ref null $Entry))))))
    (type $Entries (array (mut (ref null $Entry))))
    (type $Map (sub $Object (struct (field $methods (ref $Methods)) (field $count (mut i32))
      (field $entries (mut (ref null $Entries)))))))

  (elem declare func $object_hash $object_equals $integer_hash $integer_equals)
  (global $object_methods (ref $Methods)
    (struct.new $Methods (ref.func $object_hash) (ref.func $object_equals)))
  (global $integer_methods (ref $Methods)
    (struct.new $Methods (ref.func $integer_hash) (ref.func $integer_equals)))
  (global $seed (mut i32) (i32.const 0))

  (func $random (result i32)
    (global.set $seed (i32.add (i32.mul (global.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
    (i32.shr_u (global.get $seed) (i32.const 8)))

  (func $object_hash (type $hash) (unreachable))
  (func $object_equals (type $equals) (ref.eq (local.get 0) (local.get 1)))
  (func $integer_hash (type $hash)
    (struct.get $Integer $value (ref.cast (ref $Integer) (local.get 0))))
  (func $integer_equals (type $equals)
    (local $other (ref $Integer))
    (block $different
      (block $is_integer (result (ref $Integer))
        (br_on_cast $is_integer (ref null $Object) (ref $Integer) (local.get 1))
        (drop)
        (br $different))
      (local.set $other)
      (return (i32.eq (struct.get $Integer $value (ref.cast (ref $Integer) (local.get 0)))
        (struct.get $Integer $value (local.get $other)))))
    (i32.const 0))

  (func $box (param $value i32) (result (ref $Integer))
    (struct.new $Integer (global.get $integer_methods) (local.get $value)))
  (func $unbox (param $object (ref null $Object)) (result i32)
    (struct.get $Integer $value (ref.cast (ref $Integer) (local.get $object))))

  (func $map (result (ref $Map))
    (struct.new $Map (global.get $object_methods) (i32.const 0)
      (array.new_default $Entries (i32.const 16))))

  ;; Spreads the hash over the low bits.
  (func $hash_of (param $key (ref null $Object)) (result i32)
    (local $hash i32)
    (local.set $hash (call_ref $hash (local.get $key)
      (struct.get $Methods $hash (struct.get $Object $methods (local.get $key)))))
    (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 16))))

  (func $slot (param $map (ref $Map)) (param $hash i32) (result i32)
    (i32.and (local.get $hash)
      (i32.sub (array.len (struct.get $Map $entries (local.get $map))) (i32.const 1))))

  (func $is (param $entry (ref null $Entry)) (param $hash i32) (param $key (ref null $Object)) (result i32)
    (if (i32.ne (struct.get $Entry $hash (local.get $entry)) (local.get $hash))
      (then (return (i32.const 0))))
    (if (ref.eq (struct.get $Entry $key (local.get $entry)) (local.get $key))
      (then (return (i32.const 1))))
    (call_ref $equals (local.get $key) (struct.get $Entry $key (local.get $entry))
      (struct.get $Methods $equals (struct.get $Object $methods (local.get $key)))))

  (func $entry (param $map (ref $Map)) (param $hash i32) (param $key (ref null $Object)) (result (ref null $Entry))
    (local $entry (ref null $Entry))
    (local.set $entry (array.get $Entries (struct.get $Map $entries (local.get $map))
      (call $slot (local.get $map) (local.get $hash))))
    (block $done
      (loop $next
        (br_if $done (ref.is_null (local.get $entry)))
        (br_if $done (call $is (local.get $entry) (local.get $hash) (local.get $key)))
        (local.set $entry (struct.get $Entry $next (local.get $entry)))
        (br $next)))
    (local.get $entry))

  (func $get (param $map (ref $Map)) (param $key (ref null $Object)) (result (ref null $Object))
    (local $entry (ref null $Entry))
    (local.set $entry (call $entry (local.get $map) (call $hash_of (local.get $key)) (local.get $key)))
    (if (ref.is_null (local.get $entry)) (then (return (ref.null $Object))))
    (struct.get $Entry $value (local.get $entry)))

  ;; Puts an entry at the head of its chain.
  (func $link (param $map (ref $Map)) (param $entry (ref $Entry))
    (local $slot i32)
    (local.set $slot (call $slot (local.get $map) (struct.get $Entry $hash (local.get $entry))))
    (struct.set $Entry $next (local.get $entry)
      (array.get $Entries (struct.get $Map $entries (local.get $map)) (local.get $slot)))
    (array.set $Entries (struct.get $Map $entries (local.get $map)) (local.get $slot) (local.get $entry)))

  (func $grow (param $map (ref $Map))
    (local $old (ref null $Entries)) (local $at i32)
    (local $entry (ref null $Entry)) (local $next (ref null $Entry))
    (local.set $old (struct.get $Map $entries (local.get $map)))
    (struct.set $Map $entries (local.get $map)
      (array.new_default $Entries (i32.mul (array.len (local.get $old)) (i32.const 2))))
    (loop $slots
      (local.set $entry (array.get $Entries (local.get $old) (local.get $at)))
      (block $done
        (loop $chain
          (br_if $done (ref.is_null (local.get $entry)))
          (local.set $next (struct.get $Entry $next (local.get $entry)))
          (call $link (local.get $map) (ref.as_non_null (local.get $entry)))
          (local.set $entry (local.get $next))
          (br $chain)))
      (br_if $slots (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1)))
        (array.len (local.get $old))))))

  ;; Returns the value that was there before.
  (func $put (param $map (ref $Map)) (param $key (ref null $Object)) (param $value (ref null $Object))
    (result (ref null $Object))
    (local $hash i32) (local $entry (ref null $Entry)) (local $before (ref null $Object))
    (local.set $hash (call $hash_of (local.get $key)))
    (local.set $entry (call $entry (local.get $map) (local.get $hash) (local.get $key)))
    (if (i32.eqz (ref.is_null (local.get $entry)))
      (then
        (local.set $before (struct.get $Entry $value (local.get $entry)))
        (struct.set $Entry $value (local.get $entry) (local.get $value))
        (return (local.get $before))))
    (call $link (local.get $map)
      (struct.new $Entry (global.get $object_methods) (local.get $hash) (local.get $key) (local.get $value)
        (ref.null $Entry)))
    (struct.set $Map $count (local.get $map)
      (i32.add (struct.get $Map $count (local.get $map)) (i32.const 1)))
    (if (i32.gt_u (i32.mul (struct.get $Map $count (local.get $map)) (i32.const 4))
          (i32.mul (array.len (struct.get $Map $entries (local.get $map))) (i32.const 3)))
      (then (call $grow (local.get $map))))
    (ref.null $Object))

  ;; Returns the value that was there.
  (func $remove (param $map (ref $Map)) (param $key (ref null $Object)) (result (ref null $Object))
    (local $hash i32) (local $slot i32) (local $entry (ref null $Entry)) (local $last (ref null $Entry))
    (local.set $hash (call $hash_of (local.get $key)))
    (local.set $slot (call $slot (local.get $map) (local.get $hash)))
    (local.set $entry (array.get $Entries (struct.get $Map $entries (local.get $map)) (local.get $slot)))
    (block $found
      (loop $next
        (if (ref.is_null (local.get $entry)) (then (return (ref.null $Object))))
        (br_if $found (call $is (local.get $entry) (local.get $hash) (local.get $key)))
        (local.set $last (local.get $entry))
        (local.set $entry (struct.get $Entry $next (local.get $entry)))
        (br $next)))
    (if (ref.is_null (local.get $last))
      (then (array.set $Entries (struct.get $Map $entries (local.get $map)) (local.get $slot)
        (struct.get $Entry $next (local.get $entry))))
      (else (struct.set $Entry $next (local.get $last) (struct.get $Entry $next (local.get $entry)))))
    (struct.set $Map $count (local.get $map)
      (i32.sub (struct.get $Map $count (local.get $map)) (i32.const 1)))
    (struct.get $Entry $value (local.get $entry)))

  (func $mix (param $hash i32) (param $value (ref null $Object)) (result i32)
    (if (result i32) (ref.is_null (local.get $value))
      (then (i32.add (local.get $hash) (i32.const 1)))
      (else (i32.mul (i32.xor (local.get $hash) (call $unbox (local.get $value))) (i32.const 0x01000193)))))

  ;; The order of a chain depends on the past, so entries are added up.
  (func $total (param $map (ref $Map)) (result i32)
    (local $at i32) (local $sum i32) (local $entry (ref null $Entry))
    (loop $slots
      (local.set $entry (array.get $Entries (struct.get $Map $entries (local.get $map)) (local.get $at)))
      (block $done
        (loop $chain
          (br_if $done (ref.is_null (local.get $entry)))
          (local.set $sum (i32.add (local.get $sum)
            (i32.mul (call $unbox (struct.get $Entry $key (local.get $entry)))
              (call $unbox (struct.get $Entry $value (local.get $entry))))))
          (local.set $entry (struct.get $Entry $next (local.get $entry)))
          (br $chain)))
      (br_if $slots (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1)))
        (array.len (struct.get $Map $entries (local.get $map))))))
    (i32.add (local.get $sum) (struct.get $Map $count (local.get $map))))

  (func (export "run") (param $n i32) (result i32)
    (local $map (ref $Map)) (local $hash i32) (local $what i32) (local $key (ref $Object)) (local $i i32)
    (global.set $seed (i32.const 7))
    (local.set $map (call $map))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
        (local.set $what (i32.and (i32.shr_u (call $random) (i32.const 4)) (i32.const 3)))
        (local.set $key (call $box (i32.and (call $random) (i32.const 0x1ffff))))
        (local.set $hash (call $mix (local.get $hash)
          (if (result (ref null $Object)) (i32.lt_u (local.get $what) (i32.const 2))
            (then (call $put (local.get $map) (local.get $key) (call $box (local.get $i))))
            (else (if (result (ref null $Object)) (i32.eq (local.get $what) (i32.const 2))
              (then (call $get (local.get $map) (local.get $key)))
              (else (call $remove (local.get $map) (local.get $key))))))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (i32.xor (local.get $hash) (call $total (local.get $map))))
)
