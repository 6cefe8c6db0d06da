//! What a request asks for, by its row of the table.

use super::address::Door;
use super::{
    BodyRule, DEMO_REALM, ID, IssuerCall, Method, Methods, ROUTES, RealmAddress, Route, Row,
    SESSION,
};
use crate::Refusal;

/// What a request asks for, with what is needed of its row in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// What is asked.
    pub route: Route<'a>,
    /// What is read of the body.
    pub body: BodyRule,
}

impl<'a> Route<'a> {
    /// Finds what `method` and `path` ask for; `method` is `None` when no address answers it.
    ///
    /// # Errors
    /// [`Refusal::WrongMethod`] when the address answers other methods, [`Refusal::NotFound`] when there is nothing at
    /// an address behind a [`Door`].
    pub fn find(method: Option<Method>, path: &'a str) -> Result<Found<'a>, Refusal> {
        let rows = ROUTES.iter().filter(|row| method == Some(row.method));
        let mut found = rows.filter_map(|row| Some((row.body, row.at(path)?)));
        if let Some((body, route)) = found.next() {
            return Ok(Found { route, body });
        }
        let answered = Methods::at(path)?;
        if method == Some(Method::Get) && Door::of(path).is_none() {
            return Ok(Found {
                route: Self::Page(path),
                body: BodyRule::Nothing,
            });
        }
        Err(Refusal::WrongMethod(answered))
    }
}

impl Methods {
    /// Those that this address answers.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is nothing at an address behind a [`Door`].
    pub fn at(path: &str) -> Result<Self, Refusal> {
        let here = ROUTES.iter().filter(|row| row.at(path).is_some());
        let methods = here.fold(Self::default(), |all, row| all.with(row.method));
        match Door::of(path) {
            Some(_) if methods.is_empty() => Err(Refusal::NotFound),
            Some(_) => Ok(methods),
            None => Ok(Self::only(Method::Get)),
        }
    }
}

/// The text that stands in the places of an address's named parts.
#[derive(Clone, Copy, Default)]
struct Parts<'a> {
    session: &'a str,
    id: &'a str,
}

impl Row {
    /// What is asked at this path, if it is one of this row's addresses.
    pub(super) fn at<'a>(&self, path: &'a str) -> Option<Route<'a>> {
        if let Some(parts) = read(self.path.split('/'), path) {
            return Some(match self.route {
                Route::Demo(_, call) => Route::Demo(parts.session, call),
                Route::Issuer(IssuerCall::RevokeKey(_)) => {
                    Route::Issuer(IssuerCall::RevokeKey(parts.id))
                }
                Route::Issuer(IssuerCall::VoidCodes(_)) => {
                    Route::Issuer(IssuerCall::VoidCodes(parts.id))
                }
                other => other,
            });
        }
        let Route::Realm(_, call) = self.route else {
            return None;
        };
        let below_realm = self.path.split('/').skip(1);
        let Parts { session, .. } = read(DEMO_REALM.split('/').chain(below_realm), path)?;
        Some(Route::Realm(RealmAddress::Demo(session), call))
    }
}

/// Reads a path, if it has this pattern.
fn read<'a>(pattern: impl Iterator<Item = &'static str>, path: &'a str) -> Option<Parts<'a>> {
    let mut parts = Parts::default();
    let mut given = path.split('/');
    for expected in pattern {
        let text = given.next()?;
        match expected {
            SESSION | ID if text.is_empty() => return None,
            SESSION => parts.session = text,
            ID => parts.id = text,
            _ if expected == text => {}
            _ => return None,
        }
    }
    given.next().is_none().then_some(parts)
}
