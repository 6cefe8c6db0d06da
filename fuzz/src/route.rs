//! The route table.

use wire::{Call, Method, Refusal, Route, Scope};

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
    match &found {
        Ok(Route::Page(page)) => {
            let top = path
                .trim_start_matches('/')
                .split('/')
                .next()
                .unwrap_or_default();
            let inside = path.starts_with('/') && !path.starts_with("//");
            assert!(*page == path && method == Some(Method::Get));
            assert!(
                !inside || !["api", "demo", "issuer", "log"].contains(&top),
                "{path}"
            );
        }
        Ok(Route::Realm(scope, call)) => {
            let own = matches!(
                call,
                Call::MoveClock | Call::HandOutCode | Call::State | Call::End
            );
            match scope {
                Scope::National => assert!(!own && path.starts_with("/api/"), "{path}"),
                Scope::Demo(session) => {
                    assert!(!session.contains('/'));
                    let below = path.trim_start_matches('/').strip_prefix("demo/");
                    assert!(
                        below.is_some_and(|below| below.starts_with(session)),
                        "{path}"
                    );
                }
            }
        }
        Ok(Route::OpenDemo) => assert_eq!(method, Some(Method::Post)),
        Ok(Route::Describe) => assert_eq!(method, Some(Method::Get)),
        Ok(Route::Issuer(_)) => assert!(path.contains("issuer/v1/"), "{path}"),
        Err(Refusal::NeitherMethod(one, other)) => {
            for right in [*one, *other] {
                assert_ne!(method, Some(right));
                assert!(Route::find(Some(right), path).is_ok(), "{path}");
            }
        }
        Err(Refusal::WrongMethod(right)) => {
            assert_ne!(method, Some(*right));
            assert!(Route::find(Some(*right), path).is_ok(), "{path}");
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
