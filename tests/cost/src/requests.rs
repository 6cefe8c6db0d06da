//! Every request, taken and refused: what is sent, and what answering it costs the server.

use std::time::{Duration, Instant};

use harness::{Result, Server};

use http_tests::{DECOY, Person, Realm, authenticated, base64, decoy, registration, report, solve};
use robert::auth::{AuthRequest, Kind};
use robert::phone::Phone;
use robert::{AuthKey, Contact, Ebid, Ecc, HeardHello, Mac40, Ntp, Time16};
use serde_json::Value;

/// Times that what is refused is sent.
const TIMES: u32 = 200;
/// Times that what is taken is sent, or is large.
const FEW: u32 = 20;
/// What is refused is sent in so many rounds, and the cheapest counts: whatever else the machine does makes a round dearer.
const ROUNDS: usize = 4;
/// What may be asked of whoever shows no valid code, work or account: this, and [`EACH`] for each 100 kB read.
const BASE: Duration = Duration::from_micros(1_500);
const EACH: Duration = Duration::from_millis(1);
/// Contacts of the reports.
const SIZES: [u16; 3] = [0, 50, 1_000];
/// HELLOs of a contact.
const HELLOS: u16 = 15;

/// One kind of request.
pub(crate) struct Cost {
    /// What is sent.
    pub(crate) what: String,
    /// What it is answered.
    pub(crate) status: u16,
    /// The body's length.
    pub(crate) bytes: usize,
    /// Processor time of the server for each.
    pub(crate) server: Duration,
    /// Processor time of the sender for each, beside writing it.
    pub(crate) sender: Option<Duration>,
    /// Whether it shows a valid code, work or account.
    pub(crate) is_paid: bool,
}

impl Cost {
    /// What a request of this size that shows nothing may cost.
    pub(crate) fn bound(&self) -> Option<Duration> {
        let size = u32::try_from(self.bytes).unwrap_or(u32::MAX);
        (!self.is_paid).then(|| BASE + EACH * size / 100_000)
    }
}

/// Sends them and measures.
struct Measure<'a> {
    server: &'a Server,
    realm: &'a Realm,
    costs: Vec<Cost>,
}

impl Measure<'_> {
    /// Posts each of these bodies, of one length, all answered alike.
    fn post(&mut self, what: &str, path: &str, bodies: &[Value], is_paid: bool) -> Result<()> {
        let bodies: Vec<_> = bodies.iter().map(Value::to_string).collect();
        let (mut status, mut server) = (0, Duration::MAX);
        let rounds = if is_paid { 1 } else { ROUNDS };
        for round in bodies.chunks(bodies.len().div_ceil(rounds)) {
            let before = self.server.processor_time()?;
            for body in round {
                status = self.realm.post_bytes(path, body.as_bytes()).status;
            }
            let used = self.server.processor_time()? - before;
            server = server.min(used / u32::try_from(round.len())?);
        }
        self.costs.push(Cost {
            what: what.to_owned(),
            status,
            bytes: bodies.first().map_or(0, String::len),
            server,
            sender: None,
            is_paid,
        });
        Ok(())
    }

    /// The same body again and again.
    fn post_again(&mut self, what: &str, path: &str, body: &Value, times: u32) -> Result<()> {
        let bodies = vec![body.clone(); times as usize];
        self.post(what, path, &bodies, false)
    }

    fn paid_with(&mut self, sender: Duration) {
        if let Some(cost) = self.costs.last_mut() {
            cost.sender = Some(sender);
        }
    }
}

/// Measures all of them on a server of its own.
///
/// # Errors
/// Of the server.
pub(crate) fn measure() -> Result<Vec<Cost>> {
    let server = Server::fresh()?;
    let realm = Realm::national(&server);
    // Whatever is made once is made, at every intake too.
    for _ in 0..16 {
        realm.code("long");
    }
    let mut people: Vec<_> = (0..FEW).map(|_| Person::register(&realm)).collect();
    let mut measure = Measure {
        server: &server,
        realm: &realm,
        costs: Vec::new(),
    };
    let before = server.processor_time()?;
    for _ in 0..TIMES {
        realm.get("/api/v6/clock").is(200);
    }
    measure.costs.push(Cost {
        what: "clock".to_owned(),
        status: 200,
        bytes: 0,
        server: (server.processor_time()? - before) / TIMES,
        sender: None,
        is_paid: false,
    });
    registrations(&mut measure)?;
    statuses(&mut measure, &mut people)?;
    reports(&mut measure)?;
    Ok(measure.costs)
}

fn registrations(measure: &mut Measure<'_>) -> Result<()> {
    let realm = measure.realm;
    measure.post_again("captcha", "/api/v6/captcha", &serde_json::json!({}), TIMES)?;
    let (id, challenge) = realm.captcha();
    let begun = Instant::now();
    let solution = solve(&challenge);
    let solved = begun.elapsed();
    let (_, other) = realm.captcha();
    let wrong = solve(&other);
    let path = "/api/v6/register";
    let kept = id.clone();
    let of = |solution: &str| registration(&mut Phone::new(), &kept, solution);
    measure.post_again(
        "register, work for another challenge",
        path,
        &of(&wrong),
        TIMES,
    )?;
    measure.post_again("register, no work", path, &of("e30="), TIMES)?;
    let (id, challenge) = realm.captcha();
    let pretended = registration(&mut Phone::new(), &id, &pretend(&challenge));
    measure.post_again("register, work that was not done", path, &pretended, TIMES)?;
    measure.post("register", path, &[of(&solution)], true)?;
    measure.paid_with(solved);
    measure.post_again("register, work that was spent", path, &of(&solution), TIMES)
}

/// A key that begins as asked, and was not derived.
fn pretend(challenge: &Value) -> String {
    let prefix = challenge["parameters"]["keyPrefix"]
        .as_str()
        .unwrap_or_default();
    let key = format!("{prefix:7<64}");
    let solution = serde_json::json!({ "counter": 7, "derivedKey": key });
    let payload = serde_json::json!({ "challenge": challenge, "solution": solution });
    base64(payload.to_string().as_bytes())
}

fn statuses(measure: &mut Measure<'_>, people: &mut [Person<'_>]) -> Result<()> {
    let now = measure.realm.now();
    let stranger = AuthKey::from_bytes(&[7; 32]);
    let own = *people[0].phone.pseudonyms().next().expect("a pseudonym");
    for (path, kind) in [
        ("status", Kind::Status),
        ("unregister", Kind::Unregister),
        ("deleteExposureHistory", Kind::DeleteHistory),
    ] {
        let seal = |ebid| AuthRequest::seal(kind, &stranger, ebid, own.epoch, Ntp::from(now));
        let of = |ebid| authenticated(&seal(ebid));
        let to = format!("/api/v6/{path}");
        measure.post_again(&format!("{path}, of nobody"), &to, &of(Ebid([9; 8])), TIMES)?;
        measure.post_again(&format!("{path}, forged"), &to, &of(own.ebid), TIMES)?;
    }
    let asked: Vec<_> = people
        .iter_mut()
        .map(|person| authenticated(&person.phone.ask(now).expect("a first question")))
        .collect();
    measure.post("status", "/api/v6/status", &asked, true)
}

fn reports(measure: &mut Measure<'_>) -> Result<()> {
    let path = "/api/v6/report";
    let drawn = |contacts| (0..contacts).map(contact).collect::<Vec<_>>();
    // First what is refused: what is taken is delivered in the minute after, which costs too.
    for contacts in SIZES {
        let drawn = drawn(contacts);
        let times = if contacts > 50 { FEW } else { TIMES };
        for (what, code) in [
            (
                "long code that nobody issued",
                "7f9c24e8-3b12-4fef-91e0-7df1f2c3a5b6",
            ),
            ("no code at all", "x"),
            ("decoy without a stamp", DECOY),
        ] {
            let what = format!("report of {contacts}, {what}");
            measure.post_again(&what, path, &report(code, &drawn), times)?;
        }
        // Whoever wants to make work does not call it contacts.
        let mut elsewhere = report("7f9c24e8-3b12-4fef-91e0-7df1f2c3a5b6", &[]);
        elsewhere["more"] = report(DECOY, &drawn)["contacts"].take();
        let what = format!("report of 0, {contacts} in another field");
        measure.post_again(&what, path, &elsewhere, times)?;
    }
    for contacts in SIZES {
        let drawn = drawn(contacts);
        let begun = Instant::now();
        let decoys = (0..FEW).map(|_| decoy(measure.realm, &drawn));
        let decoys: Vec<_> = decoys.collect();
        let solved = begun.elapsed() / FEW;
        measure.post(&format!("decoy of {contacts}"), path, &decoys, true)?;
        measure.paid_with(solved);
        let codes = (0..FEW).map(|_| measure.realm.code("long"));
        let real: Vec<_> = codes.map(|code| report(&code, &drawn)).collect();
        measure.post(&format!("report of {contacts}"), path, &real, true)?;
    }
    Ok(())
}

/// As large as a real one, of a pseudonym that nobody had.
pub(crate) fn contact(number: u16) -> Contact {
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
        hellos: (0..HELLOS).map(hello).collect(),
    }
}
