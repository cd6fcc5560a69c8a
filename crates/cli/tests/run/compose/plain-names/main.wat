;; WITH math mean
;; CALL f(10, 20, 2)
;; CALL f(1, 2, 0)
;; CALL add(1, 2)
(component
  (import "share" (func $share (param "a" u32) (param "b" u32) (param "of" u32) (result u32)))
  (import "add" (func $add (param "a" u32) (param "b" u32) (result u32)))
  (export "f" (func $share))
  (export "add" (func $add)))
