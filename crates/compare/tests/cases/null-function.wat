;; phase: execute
;; means: [{"trap": ["null-reference"]}]
(module
  (type $f (func (result i64)))
  (func (export "drive0") (result i64) (call_ref $f (ref.null $f))))
