//! The issuers' desk: in the national realm, on a server of its own, whose clock moves when it is started again.

use core::time::Duration;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use decree::{Day, Moment};
use harness::Server;
use http_tests::{Person, Realm, Reply, disk};
use minreq::Method;
use serde_json::Value;
use store::Row;

/// How long what happens by itself may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A key: what names it, and what opens the door.
pub(crate) struct Key {
    pub(crate) id: String,
    secret: String,
}

pub(crate) struct Office {
    server: Server,
    pub(crate) realm: &'static Realm,
    /// By how many seconds its clock is ahead.
    ahead: u64,
    /// Whose phones are registered there.
    pub(crate) people: BTreeMap<String, Person<'static>>,
    /// Keys by who holds them.
    pub(crate) keys: BTreeMap<String, Key>,
    /// When it opened, and the day that the state of emergency ended on if it did.
    pub(crate) begun: Moment,
    ended: Day,
    /// The last answer.
    pub(crate) reply: Option<Reply>,
    /// Codes by who asked for them.
    pub(crate) codes: BTreeMap<String, String>,
    /// What the operator could read.
    pub(crate) noted: Vec<Value>,
}

impl Office {
    /// A new server: the state of emergency lasts, or ended today.
    pub(crate) fn open(emergency_ended: bool) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let ended = Moment::from_unix(now.as_secs()).day();
        let day = ended.to_string();
        let vars = ["EMERGENCY_ENDED", "EMERGENCY_ENDED_AGAIN"].map(|name| (name, day.as_str()));
        let vars = if emergency_ended { &vars[..] } else { &[] };
        let server = Server::fresh_with(vars).expect("un serveur");
        // People borrow their realm, which is small and lasts as long as the program.
        let realm: &'static Realm = Box::leak(Box::new(Realm::national(&server)));
        let secret = server.issuer_key().expect("la clé de l'opérateur");
        let root = Key {
            id: "root".to_owned(),
            secret: secret.to_owned(),
        };
        Self {
            begun: realm.now(),
            ended,
            realm,
            ahead: 0,
            people: BTreeMap::new(),
            keys: BTreeMap::from([("l'opérateur".to_owned(), root)]),
            server,
            reply: None,
            codes: BTreeMap::new(),
            noted: Vec::new(),
        }
    }

    /// Asks with the key of this person.
    pub(crate) fn ask(&self, who: &str, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let key = self.keys.get(who);
        let key = key.unwrap_or_else(|| panic!("{who} n'a pas de clé"));
        self.realm.at_desk(method, path, &key.secret, body)
    }

    pub(crate) fn give(&mut self, who: &str, made: &Reply) {
        let (id, secret) = (made.field("id"), made.field("key"));
        self.keys.insert(who.to_owned(), Key { id, secret });
    }

    /// When six months will have passed since the day on which the state of emergency ended.
    pub(crate) fn end(&self) -> Moment {
        self.ended.plus_months(6).start()
    }

    /// The server starts again at this moment, and has looked at what is due: yesterday's quotas are gone.
    pub(crate) fn restart_at(&mut self, moment: Moment) {
        self.ahead += moment.since(self.realm.now()).as_secs();
        self.server.restart_ahead(self.ahead).expect("un serveur");
        self.realm.follow_clock(self.ahead);
        Realm::wait_until(PATIENCE, "le bureau dort", || {
            self.stored("spent").is_empty()
        });
    }

    /// The rows of the desk's table, as they lie on the disk.
    pub(crate) fn stored(&self, table: &str) -> Vec<Row> {
        self.stored_in("Desk", table)
    }

    /// The same for objects of this class.
    pub(crate) fn stored_in(&self, class: &str, table: &str) -> Vec<Row> {
        let files = disk::objects(&self.server, class);
        let select = format!("SELECT * FROM {table}");
        let rows = files
            .iter()
            .flat_map(|file| disk::query(file, table, &select));
        rows.collect()
    }
}
