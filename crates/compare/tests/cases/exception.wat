;; phase: execute
;; means: ["exception"]
(module
  (tag $e (param i32))
  (func (export "drive0") (result i64) (throw $e (i32.const 7))))
