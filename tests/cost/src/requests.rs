//! Every request, taken and refused: what is sent, and what answering it costs the server.

use std::time::{Duration, Instant};

use harness::{Result, Server};

use http_tests::{
    DECOY, Person, Realm, authenticated, decoy, of_nobody, pretend, registration, report, solve,
};
use robert::auth::{AuthRequest, Kind};
use robert::phone::Phone;
use robert::{AuthKey, Contact, Ebid, Ntp};
use serde_json::Value;

/// Times that what is refused is sent.
const TIMES: u32 = 200;
/// Times that what is taken is sent, or is large.
const FEW: u32 = 20;
/// What is refused is sent in so many rounds, and the cheapest counts: whatever else the machine does makes a round dearer.
const ROUNDS: u32 = 4;
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

/// One kind of request that shows no valid code, work or account, and is answered alike as often as it is sent.
pub(crate) struct Unpaid {
    /// What is sent.
    pub(crate) what: String,
    /// To which path; without a body it is read.
    pub(crate) path: &'static str,
    /// The body, of JSON.
    pub(crate) body: Option<String>,
    /// How often it is sent to be measured.
    times: u32,
}

impl Unpaid {
    fn new(what: &str, path: &'static str, body: &Value) -> Self {
        Self {
            what: what.to_owned(),
            path,
            body: Some(body.to_string()),
            times: TIMES,
        }
    }

    /// Sends it once: the answer's status.
    fn send(&self, realm: &Realm) -> u16 {
        let reply = match &self.body {
            Some(body) => realm.post_bytes(self.path, body.as_bytes()),
            None => realm.get(self.path),
        };
        reply.status
    }

    /// What one costs: the cheapest of some rounds.
    fn measure(self, server: &Server, realm: &Realm) -> Result<Cost> {
        let each = self.times.div_ceil(ROUNDS);
        let (mut status, mut cheapest) = (0, Duration::MAX);
        for _ in 0..ROUNDS {
            let before = server.processor_time()?;
            for _ in 0..each {
                status = self.send(realm);
            }
            cheapest = cheapest.min((server.processor_time()? - before) / each);
        }
        Ok(Cost {
            bytes: self.body.map_or(0, |body| body.len()),
            what: self.what,
            status,
            server: cheapest,
            sender: None,
            is_paid: false,
        })
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
    // First what is refused: what is taken is delivered in the minute after, which costs too.
    let mut costs = unpaid(&realm, &people[0])
        .into_iter()
        .map(|kind| kind.measure(&server, &realm))
        .collect::<Result<Vec<_>>>()?;
    let mut paid = Paid {
        server: &server,
        realm: &realm,
        costs: &mut costs,
    };
    let (id, challenge) = realm.captcha();
    let begun = Instant::now();
    let solution = solve(&challenge);
    let solved = begun.elapsed();
    let body = registration(&mut Phone::new(), &id, &solution);
    paid.post("register", "/api/v6/register", &[body], Some(solved))?;
    let now = realm.now();
    let asked: Vec<_> = people
        .iter_mut()
        .map(|person| authenticated(&person.phone.ask(now).expect("a first question")))
        .collect();
    paid.post("status", "/api/v6/status", &asked, None)?;
    for contacts in SIZES {
        let drawn = drawn(contacts);
        let begun = Instant::now();
        let decoys: Vec<_> = (0..FEW).map(|_| decoy(&realm, &drawn)).collect();
        let stamped = begun.elapsed() / FEW;
        let what = format!("decoy of {contacts}");
        paid.post(&what, REPORT, &decoys, Some(stamped))?;
        let codes = (0..FEW).map(|_| realm.code("long"));
        let real: Vec<_> = codes.map(|code| report(&code, &drawn)).collect();
        paid.post(&format!("report of {contacts}"), REPORT, &real, None)?;
    }
    Ok(costs)
}

/// Measures what shows a valid code, work or account, each of which is good once.
struct Paid<'a> {
    server: &'a Server,
    realm: &'a Realm,
    costs: &'a mut Vec<Cost>,
}

impl Paid<'_> {
    /// Posts each of these bodies, of one length, all answered alike; each took its sender so long.
    fn post(
        &mut self,
        what: &str,
        path: &str,
        bodies: &[Value],
        sender: Option<Duration>,
    ) -> Result<()> {
        let bodies: Vec<_> = bodies.iter().map(Value::to_string).collect();
        let mut status = 0;
        let before = self.server.processor_time()?;
        for body in &bodies {
            status = self.realm.post_bytes(path, body.as_bytes()).status;
        }
        let used = self.server.processor_time()? - before;
        self.costs.push(Cost {
            what: what.to_owned(),
            status,
            bytes: bodies.first().map_or(0, String::len),
            server: used / u32::try_from(bodies.len())?,
            sender,
            is_paid: true,
        });
        Ok(())
    }
}

/// Everything that is sent without a valid code, work or account; of the accounts, somebody's pseudonym is known.
pub(crate) fn unpaid(realm: &Realm, somebody: &Person<'_>) -> Vec<Unpaid> {
    let mut kinds = vec![Unpaid {
        what: "clock".to_owned(),
        path: "/api/v6/clock",
        body: None,
        times: TIMES,
    }];
    kinds.extend(registrations(realm));
    kinds.extend(questions(realm, somebody));
    kinds.extend(SIZES.into_iter().flat_map(reports));
    kinds
}

fn registrations(realm: &Realm) -> Vec<Unpaid> {
    const PATH: &str = "/api/v6/register";
    let (id, challenge) = realm.captcha();
    let (_, other) = realm.captcha();
    let of = |id: &str, solution: &str| registration(&mut Phone::new(), id, solution);
    let wrong = of(&id, &solve(&other));
    let none = of(&id, "e30=");
    let pretended = of(&id, &pretend(&challenge));
    let (id, challenge) = realm.captcha();
    let spent = of(&id, &solve(&challenge));
    realm.post(PATH, &spent).is(201);
    vec![
        Unpaid::new("captcha", "/api/v6/captcha", &serde_json::json!({})),
        Unpaid::new("register, work for another challenge", PATH, &wrong),
        Unpaid::new("register, no work", PATH, &none),
        Unpaid::new("register, work that was not done", PATH, &pretended),
        Unpaid::new("register, work that was spent", PATH, &spent),
    ]
}

fn questions(realm: &Realm, somebody: &Person<'_>) -> Vec<Unpaid> {
    let now = realm.now();
    let stranger = AuthKey::from_bytes(&[7; 32]);
    let own = *somebody.phone.pseudonyms().next().expect("a pseudonym");
    let mut kinds = Vec::new();
    for (name, path, kind) in [
        ("status", "/api/v6/status", Kind::Status),
        ("unregister", "/api/v6/unregister", Kind::Unregister),
        (
            "deleteExposureHistory",
            "/api/v6/deleteExposureHistory",
            Kind::DeleteHistory,
        ),
    ] {
        let seal = |ebid| AuthRequest::seal(kind, &stranger, ebid, own.epoch, Ntp::from(now));
        let of = |ebid| authenticated(&seal(ebid));
        let nobody = of(Ebid([9; 8]));
        kinds.push(Unpaid::new(&format!("{name}, of nobody"), path, &nobody));
        let forged = of(own.ebid);
        kinds.push(Unpaid::new(&format!("{name}, forged"), path, &forged));
    }
    kinds
}

const REPORT: &str = "/api/v6/report";
/// A long code that nobody issued.
const INVENTED: &str = "7f9c24e8-3b12-4fef-91e0-7df1f2c3a5b6";

fn reports(contacts: u16) -> Vec<Unpaid> {
    let drawn = drawn(contacts);
    let of = |code| report(code, &drawn);
    // Whoever wants to make work does not call it contacts.
    let mut elsewhere = report(INVENTED, &[]);
    elsewhere["more"] = of(DECOY)["contacts"].take();
    let times = if contacts > 50 { FEW } else { TIMES };
    [
        (
            format!("report of {contacts}, long code that nobody issued"),
            of(INVENTED),
        ),
        (format!("report of {contacts}, no code at all"), of("x")),
        (
            format!("report of {contacts}, decoy without a stamp"),
            of(DECOY),
        ),
        (
            format!("report of 0, {contacts} in another field"),
            elsewhere,
        ),
    ]
    .map(|(what, body)| Unpaid {
        times,
        ..Unpaid::new(&what, REPORT, &body)
    })
    .into()
}

fn drawn(contacts: u16) -> Vec<Contact> {
    (0..contacts).map(contact).collect()
}

/// As large as a real one, of a pseudonym that nobody had.
pub(crate) fn contact(number: u16) -> Contact {
    of_nobody(number, HELLOS)
}
