;; A function is called by its own type, though it was imported by a supertype of that.
(module $library
  (type $super (sub (func (result i32))))
  (type $sub (sub $super (func (result i32))))
  (func (export "f") (type $sub) (i32.const 7)))
(register "library" $library)
(module
  (type $super (sub (func (result i32))))
  (type $sub (sub $super (func (result i32))))
  (import "library" "f" (func $f (type $super)))
  (table funcref (elem $f))
  (func (export "run") (result i32) (call_indirect (type $sub) (i32.const 0))))
(assert_return (invoke "run") (i32.const 7))
