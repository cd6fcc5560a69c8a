;; A splay tree after Octane's "splay": 8000 live nodes, each with a payload that is a tree of depth 5 whose leaves
;; have an array of ten numbers and a string that is put together for it. (run n) builds the tree, then n times
;; inserts 80 nodes with new keys and removes the nodes before them, and returns a hash of the tree that is left.
;; Objects are laid out as a compiler for Java or Kotlin would: a class descriptor first, mutable fields that may be
;; null.
;; run(0) = -295715189, run(10) = 751184661, run(500) = -545472316
(module
  (rec
    (type $Class (sub (struct (field $id i32))))
    (type $Object (sub (struct (field $class (ref $Class)))))
    (type $Ints (array (mut i32)))
    (type $Chars (array (mut i8)))
    (type $String (sub final $Object (struct (field $class (ref $Class)) (field $chars (ref $Chars)))))
    (type $Payload (sub $Object (struct (field $class (ref $Class)))))
    (type $Inner (sub final $Payload (struct (field $class (ref $Class))
      (field $left (mut (ref null $Payload))) (field $right (mut (ref null $Payload))))))
    (type $Leaf (sub final $Payload (struct (field $class (ref $Class))
      (field $array (mut (ref null $Ints))) (field $string (mut (ref null $String))))))
    (type $Node (sub $Object (struct (field $class (ref $Class)) (field $key f64)
      (field $value (mut (ref null $Object)))
      (field $left (mut (ref null $Node))) (field $right (mut (ref null $Node))))))
    (type $Tree (sub $Object (struct (field $class (ref $Class)) (field $root (mut (ref null $Node)))))))

  (data $before "String for key ")
  (data $after " in leaf node")
  (global $StringClass (ref $Class) (struct.new $Class (i32.const 1)))
  (global $InnerClass (ref $Class) (struct.new $Class (i32.const 2)))
  (global $LeafClass (ref $Class) (struct.new $Class (i32.const 3)))
  (global $NodeClass (ref $Class) (struct.new $Class (i32.const 4)))
  (global $TreeClass (ref $Class) (struct.new $Class (i32.const 5)))
  (global $before (mut (ref null $Chars)) (ref.null $Chars))
  (global $after (mut (ref null $Chars)) (ref.null $Chars))
  (global $seed (mut i32) (i32.const 0))

  ;; A new key from 0 to 1.
  (func $random (result f64)
    (global.set $seed (i32.add (i32.mul (global.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
    (f64.mul (f64.convert_i32_u (global.get $seed)) (f64.const 0x1p-32)))

  (func $node (param $key f64) (param $value (ref null $Object)) (result (ref $Node))
    (struct.new $Node (global.get $NodeClass) (local.get $key) (local.get $value) (ref.null $Node) (ref.null $Node)))

  ;; The first nine digits after the point.
  (func $digits (param $key f64) (result (ref $Chars))
    (local $chars (ref $Chars)) (local $rest i32) (local $at i32)
    (local.set $chars (array.new_default $Chars (i32.const 9)))
    (local.set $rest (i32.trunc_f64_u (f64.mul (local.get $key) (f64.const 1e9))))
    (local.set $at (i32.const 9))
    (loop $next
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (array.set $Chars (local.get $chars) (local.get $at)
        (i32.add (i32.const 48) (i32.rem_u (local.get $rest) (i32.const 10))))
      (local.set $rest (i32.div_u (local.get $rest) (i32.const 10)))
      (br_if $next (local.get $at)))
    (local.get $chars))

  (func $concat (param $a (ref null $Chars)) (param $b (ref null $Chars)) (result (ref $Chars))
    (local $chars (ref $Chars))
    (local.set $chars
      (array.new_default $Chars (i32.add (array.len (local.get $a)) (array.len (local.get $b)))))
    (array.copy $Chars $Chars (local.get $chars) (i32.const 0)
      (local.get $a) (i32.const 0) (array.len (local.get $a)))
    (array.copy $Chars $Chars (local.get $chars) (array.len (local.get $a))
      (local.get $b) (i32.const 0) (array.len (local.get $b)))
    (local.get $chars))

  (func $leaf (param $digits (ref $Chars)) (result (ref $Leaf))
    (struct.new $Leaf (global.get $LeafClass)
      (array.new_fixed $Ints 10 (i32.const 0) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)
        (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8) (i32.const 9))
      (struct.new $String (global.get $StringClass)
        (call $concat (call $concat (global.get $before) (local.get $digits)) (global.get $after)))))

  (func $payload (param $depth i32) (param $digits (ref $Chars)) (result (ref $Payload))
    (if (result (ref $Payload)) (i32.eqz (local.get $depth))
      (then (call $leaf (local.get $digits)))
      (else (struct.new $Inner (global.get $InnerClass)
        (call $payload (i32.sub (local.get $depth) (i32.const 1)) (local.get $digits))
        (call $payload (i32.sub (local.get $depth) (i32.const 1)) (local.get $digits))))))

  ;; Moves the node with the key to the root, or the last one that was seen on the way.
  (func $splay (param $tree (ref $Tree)) (param $key f64)
    (local $dummy (ref $Node)) (local $left (ref null $Node)) (local $right (ref null $Node))
    (local $current (ref null $Node)) (local $child (ref null $Node))
    (local.set $current (struct.get $Tree $root (local.get $tree)))
    (if (ref.is_null (local.get $current)) (then (return)))
    (local.set $dummy (call $node (f64.const 0) (ref.null $Object)))
    (local.set $left (local.get $dummy))
    (local.set $right (local.get $dummy))
    (block $done
      (loop $down
        (if (f64.lt (local.get $key) (struct.get $Node $key (local.get $current)))
          (then
            (br_if $done (ref.is_null (struct.get $Node $left (local.get $current))))
            (if (f64.lt (local.get $key)
                  (struct.get $Node $key (struct.get $Node $left (local.get $current))))
              (then ;; rotate right
                (local.set $child (struct.get $Node $left (local.get $current)))
                (struct.set $Node $left (local.get $current) (struct.get $Node $right (local.get $child)))
                (struct.set $Node $right (local.get $child) (local.get $current))
                (local.set $current (local.get $child))
                (br_if $done (ref.is_null (struct.get $Node $left (local.get $current))))))
            (struct.set $Node $left (local.get $right) (local.get $current))
            (local.set $right (local.get $current))
            (local.set $current (struct.get $Node $left (local.get $current)))
            (br $down)))
        (if (f64.gt (local.get $key) (struct.get $Node $key (local.get $current)))
          (then
            (br_if $done (ref.is_null (struct.get $Node $right (local.get $current))))
            (if (f64.gt (local.get $key)
                  (struct.get $Node $key (struct.get $Node $right (local.get $current))))
              (then ;; rotate left
                (local.set $child (struct.get $Node $right (local.get $current)))
                (struct.set $Node $right (local.get $current) (struct.get $Node $left (local.get $child)))
                (struct.set $Node $left (local.get $child) (local.get $current))
                (local.set $current (local.get $child))
                (br_if $done (ref.is_null (struct.get $Node $right (local.get $current))))))
            (struct.set $Node $right (local.get $left) (local.get $current))
            (local.set $left (local.get $current))
            (local.set $current (struct.get $Node $right (local.get $current)))
            (br $down)))))
    (struct.set $Node $right (local.get $left) (struct.get $Node $left (local.get $current)))
    (struct.set $Node $left (local.get $right) (struct.get $Node $right (local.get $current)))
    (struct.set $Node $left (local.get $current) (struct.get $Node $right (local.get $dummy)))
    (struct.set $Node $right (local.get $current) (struct.get $Node $left (local.get $dummy)))
    (struct.set $Tree $root (local.get $tree) (local.get $current)))

  (func $find (param $tree (ref $Tree)) (param $key f64) (result (ref null $Node))
    (call $splay (local.get $tree) (local.get $key))
    (if (ref.is_null (struct.get $Tree $root (local.get $tree))) (then (return (ref.null $Node))))
    (if (f64.eq (struct.get $Node $key (struct.get $Tree $root (local.get $tree))) (local.get $key))
      (then (return (struct.get $Tree $root (local.get $tree)))))
    (ref.null $Node))

  (func $insert (param $tree (ref $Tree)) (param $key f64) (param $value (ref null $Object))
    (local $node (ref $Node)) (local $root (ref null $Node))
    (local.set $node (call $node (local.get $key) (local.get $value)))
    (call $splay (local.get $tree) (local.get $key))
    (local.set $root (struct.get $Tree $root (local.get $tree)))
    (if (i32.eqz (ref.is_null (local.get $root)))
      (then
        (if (f64.eq (struct.get $Node $key (local.get $root)) (local.get $key)) (then (return)))
        (if (f64.gt (local.get $key) (struct.get $Node $key (local.get $root)))
          (then
            (struct.set $Node $left (local.get $node) (local.get $root))
            (struct.set $Node $right (local.get $node) (struct.get $Node $right (local.get $root)))
            (struct.set $Node $right (local.get $root) (ref.null $Node)))
          (else
            (struct.set $Node $right (local.get $node) (local.get $root))
            (struct.set $Node $left (local.get $node) (struct.get $Node $left (local.get $root)))
            (struct.set $Node $left (local.get $root) (ref.null $Node))))))
    (struct.set $Tree $root (local.get $tree) (local.get $node)))

  (func $remove (param $tree (ref $Tree)) (param $key f64)
    (local $root (ref null $Node)) (local $right (ref null $Node))
    (call $splay (local.get $tree) (local.get $key))
    (local.set $root (struct.get $Tree $root (local.get $tree)))
    (if (f64.ne (struct.get $Node $key (local.get $root)) (local.get $key)) (then (unreachable)))
    (if (ref.is_null (struct.get $Node $left (local.get $root)))
      (then
        (struct.set $Tree $root (local.get $tree) (struct.get $Node $right (local.get $root))))
      (else
        (local.set $right (struct.get $Node $right (local.get $root)))
        (struct.set $Tree $root (local.get $tree) (struct.get $Node $left (local.get $root)))
        ;; Nothing on the left is as great as the key: the new root has no right child.
        (call $splay (local.get $tree) (local.get $key))
        (struct.set $Node $right (struct.get $Tree $root (local.get $tree)) (local.get $right)))))

  (func $greatest_less_than (param $tree (ref $Tree)) (param $key f64) (result (ref null $Node))
    (local $node (ref null $Node))
    (call $splay (local.get $tree) (local.get $key))
    (local.set $node (struct.get $Tree $root (local.get $tree)))
    (if (f64.lt (struct.get $Node $key (local.get $node)) (local.get $key)) (then (return (local.get $node))))
    (local.set $node (struct.get $Node $left (local.get $node)))
    (if (ref.is_null (local.get $node)) (then (return (ref.null $Node))))
    (loop $down
      (if (ref.is_null (struct.get $Node $right (local.get $node))) (then (return (local.get $node))))
      (local.set $node (struct.get $Node $right (local.get $node)))
      (br $down))
    (unreachable))

  (func $insert_new (param $tree (ref $Tree)) (result f64)
    (local $key f64)
    (loop $again
      (local.set $key (call $random))
      (br_if $again (i32.eqz (ref.is_null (call $find (local.get $tree) (local.get $key))))))
    (call $insert (local.get $tree) (local.get $key)
      (call $payload (i32.const 5) (call $digits (local.get $key))))
    (local.get $key))

  (func $modify (param $tree (ref $Tree))
    (local $key f64) (local $before (ref null $Node))
    (local.set $key (call $insert_new (local.get $tree)))
    (local.set $before (call $greatest_less_than (local.get $tree) (local.get $key)))
    (if (ref.is_null (local.get $before))
      (then (call $remove (local.get $tree) (local.get $key)))
      (else (call $remove (local.get $tree) (struct.get $Node $key (local.get $before))))))

  (func $mix (param $hash i32) (param $value i32) (result i32)
    (i32.mul (i32.xor (local.get $hash) (local.get $value)) (i32.const 0x01000193)))

  (func $hash_chars (param $hash i32) (param $chars (ref $Chars)) (result i32)
    (local $at i32)
    (loop $next
      (local.set $hash
        (call $mix (local.get $hash) (array.get_u $Chars (local.get $chars) (local.get $at))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1)))
        (array.len (local.get $chars)))))
    (local.get $hash))

  ;; Goes down one side: to a leaf that depends on the hash.
  (func $hash_payload (param $hash i32) (param $value (ref null $Object)) (result i32)
    (local $leaf (ref $Leaf))
    (loop $down
      (if (ref.test (ref $Inner) (local.get $value))
        (then
          (local.set $value
            (if (result (ref null $Object)) (i32.and (local.get $hash) (i32.const 1))
              (then (struct.get $Inner $left (ref.cast (ref $Inner) (local.get $value))))
              (else (struct.get $Inner $right (ref.cast (ref $Inner) (local.get $value))))))
          (br $down))))
    (local.set $leaf (ref.cast (ref $Leaf) (local.get $value)))
    (call $hash_chars
      (call $mix (local.get $hash)
        (array.get $Ints (struct.get $Leaf $array (local.get $leaf))
          (i32.rem_u (local.get $hash) (i32.const 10))))
      (struct.get $String $chars (struct.get $Leaf $string (local.get $leaf)))))

  ;; Flattens the tree by rotations, so that there is no recursion, and hashes the nodes in the order of their keys.
  (func $hash (param $tree (ref $Tree)) (result i32)
    (local $node (ref null $Node)) (local $left (ref null $Node)) (local $hash i32) (local $last f64)
    (local.set $last (f64.const -1))
    (local.set $node (struct.get $Tree $root (local.get $tree)))
    (block $done
      (loop $next
        (br_if $done (ref.is_null (local.get $node)))
        (local.set $left (struct.get $Node $left (local.get $node)))
        (if (ref.is_null (local.get $left))
          (then
            (if (f64.le (struct.get $Node $key (local.get $node)) (local.get $last)) (then (unreachable)))
            (local.set $last (struct.get $Node $key (local.get $node)))
            (local.set $hash
              (call $hash_payload (local.get $hash) (struct.get $Node $value (local.get $node))))
            (local.set $node (struct.get $Node $right (local.get $node))))
          (else
            (struct.set $Node $left (local.get $node) (struct.get $Node $right (local.get $left)))
            (struct.set $Node $right (local.get $left) (local.get $node))
            (local.set $node (local.get $left))))
        (br $next)))
    (local.get $hash))

  (func (export "run") (param $n i32) (result i32)
    (local $tree (ref $Tree)) (local $count i32)
    (global.set $seed (i32.const 49734321))
    (global.set $before (array.new_data $Chars $before (i32.const 0) (i32.const 15)))
    (global.set $after (array.new_data $Chars $after (i32.const 0) (i32.const 13)))
    (local.set $tree (struct.new $Tree (global.get $TreeClass) (ref.null $Node)))
    (local.set $count (i32.const 8000))
    (loop $fill
      (drop (call $insert_new (local.get $tree)))
      (br_if $fill (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.set $count (i32.mul (local.get $n) (i32.const 80)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (call $modify (local.get $tree))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (call $hash (local.get $tree)))
)
