//! The route table.

use wire::{Door, Method, RealmAddress, Refusal, Route};

use crate::choose;

/// What is found at an address is what that address says, and refused methods are told the right one.
pub fn route(bytes: &[u8]) {
    let (method, path) = choose(bytes);
    let method = match method % 4 {
        0 => Some(Method::Get),
        1 => Some(Method::Post),
        2 => Some(Method::Delete),
        _ => None,
    };
    let path = &*String::from_utf8_lossy(path);
    let found = Route::find(method, path);
    match found.as_ref().map(|found| &found.route) {
        Ok(Route::Page(page)) => {
            assert!(*page == path && method == Some(Method::Get));
            assert_eq!(Door::of(path), None, "{path}");
        }
        Ok(Route::Realm(RealmAddress::National, _)) => {
            assert!(path.starts_with("/api/"), "{path}");
        }
        Ok(Route::Realm(RealmAddress::Demo(session), _) | Route::Demo(session, _)) => {
            assert!(!session.is_empty() && !session.contains('/'));
            let below = path.strip_prefix("/demo/");
            assert!(
                below.is_some_and(|below| below.starts_with(session)),
                "{path}"
            );
        }
        Ok(Route::OpenDemo) => assert_eq!(method, Some(Method::Post)),
        Ok(Route::Describe | Route::Health) => assert_eq!(method, Some(Method::Get)),
        Ok(Route::Issuer(_)) => assert!(path.starts_with("/issuer/v1/"), "{path}"),
        Err(Refusal::WrongMethod(methods)) => {
            assert!(!methods.is_empty());
            for right in methods.iter() {
                assert_ne!(method, Some(right));
                assert!(Route::find(Some(right), path).is_ok(), "{path}");
            }
        }
        Err(refusal) => {
            assert_eq!(*refusal, Refusal::NotFound);
            assert_eq!(
                Route::find(None, path),
                found,
                "no other method finds it either"
            );
        }
    }
    assert!(method.is_some() || found.is_err());
}
