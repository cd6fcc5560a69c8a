(component
  (core module $m (memory (export "memory") 1)
    (func (export "swap") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 1)) (i32.store (i32.const 4) (local.get 0)) (i32.const 0)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (type $point' (record (field "x" u32) (field "y" u32)))
  (export $point "point" (type $point'))
  (func (export "swap") (param "p" $point) (result $point) (canon lift (core func $i "swap") (memory $memory))))
