//! [`limpide_fuzz::code`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::code(bytes));
