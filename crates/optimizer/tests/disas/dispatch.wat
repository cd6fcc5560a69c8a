;; The head of a loop that begins with a table of branches is translated again where the loop's body branches back: at `br`, and behind `br_if`.
(module
  (memory 1)
  (func $interpreter (param $pc i32) (result i32) (local $sum i32)
    (loop $next
      (block $end (block $minus (block $plus (block $again
        (br_table $again $plus $minus $next $end (i32.load8_u (local.get $pc))))
        (local.set $pc (i32.const 0))
        (br_if $next (local.get $sum)))
        (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
        (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
        (br $next))
        (local.set $sum (i32.sub (local.get $sum) (i32.const 1)))
        (local.set $pc (i32.add (local.get $pc) (i32.const 2)))
        (br $next)))
    (local.get $sum))
  ;; The position is a parameter of the loop.
  (func $with_parameter (param $pc i32) (result i32) (local $sum i32)
    (local.get $pc)
    (loop $next (param i32)
      (local.set $pc)
      (block $end (block $minus (block $plus
        (br_table $plus $minus $plus $end $end (i32.load8_u (local.get $pc))))
        (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
        (br $next (i32.add (local.get $pc) (i32.const 1))))
        (local.set $sum (i32.sub (local.get $sum) (i32.const 1)))
        (br $next (i32.add (local.get $pc) (i32.const 2)))))
    (local.get $sum))
  ;; An operand of the head is below the blocks: they cannot be reached from elsewhere.
  (func $operand_below (param $pc i32) (result i32) (local $sum i32)
    (loop $next
      (local.get $sum)
      (block $end (block $minus (block $plus
        (br_table $plus $minus $plus $end $end (i32.load8_u (local.get $pc))))
        (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
        (br $next))
        (local.set $sum (i32.sub (local.get $sum) (i32.const 1)))
        (br $next))
      (local.set $sum))
    (local.get $sum)))
