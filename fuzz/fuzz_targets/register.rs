//! [`limpide_fuzz::register`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::register(bytes));
