;; phase: execute
;; means: [{"trap": ["null-reference"]}]
(module
  (func (export "drive0") (result i64) (drop (ref.as_non_null (ref.null any))) (i64.const 0)))
