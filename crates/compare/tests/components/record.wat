;; call: make()
;; phase: execute
;; means: [{"value": "{small: 7, float: -0, flags: {a, c}}"}]
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 16) "\07\00\00\00\00\00\00\80\05\00\00\00")
    (func (export "make") (result i32) (i32.const 16)))
  (core instance $i (instantiate $m))
  (type $flags' (flags "a" "b" "c"))
  (export $flags "flags" (type $flags'))
  (type $r' (record (field "small" u8) (field "float" f32) (field "flags" $flags) (field "none" (option u8))))
  (export $r "r" (type $r'))
  (func (export "make") (result $r) (canon lift (core func $i "make") (memory (core memory $i "memory")))))
