;; A destination in 60 lines: page answers with a request, track with an error, user never ends. What it is given is not read.
(module
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 4096))

  (data (i32.const 64) "https://in.example/?a=1&b=2")
  (data (i32.const 128) "x-acme")
  (data (i32.const 144) "it's")
  (data (i32.const 160) "{\"b\":1}")
  (data (i32.const 176) "no tracks here")
  ;; A list of one header.
  (data (i32.const 256) "\80\00\00\00\06\00\00\00\90\00\00\00\04\00\00\00")
  ;; ok: POST, the URL, the headers, nothing forwarded, the body.
  (data (i32.const 512)
    "\00\00\00\00\02\00\00\00\40\00\00\00\1b\00\00\00\00\01\00\00\01\00\00\00\00\00\00\00\a0\00\00\00\07\00\00\00")
  ;; err: the text.
  (data (i32.const 576) "\01\00\00\00\b0\00\00\00\0e\00\00\00")

  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "edgee:components/data-collection@1.0.0#page") (param i32) (result i32) (i32.const 512))
  (func (export "edgee:components/data-collection@1.0.0#track") (param i32) (result i32) (i32.const 576))
  (func (export "edgee:components/data-collection@1.0.0#user") (param i32) (result i32)
    (loop $ever (br $ever))
    (unreachable))
)
