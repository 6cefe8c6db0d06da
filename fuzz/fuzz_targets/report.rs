//! [`limpide_fuzz::report`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::report(bytes));
