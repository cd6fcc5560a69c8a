(module
  (type $a (array i64))
  (func (export "run") (result i64) (array.get $a (array.new $a (i64.const 1) (i32.const 3)) (i32.const 2))))
