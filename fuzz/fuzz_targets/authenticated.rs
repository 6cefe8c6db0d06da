//! [`limpide_fuzz::authenticated`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::authenticated(bytes));
