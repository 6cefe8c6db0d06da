//! What the desk and the intakes keep, through kills, and what they do not.

use std::time::Duration;
use std::{fs, thread};

use harness::Server;
use http_tests::{Realm, Reply, disk};
use serde_json::json;
use store::{Native, Sql};

use super::{Desk, codes, works};

/// Whatever a kill cuts short, the same request sent again goes through to its end, once.
#[test]
fn a_request_cut_short_by_a_kill_is_completed_by_the_next() {
    let mut server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    realm.stay_off_midnight(300);
    let root = Desk::root(&realm, &server);
    let lab = root.make("lab", 100_000);
    let first = codes(&lab.batch("long", 30, "first"));
    server.kill().unwrap();
    // As if the kill had come after the desk let it be, and before the first intake was told.
    let lost = forget_codes(&server, 1);
    assert!((1..29).contains(&lost), "both intakes have some");
    server.restart().unwrap();
    let again = codes(&lab.batch("long", 30, "first"));
    assert_eq!(again, first);
    assert_eq!(root.listed(&lab.id)["usedToday"], 30);
    assert!(first.iter().all(|code| works(&realm, code)));
    assert_eq!(codes(&lab.batch("long", 30, "first")), first);
    assert_eq!(stored_codes(&server), 0);

    // Wherever it comes: somebody asks for one batch after the other until nobody answers.
    let (mut asked, mut used) = (0, 0);
    for round in 0..6_u64 {
        let first = asked;
        let sent = |number: u32| {
            let body = json!({ "kind": "long", "count": 200, "id": format!("number {number}") });
            realm.try_post_at_desk("batches", &lab.key, &body)
        };
        let answered: Vec<Reply> = thread::scope(|scope| {
            let numbers = first..first + 400;
            let all = scope.spawn(move || numbers.map_while(sent).collect());
            thread::sleep(Duration::from_millis(20 + 60 * round));
            server.kill().unwrap();
            all.join().unwrap()
        });
        server.restart().unwrap();
        // All that were answered, and the one that was not.
        asked += u32::try_from(answered.len()).unwrap() + 1;
        for number in first..asked {
            let all = codes(&sent(number).unwrap());
            if let Some(reply) = answered.get((number - first) as usize) {
                assert_eq!(codes(reply), all);
            }
            assert!(works(&realm, &all[0]) && !works(&realm, &all[0]));
            used += 1;
            assert_eq!(codes(&sent(number).unwrap()), all);
            assert!(!works(&realm, &all[0]), "a used code came back");
        }
        assert_eq!(stored_codes(&server), 200 * asked as usize - used);
        assert_eq!(root.listed(&lab.id)["usedToday"], 30 + 200 * asked);
    }
    println!("{asked} batches, 6 kills");
}

/// Codes in the intakes' files.
fn stored_codes(server: &Server) -> usize {
    let files = disk::objects(server, "Intake");
    let count = |file| disk::query(file, "code", "SELECT 1 FROM code").len();
    files.iter().map(|file| count(file)).sum()
}

/// Removes what one stopped intake knows of codes; how many those were.
fn forget_codes(server: &Server, most: usize) -> usize {
    let mut lost = 0;
    let files = disk::objects(server, "Intake");
    let known = |file| disk::query(file, "code", "SELECT 1 FROM code").len();
    for file in files.iter().filter(|file| known(file) > 0).take(most) {
        lost += known(file);
        let sql = Native::open(file).unwrap();
        sql.exec("DELETE FROM code", &[]).unwrap();
        sql.exec("DELETE FROM batch", &[]).unwrap();
    }
    lost
}

/// Nobody who reads the disk or the log can hand out a code, or report with one.
#[test]
fn neither_keys_nor_codes_nor_ids_are_on_disk_or_in_the_log() {
    let server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    let root = Desk::root(&realm, &server);
    let lab = root.make("lab", 1_000);
    let doctor = root.make("doctor", 10);
    let id = "patient 2 70 05 75 116 001";
    let mut secrets = vec![
        root.key.clone(),
        lab.key.clone(),
        doctor.key.clone(),
        id.to_owned(),
    ];
    secrets.push(lab.key[..48].to_owned());
    secrets.extend(codes(&lab.batch("long", 100, id)));
    let one = json!({ "kind": "short", "id": id });
    secrets.push(doctor.post("codes", &one).is(201).field("code"));
    // Refusals repeat nothing either.
    let refused = [
        lab.batch("long", 99, id).is(409),
        lab.batch("short", 1, id).is(403),
        lab.post("batches", &json!({ "kind": id, "count": 1 }))
            .is(400),
        lab.post("qr", &json!({ "code": id })).is(400),
        root.revoke("nobody").is(404),
    ];
    for reply in refused {
        assert!(secrets.iter().all(|secret| !reply.text().contains(secret)));
    }
    let mut looked_for: Vec<Vec<u8>> = Vec::new();
    for secret in &secrets {
        looked_for.push(secret.clone().into_bytes());
        let bare = secret.replace('-', "");
        looked_for.push(bare.clone().into_bytes());
        if bare.len() % 2 == 0 && bare.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            looked_for.push(http_tests::unhex(&bare));
        }
    }
    assert!(looked_for.len() > 2 * secrets.len() + 90);
    let files = disk::bytes(&server);
    assert!(files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > 20_000);
    for (path, bytes) in &files {
        for secret in &looked_for {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_slice());
            assert!(!found, "{}", path.display());
        }
    }
    assert_eq!(server.own_words(), "");
    // What was looked for is found where it is.
    let key = fs::read_to_string(server.storage().join("../server.capnp")).unwrap();
    assert!(key.contains("ISSUER_KEY_SHA256") && !key.contains(&root.key));
}
