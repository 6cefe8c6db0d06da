//! What must be wiped, and must never be printed.
#![allow(missing_docs)] // a test file

use core::fmt::Debug;
use robert::keys::{ClientSecret, KeyEncryptionKey, ServerSecret};
use robert::{AuthKey, FederationKey, ServerKey, TupleKey};
use zeroize::ZeroizeOnDrop;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Two ways to implement this for a type with `Debug`: then the compiler cannot choose, and stops.
trait Unprintable<Way> {
    fn is_unprintable() {}
}
impl<T> Unprintable<()> for T {}
impl<T: Debug> Unprintable<u8> for T {}

fn is_wiped<T: ZeroizeOnDrop>() {}

macro_rules! secrets {
    ($($type:ty),*) => {
        $(is_wiped::<$type>(); <$type as Unprintable<_>>::is_unprintable();)*
    };
}

/// Decided by the compiler: that this file builds is the proof.
#[test]
fn secrets_are_wiped_and_never_printed() {
    secrets!(
        AuthKey,
        TupleKey,
        ServerKey,
        FederationKey,
        ClientSecret,
        ServerSecret,
        KeyEncryptionKey
    );
}
