(component
  (import "add" (func $add (param "a" u32) (param "b" u32) (result u32)))
  (import "div" (func $div (param "a" u32) (param "b" u32) (result u32)))
  (core func $add (canon lower (func $add)))
  (core func $div (canon lower (func $div)))
  (core module $m
    (import "" "add" (func $add (param i32 i32) (result i32)))
    (import "" "div" (func $div (param i32 i32) (result i32)))
    (func (export "mean") (param i32 i32 i32) (result i32)
      (call $div (call $add (local.get 0) (local.get 1)) (local.get 2))))
  (core instance $i (instantiate $m (with "" (instance (export "add" (func $add)) (export "div" (func $div))))))
  (func (export "share") (param "a" u32) (param "b" u32) (param "of" u32) (result u32)
    (canon lift (core func $i "mean"))))
