;; What branch hints do: arms, ways and ends that are unlikely are cold blocks.
(module
  (func $unlikely_arm (param i32) (result i32)
    (@metadata.code.branch_hint "\00")
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))

  (func $likely_arm (param i32) (result i32)
    (@metadata.code.branch_hint "\01")
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))

  ;; Only the unlikely branch leads to the end of the block, so all that follows is cold.
  (func $unlikely_end (param i32) (result i32)
    (block $slow
      (@metadata.code.branch_hint "\00")
      (br_if $slow (i32.eqz (local.get 0)))
      (return (i32.const 1)))
    (i32.const 2))

  ;; The end of the block is reached in other ways too: only the way there is cold.
  (func $unlikely_way (param i32) (result i32)
    (block $out (result i32)
      (i32.const 3)
      (@metadata.code.branch_hint "\00")
      (br_if $out (local.get 0))
      (drop)
      (i32.const 4)))

  (func $likely_branch (param i32) (result i32)
    (block $out
      (@metadata.code.branch_hint "\01")
      (br_if $out (local.get 0))
      (local.set 0 (i32.const 5)))
    (local.get 0)))
