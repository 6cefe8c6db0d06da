//! [`limpide_fuzz::captcha`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::captcha(bytes));
