;; callees: functions as parts of adapters between components. A name ends with the types of the parameters and of the result.
(module
  (func $add.word.word.word (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $checked.char.case.u8 (param i32 i32) (result i32)
    (if (local.get 1) (then (return (local.get 0))))
    (i32.const 300))
  (func $calls.long.bool (param i64) (result i32) (call $elsewhere.long.bool (local.get 0)))
  (func $elsewhere.long.bool (param i64) (result i32)
    (i64.eqz (i64.popcnt (i64.mul (local.get 0) (i64.add (local.get 0) (i64.const 3)))))
    (drop) (drop (i64.const 1)) (drop (i64.const 1)) (drop (i64.const 1)) (drop (i64.const 1)) (drop (i64.const 1))
    (drop (i64.const 1)) (drop (i64.const 1)) (drop (i64.const 1)) (drop (i64.const 1)) (drop (i64.const 1))
    (i32.const 2)))
