//! What works once: one-time codes and captcha challenges.

use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

use harness::Server;
use http_tests::{Person, Realm, Reply, days, registration, report, shared, solve};
use robert::phone::Phone;
use serde_json::json;

#[test]
fn a_code_works_once_and_a_lost_answer_can_be_asked_for_again() {
    let server = shared();
    let realm = Realm::open(&server);
    let code = realm.code("long");
    let body = json!({ "token": code, "contacts": [] }).to_string();
    let other = json!({ "token": code, "contacts": [], "pushToken": "t" }).to_string();
    let send = |body: &str| realm.post_bytes("/api/v6/report", body.as_bytes());
    send(&body).is(200);
    // The same bytes for ten minutes; the same code in other bytes never.
    send(&body).is(200);
    let refused = send(&other).is(401);
    assert_eq!(realm.state().rows("intake", "code"), []);
    realm.advance(9 * 60);
    send(&body).is(200);
    realm.advance(2 * 60);
    // A used code and one that never was get the same answer.
    assert_eq!(send(&body).is(401), refused);
    assert_eq!(
        send(&json!({ "token": invented(&code), "contacts": [] }).to_string()),
        refused
    );
    assert!(!refused.message().is_empty());
    assert_eq!(realm.state().rows("intake", "answered"), []);
}

/// Another UUID of version 4.
fn invented(code: &str) -> String {
    let last = if code.ends_with('0') { "1" } else { "0" };
    format!("{}{last}", &code[..code.len() - 1])
}

/// A report whose contacts are not contacts.
fn bent(code: &str, contacts: usize) -> String {
    let contact = r#"{"ebid":"x","ecc":"x","ids":[{"timeCollectedOnDevice":1,"mac":"x"}]},"#;
    let contacts = contact.repeat(contacts);
    format!(
        r#"{{"contacts":[{}],"token":"{code}"}}"#,
        contacts.trim_end_matches(',')
    )
}

/// The code is looked at first; one that is good is not lost, nor kept from its next report.
#[test]
fn contacts_are_read_once_their_code_is_seen_to_be_good() {
    let server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    let send = |body: &str| realm.post_bytes("/api/v6/report", body.as_bytes());
    for kind in ["long", "short"] {
        let code = realm.code(kind);
        let unknown = match kind {
            "long" => invented(&code),
            _ => realm.code("short"),
        };
        if kind == "short" {
            send(&json!({ "token": unknown, "contacts": [] }).to_string()).is(200);
        }
        send(&bent(&unknown, 1)).is(401);
        send(&bent(&code, 1)).is(400);
        send(&bent(&code, 2)).is(400);
        send(&json!({ "token": code, "contacts": [] }).to_string()).is(200);
    }
    // A megabyte costs next to nothing.
    const TIMES: u32 = 20;
    let code = realm.code("long");
    let body = bent(&invented(&code), 15_000);
    let before = server.processor_time().unwrap();
    for _ in 0..TIMES {
        send(&body).is(401);
    }
    let each = (server.processor_time().unwrap() - before) / TIMES;
    println!(
        "{each:?} for {} bytes under a code that nobody issued",
        body.len()
    );
    // 14 ms on an idle machine; reading and sealing as many contacts took ten times as long.
    assert!(each < Duration::from_millis(40), "{each:?}");
}

/// However many come at the same moment.
#[test]
fn of_many_at_once_with_one_code_or_one_captcha_one_is_served() {
    let server = shared();
    let realm = Realm::open(&server);
    let code = realm.code("short");
    let reports = at_once(|number| {
        let body = json!({ "token": code, "contacts": [], "number": number });
        realm.post("/api/v6/report", &body)
    });
    assert_eq!(reports, [200, 401, 401, 401, 401, 401, 401, 401]);

    let (id, challenge) = realm.captcha();
    let solution = solve(&challenge);
    let registrations = at_once(|_| {
        let body = registration(&mut Phone::new(), &id, &solution);
        realm.post("/api/v6/register", &body)
    });
    assert_eq!(registrations, [201, 401, 401, 401, 401, 401, 401, 401]);
    assert_eq!(realm.state().rows("registry", "account").len(), 1);
}

/// The status codes of eight requests sent together, in order.
fn at_once(request: impl Fn(usize) -> Reply + Sync) -> Vec<u16> {
    let start = Barrier::new(8);
    let send = |number| {
        start.wait();
        request(number).status
    };
    let mut answers: Vec<_> = thread::scope(|scope| {
        let send = &send;
        let all: Vec<_> = (0..8)
            .map(|number| scope.spawn(move || send(number)))
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    answers.sort_unstable();
    answers
}

/// Nobody who is at risk is alerted twice by a report that is sent twice.
#[test]
fn a_report_sent_again_stores_nothing_more() {
    let server = shared();
    let realm = Realm::open(&server);
    let (mut one, mut other) = (Person::register(&realm), Person::register(&realm));
    let start = realm.next_epoch();
    http_tests::meet(
        &mut one.phone,
        &mut other.phone,
        start,
        http_tests::minutes(20),
        0.8,
    );
    realm.advance_to(start + http_tests::minutes(30));
    one.phone
        .draft(decree::article_2::Onset::Unknown, realm.now())
        .unwrap();
    let once = decree::article_3::Once::new(realm.code("short"));
    let sent = one.phone.send(once, realm.now()).unwrap();
    let body = report(sent.code, &sent.contacts);
    realm.post("/api/v6/report", &body).is(200);
    let waiting = realm.state().rows("intake", "outbox");
    assert_eq!(waiting.len(), 2);
    realm.post("/api/v6/report", &body).is(200);
    assert_eq!(realm.state().rows("intake", "outbox"), waiting);
    realm.advance(0);
    realm.post("/api/v6/report", &body).is(200);
    realm.advance(0);
    assert_eq!(realm.state().rows("registry", "exposure").len(), 2);
}

#[test]
fn a_short_code_is_read_as_people_write() {
    let server = shared();
    let realm = Realm::open(&server);
    let spellings: [fn(&str) -> String; 4] = [
        |code| code.to_lowercase(),
        |code| code.replace('-', ""),
        |code| format!(" {} ", code.replace('-', " ")),
        |code| code.replace('1', "l").replace('0', "O"),
    ];
    for spell in spellings {
        let code = realm.code("short");
        assert_eq!(code.replace('-', "").len(), 10, "{code}");
        let body = json!({ "token": spell(&code), "contacts": [] });
        realm.post("/api/v6/report", &body).is(200);
    }
    // One wrong character is seen without asking the store.
    let code = realm.code("short");
    let wrong = match code.chars().next() {
        Some('A') => format!("B{}", &code[1..]),
        _ => format!("A{}", &code[1..]),
    };
    for token in [
        wrong.as_str(),
        "",
        "ABCDEF",
        "00000000-0000-1000-8000-000000000000",
        &"A".repeat(65),
    ] {
        let body = json!({ "token": token, "contacts": [] });
        assert!(
            realm
                .post("/api/v6/report", &body)
                .is(400)
                .message()
                .starts_with("token: ")
        );
    }
    realm
        .post("/api/v6/report", &json!({ "token": code, "contacts": [] }))
        .is(200);
}

/// Pasted from a document, a message, a letter: one code in all its spellings, which works once.
#[test]
fn a_code_is_read_as_people_have_it() {
    let server = shared();
    let wide = |code: &str| -> String {
        let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap();
        code.chars().map(wide).collect()
    };
    let spellings: [fn(&str) -> String; 10] = [
        // As `docs/ISSUERS.md` writes a short one to be read aloud.
        |code| code.replace('-', " \u{2013} "),
        |code| code.replace('-', "\u{2011}"),
        |code| code.replace('-', "\u{ad}\r\n"),
        |code| format!("\u{200b}{code}\n\n\n"),
        |code| format!("\u{2068}{}\u{2069}", code.replace('-', "\u{feff}\u{2212}")),
        |code| format!("« {code} »."),
        |code| format!("*{}*", code.to_lowercase()),
        |code| format!("\t“{}”\u{2026}", code.to_uppercase()),
        |code| code.replace('-', ". "),
        |code| format!("{code}{}", "\u{200d}".repeat(220)),
    ];
    for realm in [Realm::open(&server), Realm::national(&server)] {
        let send = |token: &str| {
            let body = json!({ "token": token, "contacts": [] });
            realm.post("/api/v6/report", &body)
        };
        for kind in ["long", "short"] {
            for spell in spellings {
                let code = realm.code(kind);
                send(&spell(&code)).is(200);
                // Spelled otherwise it is the same one, which is used up.
                send(&code).is(401);
                send(&wide(&code)).is(401);
            }
            let code = realm.code(kind);
            // Wide, and every character by its number, as JSON may have it.
            let escaped: String = wide(&code)
                .encode_utf16()
                .map(|unit| format!("\\u{unit:04x}"))
                .collect();
            let body = format!(r#"{{"token":"{escaped}","contacts":[]}}"#);
            realm.post_bytes("/api/v6/report", body.as_bytes()).is(200);

            let code = realm.code(kind);
            for token in [
                format!("https://limpide.example/#code={code}&type=1"),
                format!("code: {code}"),
                code.replace('-', "/"),
                format!("{code}\u{0}ı"),
                format!("{code}{}", "\u{200d}".repeat(257 - code.len())),
                format!("{code}{}", "-".repeat(4_000_000)),
            ] {
                let message = send(&token).is(400).message();
                assert!(message.starts_with("token: "), "{message}");
            }
            send(&code).is(200);
        }
    }
}

/// A code ends with its use or at its end, and nobody is told which, nor whether it ever was one.
#[test]
fn codes_end() {
    let server = shared();
    let realm = Realm::open(&server);
    let hand_out = |kind: &str| {
        let reply = realm.post("/code", &json!({ "kind": kind })).is(201);
        (
            reply.field("code"),
            reply.json()["expiresAt"].as_u64().unwrap(),
        )
    };
    let report = |code: &str, more: &str| {
        let body = json!({ "token": code, "contacts": [], "pushToken": more });
        realm.post("/api/v6/report", &body)
    };
    let mut refused = Vec::new();
    for (kind, unknown) in [
        ("short", guess(9, 9)),
        ("long", "7f9c24e8-3b12-4fef-91e0-7df1f2c3a5b6".to_owned()),
    ] {
        let ((early, _), (late, until)) = (hand_out(kind), hand_out(kind));
        let left = until - realm.now().unix();
        match kind {
            "short" => assert!((3_590..=3_600).contains(&left), "{left}"),
            // Until 23:59 in Paris of the seventh day after.
            _ => assert!((days(6) + 82_800..=days(8)).contains(&left), "{left}"),
        }
        realm.advance(left - 60);
        report(&early, "first").is(200);
        refused.push(("used", kind, report(&early, "second")));
        realm.advance(61);
        refused.push(("expired", kind, report(&late, "first")));
        refused.push(("unknown", kind, report(&unknown, "first")));
        refused.push(("used, and past its end", kind, report(&early, "third")));
    }
    // Status, headers and body.
    for (why, kind, reply) in &refused {
        assert_eq!(reply, &refused[0].2, "{why} {kind}");
        assert_eq!(reply.status, 401);
    }
    assert!(!refused[0].2.message().is_empty());
}

#[test]
fn a_captcha_works_once_for_its_id_and_for_ten_minutes() {
    let server = shared();
    let realm = Realm::open(&server);
    let register = |id: &str, solution: &str| {
        let body = registration(&mut Phone::new(), id, solution);
        realm.post("/api/v6/register", &body)
    };
    let (id, challenge) = realm.captcha();
    let solution = solve(&challenge);
    let (other_id, other) = realm.captcha();
    let empty = |reply: Reply| assert_eq!(reply.is(401).body, b"");
    empty(register(&other_id, &solution));
    empty(register(&"0".repeat(32), &solution));
    empty(register(&id, "AAAA"));
    empty(register(
        &id,
        &http_tests::base64(challenge.to_string().as_bytes()),
    ));
    empty(register(&id, &cheap(&solution)));
    register(&id, &solution).is(201);
    empty(register(&id, &solution));

    let solution = solve(&other);
    realm.advance(600);
    empty(register(&other_id, &solution));
    assert_eq!(realm.state().rows("registry", "account").len(), 1);
    // Spent challenges are remembered for as long as they could be used.
    realm.advance(days(1));
    assert_eq!(realm.state().rows("registry", "challenge"), []);
}

/// A solution whose challenge was made easier after it was signed.
fn cheap(solution: &str) -> String {
    use base64ct::{Base64, Encoding};
    let bytes = Base64::decode_vec(solution).unwrap();
    let mut payload: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    payload["challenge"]["parameters"]["keyPrefix"] = json!("");
    http_tests::base64(payload.to_string().as_bytes())
}

#[test]
fn a_key_that_is_not_on_the_curve_is_refused_before_the_captcha_is_spent() {
    let server = shared();
    let realm = Realm::open(&server);
    let (id, challenge) = realm.captcha();
    let mut body = registration(&mut Phone::new(), &id, &solve(&challenge));
    let good = body["clientPublicECDHKey"].clone();
    for wrong in [
        "",
        "AAAA",
        &good.as_str().unwrap().replace("MFkw", "MFkx"),
        &"A".repeat(124),
    ] {
        body["clientPublicECDHKey"] = json!(wrong);
        let message = realm.post("/api/v6/register", &body).is(400).message();
        assert!(message.starts_with("clientPublicECDHKey: "), "{message}");
    }
    body["clientPublicECDHKey"] = good;
    realm.post("/api/v6/register", &body).is(201);
}

/// Nobody can lock out the sick: past fifty wrong short codes in an hour the next ones cost work, however many come
/// at once, and a long code never does.
#[test]
fn guessing_costs_work_and_locks_nobody_out() {
    let server = shared();
    let realm = Realm::open(&server);
    let (right, long) = (realm.code("short"), realm.code("long"));
    let send = |token: &str| realm.post("/api/v6/report", &report(token, &[]));
    // One character more than the check allows is not a guess: the phone can tell by itself.
    let typing = format!(
        "{}{}",
        &right[..10],
        if right.ends_with('0') { '1' } else { '0' }
    );
    assert!(send(&typing).is(400).message().starts_with("token: "));

    let mut codes: Vec<String> = (0..7_u8)
        .flat_map(|a| (0..8_u8).map(move |b| guess(a, b)))
        .collect();
    let tried = Mutex::new(Vec::new());
    let left = Mutex::new(codes.split_off(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(code) = { left.lock().unwrap().pop() } {
                    let status = send(&code).status;
                    tried.lock().unwrap().push(status);
                }
            });
        }
    });
    let tried = tried.into_inner().unwrap();
    let count = |wanted| tried.iter().filter(|status| **status == wanted).count();
    assert_eq!(
        (count(401), count(429)),
        (50, 6),
        "exactly fifty were tried"
    );

    // The right code gets the same answer as a wrong one, and is not used up by it.
    let asked = send(&right).is(429);
    assert_eq!(asked.names(), ["captchaId", "challenge", "id", "message"]);
    let mut solved = report(&right, &[]);
    solved["captchaId"] = asked.field("captchaId").into();
    solved["captcha"] = solve(&asked.json()["challenge"]).into();
    // The same work with another code is no work.
    let mut stolen = solved.clone();
    stolen["token"] = guess(9, 9).into();
    realm.post("/api/v6/report", &stolen).is(429);
    realm.post("/api/v6/report", &solved).is(200);
    send(&long).is(200);
    // An hour later all is as before.
    realm.advance(3_600);
    send(&guess(9, 9)).is(401);
}

/// A well-formed short code that nobody was given.
fn guess(a: u8, b: u8) -> String {
    wire::code::Code::short([a, b, 1, 2, 3, 4, 5, 6, 7]).to_string()
}
