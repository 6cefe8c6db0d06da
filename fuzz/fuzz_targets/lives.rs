//! [`limpide_fuzz::lives`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::lives(bytes));
