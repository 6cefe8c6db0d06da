//! Vaults that cannot be read: nothing is answered, and nothing is lost.

use core::time::Duration;
use std::fs;
use std::path::PathBuf;

use harness::Server;
use http_tests::{Person, Realm, authenticated, disk, report};
use robert::auth::AuthRequest;
use robert::phone::Phone;

use super::told::{DELIVERED, exposures, meetings, rows, wait, waiting};

#[test]
fn without_a_vault_nothing_is_answered_and_nothing_is_lost() {
    let mut server = Server::fresh().unwrap();
    let realm = Realm::national(&server);
    let mut sylvie = Person::register(&realm);
    // Two reports, of one contact each: without either there is no alert.
    let contacts = meetings(&mut sylvie.phone);
    let [first, second] =
        [&contacts[..1], &contacts[1..]].map(|contact| report(&realm.code("long"), contact));
    realm.post("/api/v6/report", &first).is(200);
    server.kill().unwrap();
    assert_eq!(waiting(&server), 1, "the contact was too quick");
    let kept = spoil_vaults(&server);

    // The contact is tried, and kept.
    server.restart_ahead(DELIVERED).unwrap();
    realm.follow_clock(DELIVERED);
    wait("no vault was asked", || {
        server.log().contains("an object failed")
    });
    let saved = sylvie.phone.save(realm.now()).to_vec();
    let now = realm.now();
    let signed = |sign: &dyn Fn(&mut Phone) -> AuthRequest| {
        let mut phone = Phone::restore(&saved, now).unwrap();
        authenticated(&sign(&mut phone))
    };
    for (path, body) in [
        ("report", second.clone()),
        ("status", signed(&|phone| phone.ask(now).unwrap())),
        (
            "deleteExposureHistory",
            signed(&|phone| phone.delete_exposures(now).unwrap()),
        ),
        (
            "unregister",
            signed(&|phone| phone.unregister(now).unwrap()),
        ),
    ] {
        let reply = realm.post(&format!("/api/v6/{path}"), &body).is(503);
        assert!(reply.header("retry-after").is_some(), "{reply:?}");
        assert!(!reply.message().is_empty());
    }
    server.kill().unwrap();
    assert_eq!(waiting(&server), 1, "the contact that waited");
    assert_eq!(rows(&server, "Registry", "account"), 1);

    let folder = server.storage().join("limpide-Vault");
    fs::remove_dir_all(&folder).unwrap();
    fs::rename(&kept, &folder).unwrap();
    server.restart().unwrap();
    // The same report, with the same code.
    realm.post("/api/v6/report", &second).is(200);
    server.restart_ahead(2 * DELIVERED).unwrap();
    realm.follow_clock(2 * DELIVERED);
    wait("a contact still waits", || waiting(&server) == 0);
    assert_eq!(exposures(&server), 2);
    assert_eq!(sylvie.ask(), 4);
}

/// What waits under the key of a safe that cannot be read waits for it alone, and loses nothing.
#[test]
fn a_safe_of_an_intake_holds_up_what_is_sealed_under_its_key_alone() {
    let mut server = Server::fresh_with(&[("INTAKE_SHARDS", "1")]).unwrap();
    let realm = Realm::national(&server);
    let mut sylvie = Person::register(&realm);
    let contacts = meetings(&mut sylvie.phone);
    let [first, second] =
        [&contacts[..1], &contacts[1..]].map(|contact| report(&realm.code("long"), contact));
    let accounts = disk::objects(&server, "Safe");
    realm.post("/api/v6/report", &first).is(200);
    server.kill().unwrap();
    assert_eq!(waiting(&server), 1, "the contact was too quick");
    let mut safes = disk::objects(&server, "Safe");
    safes.retain(|safe| !accounts.contains(safe));
    let [safe] = safes.as_slice() else {
        panic!("{safes:?}")
    };
    let files = ["sqlite", "sqlite-wal", "sqlite-shm"].map(|of| safe.with_extension(of));
    let kept = files.each_ref().map(|file| fs::read(file).ok());
    for file in &files {
        // Some are not there.
        let _ = fs::remove_file(file);
    }
    fs::write(safe, vec![0x2a; 8_192]).unwrap();

    server.restart_ahead(DELIVERED).unwrap();
    realm.follow_clock(DELIVERED);
    wait("the safe was not asked", || {
        server.log().contains("an object failed")
    });
    // By now it is another safe's turn.
    realm.post("/api/v6/report", &second).is(200);
    Realm::wait_until(
        Duration::from_secs(120),
        "it waits for another's safe",
        || exposures(&server) == 1,
    );
    assert_eq!(waiting(&server), 1);

    server.kill().unwrap();
    fs::remove_file(safe).unwrap();
    for (file, content) in files.iter().zip(kept) {
        if let Some(content) = content {
            fs::write(file, content).unwrap();
        }
    }
    server.restart_ahead(2 * DELIVERED).unwrap();
    realm.follow_clock(2 * DELIVERED);
    wait("a contact still waits", || waiting(&server) == 0);
    assert_eq!(exposures(&server), 2);
    assert_eq!(sylvie.ask(), 4);
}

/// Replaces the vaults' files by some that are no databases. Where the true ones are.
fn spoil_vaults(server: &Server) -> PathBuf {
    let folder = server.storage().join("limpide-Vault");
    let kept = folder.with_extension("kept");
    fs::rename(&folder, &kept).unwrap();
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(&kept).unwrap() {
        let name = entry.unwrap().file_name();
        let is_object = name.to_string_lossy().len() == 64 + ".sqlite".len();
        let content = if is_object {
            vec![0x2a; 8_192]
        } else {
            fs::read(kept.join(&name)).unwrap()
        };
        fs::write(folder.join(name), content).unwrap();
    }
    kept
}
