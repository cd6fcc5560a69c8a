(component
  (core module $count (global $n (export "n") (mut i32) (i32.const 0))
    (func (export "drop") (param i32) (global.set $n (i32.add (global.get $n) (local.get 0)))))
  (core instance $count (instantiate $count))
  (alias core export $count "drop" (core func $drop))
  (type $file (resource (rep i32) (dtor (core func $drop))))
  (core func $new (canon resource.new $file))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (import "count" "n" (global $n (mut i32)))
    (func (export "open") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "size") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 100)))
    (func (export "dropped") (result i32) (global.get $n)))
  (core instance $i (instantiate $m
    (with "" (instance (export "new" (func $new)))) (with "count" (instance $count))))
  (func $open (param "n" u32) (result (own $file)) (canon lift (core func $i "open")))
  (func $size (param "self" (borrow $file)) (result u32) (canon lift (core func $i "size")))
  (func $dropped (result u32) (canon lift (core func $i "dropped")))
  ;; Methods need a named resource.
  (component $named
    (import "file" (type $f (sub resource)))
    (import "open" (func $open (param "n" u32) (result (own $f))))
    (import "size" (func $size (param "self" (borrow $f)) (result u32)))
    (import "dropped" (func $dropped (result u32)))
    (export $file "file" (type $f))
    (export "[constructor]file" (func $open) (func (param "n" u32) (result (own $file))))
    (export "[method]file.size" (func $size) (func (param "self" (borrow $file)) (result u32)))
    (export "dropped" (func $dropped)))
  (instance $files (instantiate $named
    (with "file" (type $file)) (with "open" (func $open))
    (with "size" (func $size)) (with "dropped" (func $dropped))))
  (export "test:dep/files@0.2.3" (instance $files)))
