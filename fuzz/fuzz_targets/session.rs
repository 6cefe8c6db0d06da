//! [`limpide_fuzz::session`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::session(bytes));
