;; Strings and a string builder on `i8` arrays, as in the library of Kotlin: a string has its bytes and a hash that is
;; computed when it is first wanted, a builder has an array that doubles. (run n) writes n lines of some words and
;; numbers, and for each takes the line as a string, hashes it, cuts a piece out, joins it with the piece of the
;; line before, compares the two, and appends the result to a text that starts again at 64 KiB.
;; run(100) = 1985428581, run(10000) = 1661645105, run(500000) = -1695270520
(module
  (rec
    (type $Class (struct (field $id i32)))
    (type $Object (sub (struct (field $class (ref $Class)))))
    (type $Bytes (array (mut i8)))
    (type $String (sub $Object (struct (field $class (ref $Class))
      (field $bytes (ref $Bytes)) (field $hash (mut i32)))))
    (type $Builder (sub $Object (struct (field $class (ref $Class))
      (field $bytes (mut (ref $Bytes))) (field $length (mut i32)))))
    (type $Strings (array (mut (ref null $String)))))

  (data $words "class interface override suspend inline reified operator companion")
  (data $lengths "\05\09\08\07\06\07\08\09")
  (global $StringClass (ref $Class) (struct.new $Class (i32.const 1)))
  (global $BuilderClass (ref $Class) (struct.new $Class (i32.const 2)))
  (global $words (mut (ref null $Strings)) (ref.null $Strings))
  (global $seed (mut i32) (i32.const 0))

  (func $random (result i32)
    (global.set $seed (i32.add (i32.mul (global.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
    (i32.shr_u (global.get $seed) (i32.const 8)))

  (func $string (param $bytes (ref $Bytes)) (result (ref $String))
    (struct.new $String (global.get $StringClass) (local.get $bytes) (i32.const 0)))

  (func $length (param $string (ref $String)) (result i32)
    (array.len (struct.get $String $bytes (local.get $string))))

  (func $substring (param $string (ref $String)) (param $from i32) (param $to i32) (result (ref $String))
    (local $bytes (ref $Bytes))
    (local.set $bytes (array.new_default $Bytes (i32.sub (local.get $to) (local.get $from))))
    (array.copy $Bytes $Bytes (local.get $bytes) (i32.const 0)
      (struct.get $String $bytes (local.get $string)) (local.get $from)
      (i32.sub (local.get $to) (local.get $from)))
    (call $string (local.get $bytes)))

  (func $concat (param $a (ref $String)) (param $b (ref $String)) (result (ref $String))
    (local $bytes (ref $Bytes))
    (local.set $bytes
      (array.new_default $Bytes (i32.add (call $length (local.get $a)) (call $length (local.get $b)))))
    (array.copy $Bytes $Bytes (local.get $bytes) (i32.const 0)
      (struct.get $String $bytes (local.get $a)) (i32.const 0) (call $length (local.get $a)))
    (array.copy $Bytes $Bytes (local.get $bytes) (call $length (local.get $a))
      (struct.get $String $bytes (local.get $b)) (i32.const 0) (call $length (local.get $b)))
    (call $string (local.get $bytes)))

  (func $hash (param $string (ref $String)) (result i32)
    (local $hash i32) (local $at i32) (local $bytes (ref $Bytes))
    (local.set $hash (struct.get $String $hash (local.get $string)))
    (if (local.get $hash) (then (return (local.get $hash))))
    (local.set $bytes (struct.get $String $bytes (local.get $string)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (array.len (local.get $bytes))))
        (local.set $hash (i32.add (i32.mul (local.get $hash) (i32.const 31))
          (array.get_u $Bytes (local.get $bytes) (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (struct.set $String $hash (local.get $string) (local.get $hash))
    (local.get $hash))

  ;; The difference of the first bytes that differ, or of the lengths.
  (func $compare (param $a (ref $String)) (param $b (ref $String)) (result i32)
    (local $x (ref $Bytes)) (local $y (ref $Bytes)) (local $at i32) (local $end i32) (local $difference i32)
    (local.set $x (struct.get $String $bytes (local.get $a)))
    (local.set $y (struct.get $String $bytes (local.get $b)))
    (local.set $end (select (array.len (local.get $x)) (array.len (local.get $y))
      (i32.lt_u (array.len (local.get $x)) (array.len (local.get $y)))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $difference (i32.sub (array.get_u $Bytes (local.get $x) (local.get $at))
          (array.get_u $Bytes (local.get $y) (local.get $at))))
        (if (local.get $difference) (then (return (local.get $difference))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.sub (array.len (local.get $x)) (array.len (local.get $y))))

  (func $builder (result (ref $Builder))
    (struct.new $Builder (global.get $BuilderClass) (array.new_default $Bytes (i32.const 16)) (i32.const 0)))

  ;; Makes room for so many more bytes.
  (func $reserve (param $builder (ref $Builder)) (param $more i32)
    (local $capacity i32) (local $bytes (ref $Bytes))
    (local.set $more (i32.add (struct.get $Builder $length (local.get $builder)) (local.get $more)))
    (local.set $capacity (array.len (struct.get $Builder $bytes (local.get $builder))))
    (if (i32.le_u (local.get $more) (local.get $capacity)) (then (return)))
    (loop $double
      (local.set $capacity (i32.mul (local.get $capacity) (i32.const 2)))
      (br_if $double (i32.gt_u (local.get $more) (local.get $capacity))))
    (local.set $bytes (array.new_default $Bytes (local.get $capacity)))
    (array.copy $Bytes $Bytes (local.get $bytes) (i32.const 0)
      (struct.get $Builder $bytes (local.get $builder)) (i32.const 0)
      (struct.get $Builder $length (local.get $builder)))
    (struct.set $Builder $bytes (local.get $builder) (local.get $bytes)))

  (func $append (param $builder (ref $Builder)) (param $string (ref $String))
    (call $reserve (local.get $builder) (call $length (local.get $string)))
    (array.copy $Bytes $Bytes
      (struct.get $Builder $bytes (local.get $builder)) (struct.get $Builder $length (local.get $builder))
      (struct.get $String $bytes (local.get $string)) (i32.const 0) (call $length (local.get $string)))
    (struct.set $Builder $length (local.get $builder)
      (i32.add (struct.get $Builder $length (local.get $builder)) (call $length (local.get $string)))))

  (func $append_byte (param $builder (ref $Builder)) (param $byte i32)
    (call $reserve (local.get $builder) (i32.const 1))
    (array.set $Bytes (struct.get $Builder $bytes (local.get $builder))
      (struct.get $Builder $length (local.get $builder)) (local.get $byte))
    (struct.set $Builder $length (local.get $builder)
      (i32.add (struct.get $Builder $length (local.get $builder)) (i32.const 1))))

  (func $decimal (param $number i32) (result (ref $String))
    (local $bytes (ref $Bytes)) (local $rest i32) (local $at i32)
    (local.set $rest (local.get $number))
    (loop $count
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $count (local.tee $rest (i32.div_u (local.get $rest) (i32.const 10)))))
    (local.set $bytes (array.new_default $Bytes (local.get $at)))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (array.set $Bytes (local.get $bytes) (local.get $at)
        (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
      (local.set $number (i32.div_u (local.get $number) (i32.const 10)))
      (br_if $digit (local.get $at)))
    (call $string (local.get $bytes)))

  (func $to_string (param $builder (ref $Builder)) (result (ref $String))
    (local $bytes (ref $Bytes))
    (local.set $bytes (array.new_default $Bytes (struct.get $Builder $length (local.get $builder))))
    (array.copy $Bytes $Bytes (local.get $bytes) (i32.const 0)
      (struct.get $Builder $bytes (local.get $builder)) (i32.const 0) (array.len (local.get $bytes)))
    (call $string (local.get $bytes)))

  (func $make_words
    (local $lengths (ref $Bytes)) (local $words (ref $Strings)) (local $at i32) (local $from i32)
    (local.set $lengths (array.new_data $Bytes $lengths (i32.const 0) (i32.const 8)))
    (local.set $words (array.new_default $Strings (i32.const 8)))
    (loop $next
      (array.set $Strings (local.get $words) (local.get $at)
        (call $string (array.new_data $Bytes $words (local.get $from)
          (array.get_u $Bytes (local.get $lengths) (local.get $at)))))
      (local.set $from (i32.add (i32.const 1)
        (i32.add (local.get $from) (array.get_u $Bytes (local.get $lengths) (local.get $at)))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 8))))
    (global.set $words (local.get $words)))

  (func $word (result (ref $String))
    (ref.as_non_null (array.get $Strings (global.get $words) (i32.and (call $random) (i32.const 7)))))

  ;; From two to nine words with a number after each.
  (func $line (param $number i32) (result (ref $String))
    (local $builder (ref $Builder)) (local $words i32)
    (local.set $builder (call $builder))
    (local.set $words (i32.add (i32.const 2) (i32.and (i32.shr_u (call $random) (i32.const 3)) (i32.const 7))))
    (loop $next
      (call $append (local.get $builder) (call $word))
      (call $append_byte (local.get $builder) (i32.const 32))
      (call $append (local.get $builder) (call $decimal (i32.add (local.get $number) (local.get $words))))
      (call $append_byte (local.get $builder) (i32.const 59))
      (br_if $next (local.tee $words (i32.sub (local.get $words) (i32.const 1)))))
    (call $append_byte (local.get $builder) (i32.const 10))
    (call $to_string (local.get $builder)))

  (func (export "run") (param $n i32) (result i32)
    (local $text (ref $Builder)) (local $line (ref $String)) (local $piece (ref $String))
    (local $before (ref $String)) (local $joined (ref $String)) (local $i i32) (local $hash i32)
    (global.set $seed (i32.const 11))
    (call $make_words)
    (local.set $before (call $word))
    (local.set $text (call $builder))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
        (local.set $line (call $line (local.get $i)))
        (local.set $piece (call $substring (local.get $line) (i32.const 3)
          (i32.shr_u (call $length (local.get $line)) (i32.const 1))))
        (local.set $joined (call $concat (local.get $piece) (local.get $before)))
        (local.set $hash (i32.xor (i32.mul (local.get $hash) (i32.const 31))
          (i32.add (call $hash (local.get $line))
            (call $compare (local.get $joined) (call $concat (local.get $piece) (local.get $piece))))))
        (call $append (local.get $text) (local.get $joined))
        (if (i32.gt_u (struct.get $Builder $length (local.get $text)) (i32.const 65536))
          (then
            (local.set $hash (i32.xor (local.get $hash) (call $hash (call $to_string (local.get $text)))))
            (local.set $text (call $builder))))
        (local.set $before (local.get $piece))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (i32.xor (local.get $hash) (call $hash (call $to_string (local.get $text)))))
)
