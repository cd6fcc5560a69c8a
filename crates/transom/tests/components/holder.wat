(component
  ;; It keeps, drops or gives back what it is passed.
  (import "r" (type $r (sub resource)))
  (core func $drop (canon resource.drop $r))
  (core module $m
    (import "" "drop" (func $drop (param i32)))
    (func (export "give-back") (param i32) (result i32) (local.get 0))
    (func (export "take") (param i32) (call $drop (local.get 0)))
    (func (export "look") (param i32) (call $drop (local.get 0)))
    (func (export "keep") (param i32)))
  (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
  (func (export "give-back") (param "x" (own $r)) (result (own $r)) (canon lift (core func $i "give-back")))
  (func (export "take") (param "x" (own $r)) (canon lift (core func $i "take")))
  (func (export "look") (param "x" (borrow $r)) (canon lift (core func $i "look")))
  (func (export "keep") (param "x" (borrow $r)) (canon lift (core func $i "keep"))))
