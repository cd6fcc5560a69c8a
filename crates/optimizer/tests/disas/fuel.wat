;; fuel: charges for straight code, and checks where it is asked whether any is left
(module
  (memory 1)
  (func $straight (param i32) (result i32)
    (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.const 1)))
  (func $turns (param i32)
    (loop $again
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func $inlined (param i32) (result i32)
    (i32.add (call $straight (local.get 0)) (i32.const 5)))
  (func $bulk (param i32)
    (memory.fill (i32.const 0) (i32.const 0) (local.get 0))))
