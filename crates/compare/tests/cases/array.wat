;; phase: execute
;; means: [{"trap": ["out-of-bounds-array"]}]
(module
  (type $a (array i64))
  (func (export "drive0") (result i64)
    (array.get $a (array.new_default $a (i32.const 3)) (i32.const 3))))
