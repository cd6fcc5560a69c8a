;; Small innermost loops are translated twice, and poll in the first copy; others once. A loop whose turns come to another
;; poll has none of its own.
(module
  (memory 1)
  (func $small (param i32)
    (loop $again
      (i32.store (local.get 0) (i32.const 1))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 4))))))
  (func $two_branches (param i32)
    (loop $again
      (br_if $again (i32.eqz (i32.load (local.get 0))))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 4))))))
  (func $outer_polls_by_inner (param i32)
    (loop $outer
      (loop $inner (br_if $inner (i32.load (i32.const 0))))
      (br_if $outer (local.tee 0 (i32.sub (local.get 0) (i32.const 4))))))
  (func $with_fill (param i32)
    (loop $again
      (memory.fill (local.get 0) (i32.const 0) (i32.const 64))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 64)))))))
