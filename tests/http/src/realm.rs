//! A realm, as its visitors find it.

use core::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use core::time::Duration;
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use altcha::{Challenge, Payload, SolveChallengeOptions, solve_challenge};
use decree::{Day, Moment};
use harness::Server;
use minreq::{Error, Method};
use serde_json::{Value, json};

use crate::description;
use crate::disk;
use crate::http::{Reply, attempt, request};
use crate::state::State;

/// The national realm, or one visitor's demo realm.
pub struct Realm {
    url: String,
    /// What precedes `/api`: nothing, or `/demo/{session}`.
    door: String,
    issuer_key: Option<String>,
    /// How far the realm's clock is from the real one, in seconds: the server's, and what this client moved it by.
    ahead: AtomicI64,
}

impl Realm {
    /// The national realm: the server's time, codes by the issuer's door.
    pub fn national(server: &Server) -> Self {
        description::describes(&server.address(), server.runs_this_build());
        Self {
            url: format!("http://{}", server.address()),
            door: String::new(),
            issuer_key: server.issuer_key().map(str::to_owned),
            ahead: AtomicI64::new(server.clock()),
        }
    }

    /// Opens a demo realm; for a proof of work if there are few.
    pub fn open(server: &Server) -> Self {
        let national = Self::national(server);
        let opened = until_ready(|| {
            let opened = national.post("/demo", &json!({}));
            if opened.status != 429 {
                return opened;
            }
            let solution = solve(&opened.json()["challenge"]);
            national.post("/demo", &json!({ "captcha": solution }))
        });
        let opened = opened.is(201);
        let door = format!("/demo/{}", opened.field("session"));
        Self { door, ..national }
    }

    /// Opens a demo realm where it is noon UTC: what moves its clock by less does not come to midnight.
    pub fn open_at_noon(server: &Server) -> Self {
        let realm = Self::open(server);
        let noon = |day: Day| day.start() + Duration::from_hours(12);
        let now = realm.now();
        let today = Some(noon(now.day())).filter(|noon| *noon >= now);
        realm.advance_to(today.unwrap_or_else(|| noon(now.day().plus_days(1))));
        realm
    }

    /// The same server behind another door.
    pub fn behind(&self, door: &str) -> Self {
        Self {
            url: self.url.clone(),
            door: door.to_owned(),
            issuer_key: self.issuer_key.clone(),
            ahead: AtomicI64::new(self.ahead.load(Relaxed)),
        }
    }

    /// What precedes `/api` in addresses: `/demo/{session}`.
    pub fn door(&self) -> &str {
        &self.door
    }

    /// The realm's time, as a phone's clock that is right.
    pub fn now(&self) -> Moment {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let ahead = self.ahead.load(Relaxed);
        Moment::from_unix(real.as_secs().checked_add_signed(ahead).unwrap())
    }

    /// Reads this path below the realm's door.
    pub fn get(&self, path: &str) -> Reply {
        self.send(Method::Get, path, &[], None)
    }

    /// Posts JSON to this path below the realm's door.
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_bytes(path, body.to_string().as_bytes())
    }

    /// Posts these bytes as JSON.
    pub fn post_bytes(&self, path: &str, body: &[u8]) -> Reply {
        let json = [("Content-Type", "application/json")];
        self.send(Method::Post, path, &json, Some(body))
    }

    /// Posts these bytes as JSON to a server that may be killed meanwhile: nothing unless the whole reply came.
    pub fn try_post_bytes(&self, path: &str, body: &[u8]) -> Option<Reply> {
        let url = format!("{}{}{path}", self.url, self.door);
        let json = [("Content-Type", "application/json")];
        attempt(Method::Post, &url, &json, Some(body)).ok()
    }

    /// Sends anything to this path below the realm's door.
    pub fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Reply {
        request(
            method,
            &format!("{}{}{path}", self.url, self.door),
            headers,
            body,
        )
    }

    /// Moves a demo realm's clock; what waits is delivered, and what is then due is done.
    pub fn advance(&self, by: u64) {
        let body = json!({ "advanceSeconds": by });
        let before = self.now().unix();
        let mut reply = self.post("/clock", &body);
        while reply.status == 202 {
            assert_eq!(reply.json()["settled"], false);
            reply = self.post("/clock", &json!({ "advanceSeconds": 0 }));
        }
        let reply = reply.is(200);
        let told = reply.json()["now"].as_u64().expect("seconds");
        let after = self.now().unix();
        let right = before + by..=after + by;
        assert!(right.contains(&told), "{told} is not in {right:?}");
        self.note_move(by);
    }

    /// How far the realm's clock is from the real one, in seconds.
    pub fn moved(&self) -> i64 {
        self.ahead.load(Relaxed)
    }

    /// A demo realm's clock was moved by so many seconds: this client's goes along.
    pub fn note_move(&self, by: u64) {
        self.ahead.fetch_add(by.try_into().unwrap(), Relaxed);
    }

    /// Ends a demo realm.
    pub fn end(&self) {
        let mut asked = 0;
        let reply = until_ready(|| {
            asked += 1;
            self.send(Method::Delete, "", &[], None)
        });
        // Who was told 503 may have ended it all the same.
        let gone = if asked > 1 && reply.status == 404 {
            404
        } else {
            204
        };
        reply.is(gone);
    }

    /// Moves a demo realm's clock to this moment.
    pub fn advance_to(&self, moment: Moment) {
        self.advance(moment.since(self.now()).as_secs());
    }

    /// The server was started again with its clock so far ahead, in seconds: this client's goes along.
    pub fn follow_clock(&self, ahead: u64) {
        self.ahead.store(ahead.try_into().unwrap(), Relaxed);
    }

    /// The server was started again with its clock moved: this client's of the national realm goes along.
    pub fn follow(&self, server: &Server) {
        self.ahead.store(server.clock(), Relaxed);
    }

    /// What counts by the UTC day, for so many seconds, does not begin in its last ones.
    pub fn stay_off_midnight(&self, seconds: u64) {
        let left = 86_400 - self.now().unix() % 86_400;
        if left < seconds {
            thread::sleep(Duration::from_secs(left + 1));
        }
    }

    /// The start of the next epoch, for meetings that begin with one.
    pub fn next_epoch(&self) -> Moment {
        let now = robert::Epoch::at(self.now()).unwrap();
        now.next().unwrap().start()
    }

    /// A one-time code, `"long"` or `"short"`: by the issuer's door in the national realm.
    pub fn code(&self, kind: &str) -> String {
        let body = json!({ "kind": kind });
        let reply = if self.door.is_empty() {
            self.issue(self.issuer_key.as_deref().expect("an issuer's key"), &body)
        } else {
            self.post("/code", &body)
        };
        reply.is(201).field("code")
    }

    /// Asks for one code at the issuers' door with this key.
    pub fn issue(&self, key: &str, body: &Value) -> Reply {
        self.at_desk(Method::Post, "codes", key, Some(body))
    }

    /// Asks something below `/issuer/v1/` with this key.
    pub fn at_desk(&self, method: Method, path: &str, key: &str, body: Option<&Value>) -> Reply {
        let reply = self.attempt_at_desk(method, path, key, body);
        reply.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Posts JSON below `/issuer/v1/` to a server that may be killed meanwhile: nothing unless the whole reply came.
    pub fn try_post_at_desk(&self, path: &str, key: &str, body: &Value) -> Option<Reply> {
        self.attempt_at_desk(Method::Post, path, key, Some(body))
            .ok()
    }

    fn attempt_at_desk(
        &self,
        method: Method,
        path: &str,
        key: &str,
        body: Option<&Value>,
    ) -> Result<Reply, Error> {
        let bearer = format!("Bearer {key}");
        let mut headers = vec![("Authorization", bearer.as_str())];
        let body = body.map(Value::to_string);
        if body.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        let url = format!("{}/issuer/v1/{path}", self.url);
        attempt(method, &url, &headers, body.as_deref().map(str::as_bytes))
    }

    /// A captcha challenge and its id.
    pub fn captcha(&self) -> (String, Value) {
        let reply = until_ready(|| self.post("/api/v6/captcha", &json!({}))).is(201);
        assert_eq!(reply.names(), ["captchaId", "challenge", "id"]);
        assert_eq!(reply.field("id"), reply.field("captchaId"));
        (reply.field("captchaId"), reply.json()["challenge"].clone())
    }

    /// Everything that a demo realm stores.
    pub fn state(&self) -> State {
        State::new(until_ready(|| self.get("/state")).is(200).json())
    }

    /// Asks for the server's time all the while; how long the slowest answer took.
    pub fn slowest_clock(&self, act: impl FnOnce()) -> Duration {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let asking = scope.spawn(|| {
                let mut slowest = Duration::ZERO;
                while !is_over.load(Relaxed) {
                    let begun = Instant::now();
                    self.get("/api/v6/clock").is(200);
                    slowest = slowest.max(begun.elapsed());
                    thread::sleep(Duration::from_millis(20));
                }
                slowest
            });
            act();
            is_over.store(true, Relaxed);
            asking.join().expect("answers")
        })
    }

    /// Waits until `done`, for at most `most`.
    #[track_caller]
    pub fn wait_until(most: Duration, what: &str, mut done: impl FnMut() -> bool) {
        let begun = SystemTime::now();
        while !done() {
            let waited = begun.elapsed().unwrap_or_default();
            assert!(waited < most, "after {waited:?}: {what}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// Asks again whoever answers 503, when it says so, for a minute in all: where others use the machine, a server may have to
/// put off whatever came. Only for what may be asked again.
#[track_caller]
pub(crate) fn until_ready(mut ask: impl FnMut() -> Reply) -> Reply {
    let mut reply = ask();
    for _ in 0..12 {
        if reply.status != 503 {
            break;
        }
        let after = reply.header("retry-after").expect("when to come again");
        thread::sleep(Duration::from_secs(after.parse().expect("seconds")));
        reply = ask();
    }
    reply
}

/// Opens so many demo realms and ends each at once: how many files the objects have then.
pub fn open_and_end(server: &Server, realms: usize) -> usize {
    for _ in 0..realms {
        Realm::open(server).end();
    }
    disk::count(server)
}

/// Solves a challenge as ALTCHA's own libraries do, and encodes the solution as they do.
pub fn solve(challenge: &Value) -> String {
    let challenge: Challenge = serde_json::from_value(challenge.clone()).expect("a challenge");
    let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).expect("solvable");
    let solution = solution.expect("solved in time");
    let payload = Payload {
        challenge,
        solution,
    };
    crate::base64(&serde_json::to_vec(&payload).unwrap())
}

/// What says that the challenge was solved, and was not: the key begins as asked, and that is all.
pub fn pretend(challenge: &Value) -> String {
    let prefix = challenge["parameters"]["keyPrefix"].as_str().unwrap();
    let key = format!("{prefix:7<64}");
    let solution = json!({ "counter": 7, "derivedKey": key });
    crate::base64(
        json!({ "challenge": challenge, "solution": solution })
            .to_string()
            .as_bytes(),
    )
}
