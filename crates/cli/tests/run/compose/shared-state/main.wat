;; WITH counter left right
;; CALL f
(component
  (import "test:dep/left" (instance $l (export "take" (func (result u32)))))
  (import "test:dep/right" (instance $r (export "take" (func (result u32)))))
  (core func $left (canon lower (func $l "take")))
  (core func $right (canon lower (func $r "take")))
  (core module $m
    (import "" "left" (func $left (result i32)))
    (import "" "right" (func $right (result i32)))
    ;; 10 + 2 + 30: all count in one instance.
    (func (export "f") (result i32) (i32.add (call $left) (i32.add (call $right) (call $left)))))
  (core instance $i (instantiate $m
    (with "" (instance (export "left" (func $left)) (export "right" (func $right))))))
  (func (export "f") (result u32) (canon lift (core func $i "f"))))
