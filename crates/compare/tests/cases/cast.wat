;; phase: execute
;; means: [{"trap": ["cast-failure"]}]
(module
  (type $s (struct (field i64)))
  (func (export "drive0") (result i64)
    (struct.get $s 0 (ref.cast (ref $s) (ref.i31 (i32.const 1))))))
