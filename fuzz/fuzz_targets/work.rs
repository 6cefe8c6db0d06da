//! [`limpide_fuzz::work`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::work(bytes));
