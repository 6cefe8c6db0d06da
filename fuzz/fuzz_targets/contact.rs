//! [`limpide_fuzz::contact`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::contact(bytes));
