//! [`limpide_fuzz::parcel`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpide_fuzz::parcel(bytes));
