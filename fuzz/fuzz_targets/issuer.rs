//! [`limpide_fuzz::issuer`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::issuer(bytes));
