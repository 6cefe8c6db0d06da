//! The addresses of the route table, as a test asks them.

use http_tests::Realm;
use wire::Methods;
use wire::route::{Address, DEMO_REALM, Row, addresses};

/// Every address that this realm's server answers below the realm's door, with its row of the table. In place of a key's
/// id stands one that no key has.
pub(crate) fn of(realm: &Realm) -> Vec<(String, &'static Row)> {
    let is_demo = !realm.door().is_empty();
    let all = addresses().into_iter();
    all.filter_map(|Address { path, row, .. }| {
        let below = path.strip_prefix(DEMO_REALM);
        let path = if is_demo { below? } else { &path };
        (is_demo == below.is_some()).then(|| (path.replace("{id}", "0123456789abcdef"), row))
    })
    .collect()
}

/// The methods that this one of these addresses answers.
pub(crate) fn methods(all: &[(String, &'static Row)], path: &str) -> Methods {
    let here = all.iter().filter(|(other, _)| other == path);
    here.fold(Methods::default(), |methods, (_, row)| {
        methods.with(row.method)
    })
}

/// A method as the client sends it.
pub(crate) const fn sent(method: wire::Method) -> minreq::Method {
    match method {
        wire::Method::Get => minreq::Method::Get,
        wire::Method::Post => minreq::Method::Post,
        wire::Method::Delete => minreq::Method::Delete,
    }
}
