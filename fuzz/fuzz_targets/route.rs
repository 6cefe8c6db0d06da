//! [`limpide_fuzz::route`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::route(bytes));
