//! Somebody who wrote a client of their own, and keeps none of the rules that a phone keeps.

use decree::Moment;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use http_tests::{Realm, Reply, authenticated, solve};
use robert::auth::{AuthRequest, Kind};
use robert::bundle::{self, Tuple};
use robert::keys::{ClientSecret, ServerPublic};
use robert::{AuthKey, Ecc, Epoch, Hello, Ntp, TupleKey};
use serde_json::{Value, json};

/// An account with the keys in hand.
pub(crate) struct Forger {
    key: AuthKey,
    tuple_key: TupleKey,
    /// Every pseudonym that it ever received, oldest first.
    pub(crate) tuples: Vec<Tuple>,
    /// What the registration said.
    pub(crate) registration: Value,
    /// The parameters that the server announced.
    pub(crate) config: Value,
    /// The last request, to be sent again.
    pub(crate) last: Value,
}

impl Forger {
    pub(crate) fn register(realm: &Realm) -> Self {
        let secret = ClientSecret::generate(&mut UnwrapErr(SysRng));
        let (id, challenge) = realm.captcha();
        let body = json!({
            "captcha": solve(&challenge),
            "captchaId": id,
            "clientPublicECDHKey": secret.public().to_base64(),
        });
        let reply = realm.post("/api/v6/register", &body).is(201);
        let server = realm.get("/api/keys").is(200).field("registration");
        let server = ServerPublic::from_base64(&server).expect("a P-256 key");
        let (key, tuple_key) = secret.agree(&server);
        let tuples = bundle::open(&tuple_key, &reply.field("tuples")).expect("a bundle");
        Self {
            key,
            tuple_key,
            tuples,
            registration: body,
            config: reply.json()["config"].take(),
            last: Value::Null,
        }
    }

    /// The HELLO of this moment, with these bits of its encrypted country code changed before it was sealed.
    pub(crate) fn emit(&self, now: Moment, mask: u8) -> Hello {
        let epoch = Epoch::at(now).unwrap();
        let tuple = self.tuples.iter().find(|tuple| tuple.epoch == epoch);
        let Tuple { ebid, ecc, .. } = tuple.expect("a pseudonym");
        Hello::seal(&self.key, Ecc(ecc.0 ^ mask), *ebid, Ntp::from(now))
    }

    /// Takes the pseudonyms that came with an answer.
    pub(crate) fn learn(&mut self, reply: &Reply) {
        let fresh = bundle::open(&self.tuple_key, &reply.field("tuples")).expect("a bundle");
        let known = self.tuples.last().map(|tuple| tuple.epoch);
        let fresh = fresh.into_iter().filter(|tuple| Some(tuple.epoch) > known);
        self.tuples.extend(fresh);
    }

    /// A status request under this pseudonym of the bundle, counted from 1, and under this key or the right one.
    pub(crate) fn ask(&mut self, pseudonym: usize, now: Ntp, key: Option<&AuthKey>) -> &Value {
        let Tuple { ebid, epoch, .. } = self.tuples[pseudonym - 1];
        let key = key.unwrap_or(&self.key);
        let request = AuthRequest::seal(Kind::Status, key, ebid, epoch, now);
        self.last = authenticated(&request);
        &self.last
    }
}
