;; CALL twist({x: 1, y: 2})
(component
  (type $point' (record (field "x" u32) (field "y" u32)))
  (import "point" (type $point (eq $point')))
  (import "swap" (func $swap (param "p" $point) (result $point)))
  (export "twist" (func $swap)))
