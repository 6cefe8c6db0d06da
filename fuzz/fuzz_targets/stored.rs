//! [`limpide_fuzz::stored`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::stored(bytes));
