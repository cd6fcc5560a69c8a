;; What the suite `wasi` does. Every export is told how much to do, and returns what it did.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  ;; 0: a list of one buffer; 16: results; 1024: paths; 65536: the buffer.
  (memory (export "memory") 3)
  (data (i32.const 1024) "read    write   many    few     ")

  (func $check (param i32) (if (local.get 0) (then (unreachable))))

  ;; So many writes of 64 bytes.
  (func (export "write") (param $count i32) (result i32)
    (i32.store (i32.const 0) (i32.const 65536))
    (i32.store (i32.const 4) (i32.const 64))
    (loop $again
      (call $check (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (i32.load (i32.const 16)))

  (func $clock (param $id i32) (param $count i32) (result i32)
    (loop $again
      (call $check (call $clock_time_get (local.get $id) (i64.const 0) (i32.const 16)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (i32.const 0))
  (func (export "realtime") (param $count i32) (result i32) (call $clock (i32.const 0) (local.get $count)))
  (func (export "monotonic") (param $count i32) (result i32) (call $clock (i32.const 1) (local.get $count)))

  ;; So many times 16 random bytes.
  (func (export "random") (param $count i32) (result i32)
    (loop $again
      (call $check (call $random_get (i32.const 16) (i32.const 16)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (i32.const 0))

  (func $open (param $path i32) (param $length i32) (param $oflags i32) (param $rights i64) (result i32)
    (call $check (call $path_open (i32.const 3) (i32.const 1) (local.get $path) (local.get $length)
      (local.get $oflags) (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 16)))
    (i32.store (i32.const 0) (i32.const 65536))
    (i32.store (i32.const 4) (i32.const 65536))
    (i32.load (i32.const 16)))

  ;; Opens and closes the file `read` so many times.
  (func (export "open") (param $count i32) (result i32)
    (loop $again
      (call $check (call $fd_close (call $open (i32.const 1024) (i32.const 4) (i32.const 0) (i64.const 2))))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (i32.const 0))

  ;; Writes so many bytes into a new file `write`, in blocks of 64 KiB.
  (func (export "write_file") (param $count i32) (result i32)
    (local $fd i32) (local $left i32)
    (local.set $fd (call $open (i32.const 1032) (i32.const 5) (i32.const 9) (i64.const 64)))
    (local.set $left (local.get $count))
    (loop $again
      (call $check (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 16)))
      (local.set $left (i32.sub (local.get $left) (i32.load (i32.const 16))))
      (br_if $again (i32.gt_s (local.get $left) (i32.const 0))))
    (call $check (call $fd_close (local.get $fd)))
    (local.get $count))

  ;; Reads the file `read` in blocks of 64 KiB; its length.
  (func (export "read_file") (param $count i32) (result i32)
    (local $fd i32) (local $total i32)
    (local.set $fd (call $open (i32.const 1024) (i32.const 4) (i32.const 0) (i64.const 2)))
    (loop $again
      (call $check (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 16)))
      (local.set $total (i32.add (local.get $total) (i32.load (i32.const 16))))
      (br_if $again (i32.load (i32.const 16))))
    (call $check (call $fd_close (local.get $fd)))
    (local.get $total))

  (func (export "list_many") (param $count i32) (result i32) (call $list (i32.const 1040) (i32.const 4)))
  (func (export "list_few") (param $count i32) (result i32) (call $list (i32.const 1048) (i32.const 3)))

  ;; Lists a folder with a buffer of 4 KiB; how many entries it has with names longer than that of the folder above it,
  ;; which some engines list.
  (func $list (param $path i32) (param $length i32) (result i32)
    (local $fd i32) (local $entries i32) (local $cookie i64) (local $at i32) (local $end i32) (local $next i32)
    (local.set $fd (call $open (local.get $path) (local.get $length) (i32.const 2) (i64.const 0x204000)))
    (loop $again
      (call $check (call $fd_readdir (local.get $fd) (i32.const 65536) (i32.const 4096) (local.get $cookie)
        (i32.const 16)))
      (local.set $at (i32.const 65536))
      (local.set $end (i32.add (i32.const 65536) (i32.load (i32.const 16))))
      (block $done
        (loop $entry
          (br_if $done (i32.gt_u (i32.add (local.get $at) (i32.const 24)) (local.get $end)))
          (local.set $next (i32.add (i32.add (local.get $at) (i32.const 24)) (i32.load offset=16 (local.get $at))))
          (br_if $done (i32.gt_u (local.get $next) (local.get $end)))
          (local.set $cookie (i64.load (local.get $at)))
          (local.set $entries (i32.add (local.get $entries) (i32.gt_u (i32.load offset=16 (local.get $at)) (i32.const 2))))
          (local.set $at (local.get $next))
          (br $entry)))
      (br_if $again (i32.eq (i32.load (i32.const 16)) (i32.const 4096))))
    (call $check (call $fd_close (local.get $fd)))
    (local.get $entries)))
