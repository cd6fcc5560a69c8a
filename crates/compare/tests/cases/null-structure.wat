;; phase: execute
;; means: [{"trap": ["null-reference"]}]
(module
  (type $s (struct (field i64)))
  (func (export "drive0") (result i64) (struct.get $s 0 (ref.null $s))))
