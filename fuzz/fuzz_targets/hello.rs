//! [`limpide_fuzz::hello`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::hello(bytes));
