//! Somebody with a phone.

use core::time::Duration;
use std::thread::{available_parallelism, scope, sleep};

use decree::Moment;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use robert::auth::AuthRequest;
use robert::keys::ServerPublic;
use robert::phone::{Phone, Unknown};
use robert::score::{Sample, score};
use robert::stamp::{Price, Solver};
use robert::{Contact, Ebid, Ecc, Epoch, HeardHello, Mac40, Ntp, Time16};
use serde_json::{Value, json};

use crate::realm::until_ready;
use crate::{Admission, Realm, Reply, base64, seconds, solve};

/// Somebody with a phone in a realm.
pub struct Person<'r> {
    /// The phone.
    pub phone: Phone,
    realm: &'r Realm,
}

impl<'r> Person<'r> {
    /// Installs and registers; Bluetooth is on.
    pub fn register(realm: &'r Realm) -> Self {
        let phone = Phone::new();
        let mut person = Self { phone, realm };
        person.register_again();
        person.phone.switch_bluetooth(true);
        person
    }

    /// Installs and registers nationally, without the second of work. Bluetooth is on.
    pub fn admit(realm: &'r Realm, admission: &Admission) -> Self {
        /// The server checks twenty-five proofs a second.
        const BETWEEN: Duration = Duration::from_millis(40);
        let phone = Phone::new();
        let mut person = Self { phone, realm };
        let ask = |phone: &mut Phone| {
            let (id, solution) = admission.next(realm.now());
            registration(phone, &id, &solution)
        };
        let mut body = ask(&mut person.phone);
        let reply = loop {
            let reply = realm.post("/api/v6/register", &body);
            match reply.status {
                // Its turn comes.
                429 => {}
                // It may have been taken all the same: another.
                503 => body = ask(&mut person.phone),
                _ => break reply,
            }
            sleep(BETWEEN);
        };
        person.learn_registered(reply);
        person.phone.switch_bluetooth(true);
        person
    }

    /// Registers with a phone that has no account.
    #[track_caller]
    pub fn register_again(&mut self) {
        // Who is told 503 may have an account all the same, which nobody knows: another.
        let reply = until_ready(|| {
            let (id, challenge) = self.realm.captcha();
            let body = registration(&mut self.phone, &id, &solve(&challenge));
            self.realm.post("/api/v6/register", &body)
        });
        self.learn_registered(reply);
    }

    #[track_caller]
    fn learn_registered(&mut self, reply: Reply) {
        let (realm, reply) = (self.realm, reply.is(201));
        self.phone
            .registered(&server_key(realm), &reply.field("tuples"), realm.now())
            .expect("a bundle for this phone");
    }

    /// Takes 430, the answer to whatever was asked: whether it was to be expected.
    #[track_caller]
    pub fn learn_unknown(&mut self, reply: &Reply) -> Unknown {
        assert_eq!(reply.clone().is(430).body, b"");
        self.phone.unknown_to_server(self.realm.now())
    }

    /// Somebody whose phone was saved.
    #[track_caller]
    pub fn restore(realm: &'r Realm, saved: &[u8]) -> Self {
        let phone = Phone::restore(saved, realm.now()).expect("a saved phone");
        Self { phone, realm }
    }

    /// Asks "am I at risk?": the risk level.
    #[track_caller]
    pub fn ask(&mut self) -> u64 {
        let reply = self.ask_status();
        self.learn(&reply)
    }

    /// Asks "am I at risk?": whatever is answered.
    #[track_caller]
    pub fn ask_status(&mut self) -> Reply {
        let now = self.realm.now();
        let request = self.phone.ask(now).expect("the gap is over");
        self.realm.post("/api/v6/status", &authenticated(&request))
    }

    /// Leaves: whatever is answered, the phone keeps its account.
    pub fn unregister(&mut self) -> Reply {
        let request = self.phone.unregister(self.realm.now()).expect("an account");
        let body = authenticated(&request);
        self.realm.post("/api/v6/unregister", &body)
    }

    /// Deletes the history at the server.
    pub fn delete_exposures(&mut self) -> Reply {
        let request = self.phone.delete_exposures(self.realm.now());
        let body = authenticated(&request.expect("an account"));
        self.realm.post("/api/v6/deleteExposureHistory", &body)
    }

    /// Takes the answer to a status request: the risk level.
    #[track_caller]
    pub fn learn(&mut self, reply: &Reply) -> u64 {
        let reply = reply.clone().is(200);
        let level = reply.json()["riskLevel"].as_u64().expect("a level");
        let known = u8::try_from(level).unwrap();
        self.phone
            .answered(known, &reply.field("tuples"), self.realm.now())
            .expect("a bundle for this phone");
        level
    }

    /// Reports, with this code, what the phone selects when the date of the symptoms is unknown.
    pub fn report(&mut self, code: &str) -> Reply {
        let reply = self.report_unheard(code);
        self.learn_of_report(reply)
    }

    /// The same, but the answer does not reach the phone.
    pub fn report_unheard(&mut self, code: &str) -> Reply {
        let now = self.realm.now();
        self.phone
            .draft(decree::article_2::Onset::Unknown, now)
            .expect("a draft");
        let once = decree::article_3::Once::new(code.to_owned());
        let sent = self.phone.send(once, now).expect("a report");
        let body = report(sent.code, &sent.contacts);
        self.realm.post("/api/v6/report", &body)
    }

    /// Sends again the report whose answer did not reach the phone.
    pub fn report_again(&mut self) -> Reply {
        let sent = self.phone.retry(self.realm.now()).expect("no answer yet");
        let body = report(sent.code, &sent.contacts);
        let reply = self.realm.post("/api/v6/report", &body);
        self.learn_of_report(reply)
    }

    fn learn_of_report(&mut self, reply: Reply) -> Reply {
        match reply.status {
            200 => self.phone.accepted().unwrap(),
            401 => self.phone.refused().unwrap(),
            _ => {}
        }
        reply
    }

    /// Sends a decoy, due or not: a report of random bytes, as large as a real one would be.
    pub fn decoy(&mut self) -> Reply {
        let now = self.realm.now();
        let drawn = self.phone.decoy(now, &mut UnwrapErr(SysRng));
        let contacts = drawn.expect("registered");
        self.realm
            .post("/api/v6/report", &decoy(self.realm, &contacts))
    }
}

/// A decoy of these contacts, with the stamp that the realm asks for. Nationally it takes a second.
pub fn decoy(realm: &Realm, contacts: &[Contact]) -> Value {
    let price = if realm.door().is_empty() {
        Price::NATIONAL
    } else {
        Price::DEMO
    };
    let mut body = report(DECOY, contacts);
    let token = stamp(realm, &body["contacts"], price.bits(contacts.len()));
    body["token"] = token.into();
    body
}

/// [`decoy`] of each of these, on all cores.
pub fn decoys(realm: &Realm, drawn: &[Vec<Contact>]) -> Vec<Value> {
    let cores = available_parallelism().map_or(1, usize::from);
    let share = drawn.len().div_ceil(cores).max(1);
    scope(|scope| {
        let solved: Vec<_> = drawn
            .chunks(share)
            .map(|some| {
                scope.spawn(|| some.iter().map(|one| decoy(realm, one)).collect::<Vec<_>>())
            })
            .collect();
        let solved = solved.into_iter().map(|some| some.join().expect("stamps"));
        solved.flatten().collect()
    })
}

/// A token that is a stamp of today with so many bits for these contacts.
pub fn stamp(realm: &Realm, contacts: &Value, bits: u32) -> String {
    let (day, json) = (realm.now().day(), contacts.to_string());
    let mut solver = Solver::new(day, json.as_bytes(), bits, &mut UnwrapErr(SysRng));
    loop {
        if let Some(token) = solver.advance(100_000) {
            return token;
        }
    }
}

/// The code of a decoy that has no stamp: good in a demo realm.
pub const DECOY: &str = "00000000-0000-4000-8000-000000000000";

/// A registration's body, for a phone that makes its key pair now.
pub fn registration(phone: &mut Phone, id: &str, solution: &str) -> Value {
    let key = phone
        .register(&mut UnwrapErr(SysRng))
        .expect("not registered");
    json!({ "captcha": solution, "captchaId": id, "clientPublicECDHKey": key.to_base64() })
}

/// So many phones register at the same moment: what each is answered.
pub fn register_at_once(realm: &Realm, phones: usize) -> Vec<u16> {
    let solved = (0..phones).map(|_| {
        let (id, challenge) = realm.captcha();
        registration(&mut Phone::new(), &id, &solve(&challenge))
    });
    let bodies: Vec<_> = solved.collect();
    scope(|scope| {
        let asked: Vec<_> = bodies
            .iter()
            .map(|body| scope.spawn(move || realm.post("/api/v6/register", body).status))
            .collect();
        let answered = asked.into_iter().map(|asked| asked.join());
        answered.map(|status| status.expect("an answer")).collect()
    })
}

/// The realm's public key, which a real phone application embeds.
fn server_key(realm: &Realm) -> ServerPublic {
    let key = realm.get("/api/keys").is(200).field("registration");
    ServerPublic::from_base64(&key).expect("a P-256 key")
}

/// An authenticated request as the deployed phones write it.
pub fn authenticated(request: &AuthRequest) -> Value {
    json!({
        "ebid": base64(&request.ebid.0),
        "epochId": request.epoch,
        "time": base64(&request.time.0),
        "mac": base64(&request.mac),
    })
}

/// A report as the deployed phones write it.
pub fn report(code: &str, contacts: &[Contact]) -> Value {
    let contacts: Vec<_> = contacts
        .iter()
        .map(|contact| {
            let ids: Vec<_> = contact
                .hellos
                .iter()
                .map(|heard| {
                    json!({
                        "timeCollectedOnDevice": heard.collected,
                        "timeFromHelloMessage": u16::from_be_bytes(heard.time.0),
                        "mac": base64(&heard.mac.0),
                        "rssiCalibrated": heard.rssi,
                    })
                })
                .collect();
            let (ebid, ecc) = (base64(&contact.ebid.0), base64(&[contact.ecc.0]));
            json!({ "ebid": ebid, "ecc": ecc, "ids": ids })
        })
        .collect();
    json!({ "token": code, "contacts": contacts })
}

/// Two phones near each other: each hears one HELLO of the other every ten seconds.
pub fn meet(one: &mut Phone, other: &mut Phone, start: Moment, length: Duration, metres: f64) {
    for second in (0..length.as_secs()).step_by(10) {
        let now = start + seconds(second);
        let (mine, theirs) = (one.emit(now).unwrap(), other.emit(now).unwrap());
        one.hear(&theirs.to_bytes(), level(metres), now).unwrap();
        other.hear(&mine.to_bytes(), level(metres), now).unwrap();
    }
}

/// What is heard of this phone, close by, at these seconds of an epoch.
pub fn heard(phone: &mut Phone, epoch: Epoch, times: impl Iterator<Item = u64>) -> Contact {
    phone.switch_bluetooth(true);
    let mut spoken = times.map(|second| {
        let at = epoch.start() + seconds(second);
        (phone.emit(at).unwrap(), Ntp::from(at))
    });
    let close = level(0.6);
    let (first, at) = spoken.next().expect("at least one HELLO");
    let mut hellos = vec![HeardHello::new(&first, at, close)];
    hellos.extend(spoken.map(|(hello, at)| HeardHello::new(&hello, at, close)));
    Contact {
        ebid: first.ebid,
        ecc: first.ecc,
        hellos,
    }
}

/// As large as a real one of so many HELLOs, of a pseudonym that nobody had.
pub fn of_nobody(number: u16, hellos: u16) -> Contact {
    let [high, low] = number.to_be_bytes();
    let hello = |second: u16| HeardHello {
        time: Time16(second.to_be_bytes()),
        collected: 3_800_000_000 + u32::from(second),
        mac: Mac40([high, low, 0, 0, 9]),
        rssi: -50,
    };
    Contact {
        ebid: Ebid([high, low, 1, 2, 3, 4, 5, 6]),
        ecc: Ecc(9),
        hellos: (0..hellos).map(hello).collect(),
    }
}

/// What this contact adds to a risk.
pub fn score_of(contact: &Contact) -> f64 {
    let sample = |heard: &HeardHello| Sample {
        seconds: heard.collected.into(),
        rssi: heard.rssi,
    };
    let samples: Vec<_> = contact.hellos.iter().map(sample).collect();
    score(&samples).score
}

/// How strongly a HELLO is heard at this distance, in dBm: −45 − 20·log10(metres).
pub fn level(metres: f64) -> i8 {
    (-45.0 - 20.0 * metres.log10()).round() as i8
}
