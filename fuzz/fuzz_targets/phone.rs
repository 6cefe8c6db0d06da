//! [`limpide_fuzz::phone`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::phone(bytes));
