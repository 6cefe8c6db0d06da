use std::collections::BTreeSet;

use super::*;
use crate::Refusal;

/// The same with text in the places of named parts.
fn filled(path: &str) -> String {
    path.replace(SESSION, "s").replace(ID, "7")
}

fn find(method: Method, path: &str) -> Result<Route<'_>, Refusal> {
    Route::find(Some(method), path).map(|found| found.route)
}

/// The refusal of every method but these.
fn answers(methods: impl IntoIterator<Item = Method>) -> Refusal {
    Refusal::WrongMethod(methods.into_iter().fold(Methods::default(), Methods::with))
}

#[test]
fn every_address_of_the_table_is_found_and_filled_in() {
    for Address { path, route, row } in addresses() {
        let filled_path = filled(&path);
        let found = Route::find(Some(row.method), &filled_path).unwrap();
        assert_eq!(found.body, row.body, "{path}");
        let right = filled(&format!("{route:?}"));
        assert_eq!(format!("{:?}", found.route), right, "{path}");
    }
}

/// Else the order of the table would count: an exact part hides a named one in the same place, or is hidden.
#[test]
fn no_address_answers_the_same_method_twice() {
    for Address { path, row, .. } in addresses() {
        let filled = filled(&path);
        let rows = ROUTES.iter().filter(|other| other.method == row.method);
        assert_eq!(
            rows.filter(|other| other.at(&filled).is_some()).count(),
            1,
            "{path}"
        );
    }
}

#[test]
fn every_other_method_is_told_those_that_are_answered() {
    for Address { path, .. } in addresses() {
        let here = addresses().into_iter().filter(|other| other.path == path);
        let methods = here.fold(Methods::default(), |all, other| all.with(other.row.method));
        for method in [
            None,
            Some(Method::Get),
            Some(Method::Post),
            Some(Method::Delete),
        ] {
            let is_answered = method.is_some_and(|method| methods.iter().any(|one| one == method));
            let filled = filled(&path);
            let found = Route::find(method, &filled);
            if is_answered {
                assert!(found.is_ok(), "{method:?} {path}");
            } else {
                assert_eq!(
                    found,
                    Err(Refusal::WrongMethod(methods)),
                    "{method:?} {path}"
                );
            }
        }
    }
    let refused = find(Method::Delete, "/issuer/v1/keys").unwrap_err();
    assert_eq!(refused.allowed().unwrap(), "GET, HEAD, POST, OPTIONS");
}

/// Where a route stands and who may ask go together: no slip in the table opens a door.
#[test]
fn who_may_ask_is_told_by_the_address() {
    for Row {
        path,
        route,
        caller,
        ..
    } in ROUTES
    {
        let (door, is_right) = match route {
            Route::Issuer(_) => (Door::Issuer, *caller == Caller::Issuer),
            Route::Demo(..) => (Door::Demo, *caller == Caller::Visitor),
            Route::OpenDemo => (Door::Demo, *caller == Caller::Anyone),
            Route::Realm(..) => (Door::Api, matches!(caller, Caller::Anyone | Caller::Phone)),
            _ => (Door::Api, *caller == Caller::Anyone),
        };
        assert_eq!(Door::of(path), Some(door), "{path}");
        assert!(is_right, "{path}: {caller:?}");
        let below = path.strip_prefix(DEMO_REALM);
        let is_in_a_demo = below.is_some_and(|below| below.is_empty() || below.starts_with('/'));
        assert_eq!(is_in_a_demo, matches!(route, Route::Demo(..)), "{path}");
    }
}

#[test]
fn only_what_is_posted_has_a_body_and_a_phones_seal_is_in_one() {
    for Row {
        method,
        path,
        caller,
        body,
        ..
    } in ROUTES
    {
        assert!(
            *method == Method::Post || *body == BodyRule::Nothing,
            "{path}"
        );
        assert!(
            *caller != Caller::Phone || *body == BodyRule::Json,
            "{path}"
        );
    }
}

/// Without an entry of its own an address would be answered by the platform, with a page.
#[test]
fn the_platform_hands_every_door_to_the_worker() {
    let manifest: toml::Table = include_str!("../../../../wrangler.toml").parse().unwrap();
    let listed = manifest["assets"]["run_worker_first"].as_array().unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|pattern| pattern.as_str().unwrap())
        .collect();
    assert_eq!(listed, worker_first());
    for Address { path, .. } in addresses() {
        let is_handed_over = listed
            .iter()
            .any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => path.starts_with(start),
                None => path == *pattern,
            });
        assert!(is_handed_over, "{path}");
    }
}

#[test]
fn both_realms_answer_the_same_calls() {
    for Row {
        method,
        path,
        route,
        ..
    } in ROUTES
    {
        let Route::Realm(RealmAddress::National, call) = *route else {
            continue;
        };
        let demo = format!("/demo/s{path}");
        assert_eq!(find(*method, path), Ok(*route));
        assert_eq!(
            find(*method, &demo),
            Ok(Route::Realm(RealmAddress::Demo("s"), call))
        );
        assert_eq!(Route::find(None, &demo), Err(answers([*method])));
    }
}

#[test]
fn nothing_else_stands_behind_a_door() {
    for path in [
        // The clock of the national realm cannot be moved.
        "/api/clock",
        "/api/v6/state",
        "/api/code",
        "/api",
        "/api/",
        "/api/v6/clock/",
        "/api//v6/clock",
        "//api/v6/clock",
        "/log",
        "/log/x",
        "/issuer",
        "/issuer/",
        "/issuer/v1",
        "/issuer/v1/keys/",
        "/issuer/v1/keys/7/8",
        "/demo/",
        "/demo//clock",
        "/demo/s/",
        "/demo/s/t/clock",
        "/demo/s/api/openapi.json",
        "/demo/s/demo",
    ] {
        for method in [Method::Get, Method::Post, Method::Delete] {
            assert_eq!(
                find(method, path),
                Err(Refusal::NotFound),
                "{method:?} {path}"
            );
        }
    }
}

#[test]
fn pages_of_other_origins_read_what_tells_of_nobody() {
    let all = addresses();
    let all: BTreeSet<_> = all.iter().map(|address| address.path.as_str()).collect();
    let open: Vec<_> = all.into_iter().filter(|path| is_open(path)).collect();
    assert_eq!(
        open,
        [
            "/api/health",
            "/api/keys",
            "/api/openapi.json",
            "/api/statistics",
            "/api/statistics.csv",
            "/api/v6/clock",
        ]
    );
    for path in ["/", "/demo/s/api/keys", "/api/v6/clock/", "//api/v6/clock"] {
        assert!(!is_open(path), "{path}");
    }
}

#[test]
fn demo_realms() {
    assert_eq!(find(Method::Post, "/demo"), Ok(Route::OpenDemo));
    assert_eq!(find(Method::Get, "/demo"), Err(answers([Method::Post])));
    assert_eq!(
        find(Method::Delete, "/demo/s"),
        Ok(Route::Demo("s", DemoCall::End))
    );
    assert_eq!(
        find(Method::Post, "/demo/s/clock"),
        Ok(Route::Demo("s", DemoCall::MoveClock))
    );
}

#[test]
fn the_issuers_door() {
    let call = |call| Ok(Route::Issuer(call));
    assert_eq!(
        find(Method::Get, "/issuer/v1/keys"),
        call(IssuerCall::ListKeys)
    );
    assert_eq!(
        find(Method::Post, "/issuer/v1/keys"),
        call(IssuerCall::MakeKey)
    );
    assert_eq!(
        find(Method::Delete, "/issuer/v1/keys/7"),
        call(IssuerCall::RevokeKey("7"))
    );
    assert_eq!(
        find(Method::Delete, "/issuer/v1/keys/7/codes"),
        call(IssuerCall::VoidCodes("7"))
    );
    assert_eq!(
        find(Method::Get, "/issuer/v1/keys/7"),
        Err(answers([Method::Delete]))
    );
}

#[test]
fn everything_else_is_the_page() {
    for path in ["/", "/en/", "/atelier", "/assets/x.css", "/apix"] {
        assert_eq!(find(Method::Get, path), Ok(Route::Page(path)), "{path}");
        assert_eq!(
            find(Method::Post, path),
            Err(answers([Method::Get])),
            "{path}"
        );
    }
}
