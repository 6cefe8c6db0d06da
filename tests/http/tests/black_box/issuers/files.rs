//! What an issuer prints, and what `docs/ISSUERS.md` says to send.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::{env, fs, process};

use http_tests::{Realm, Reply, shared};
use minreq::Method;
use rqrr::PreparedImage;
use serde_json::{Value, json};

use super::{Desk, codes, works};

#[test]
fn a_batch_comes_as_a_list_a_table_or_pictures() {
    let server = shared();
    let realm = Realm::national(&server);
    realm.stay_off_midnight(120);
    let origin = format!("http://{}", server.address());
    let lab = Desk::root(&realm, &server).make("lab", 3);
    let ask = |more: Value| {
        let mut body = json!({ "kind": "long", "count": 3, "id": "prints" });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        lab.post("batches", &body).is(201)
    };
    let all = ask(json!({ "format": "json" }));
    let until = all.json()[0]["expiresAt"].as_u64().unwrap();
    let all = codes(&all);
    let day = decree::Moment::from_unix(until).day();

    let csv = ask(json!({ "format": "csv" }));
    is_file(
        &csv,
        "text/csv; charset=utf-8; header=present",
        &format!("{day}.csv"),
    );
    let mut rows = csv.text().split("\r\n");
    assert_eq!(rows.next(), Some("code,kind,expires_at,link"));
    for code in &all {
        let row: Vec<_> = rows.next().unwrap().split(',').collect();
        assert_eq!(row[..2], [code.as_str(), "long"]);
        assert!(row[2].starts_with(&day.to_string()) && row[2].ends_with(":59:00Z"));
        assert_eq!(row[3], format!("{origin}/#code={code}&type=1"));
    }
    assert_eq!((rows.next(), rows.next()), (Some(""), None));

    for images in ["svg", "png"] {
        let tar = ask(json!({ "format": "tar", "images": images }));
        is_file(&tar, "application/x-tar", &format!("{day}.tar"));
        let files = unpack(&tar.body);
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        let numbered = [1, 2, 3].map(|row| format!("000{row}.{images}"));
        assert_eq!(names[..3], numbered);
        assert_eq!(names[3..], ["codes.csv"]);
        assert_eq!(files["codes.csv"], csv.body);
        for (name, code) in numbered.iter().zip(&all) {
            // A picture of the archive is the one that is drawn alone.
            let order = json!({ "code": code, "format": images });
            assert_eq!(files[name], lab.post("qr", &order).is(200).body);
            if images == "png" {
                assert_eq!(read(&files[name]), format!("{origin}/#code={code}&type=1"));
            }
        }
    }
    // It was one batch all along.
    lab.post("codes", &json!({ "kind": "long" })).is(429);
    assert!(all.iter().all(|code| works(&realm, code)));
}

#[test]
fn a_qr_code_is_drawn_of_any_code_that_is_well_formed() {
    let server = shared();
    let realm = Realm::national(&server);
    let origin = format!("http://{}", server.address());
    let root = Desk::root(&realm, &server);
    let draw = |code: &str, format: &str| {
        let order = json!({ "code": code, "format": format });
        root.post("qr", &order)
    };
    for (kind, number) in [("long", 1), ("short", 2)] {
        let code = root
            .post("codes", &json!({ "kind": kind }))
            .is(201)
            .field("code");
        let png = draw(&code, "png").is(200);
        assert_eq!(png.header("content-type"), Some("image/png"));
        assert_eq!(png.header("cache-control"), Some("no-store, no-transform"));
        assert_eq!(
            read(&png.body),
            format!("{origin}/#code={code}&type={number}")
        );
        // However it is written, the picture holds it as it was handed out.
        let pasted = format!(
            "« {} ».\u{200b}",
            code.replace('-', "\u{2011}").to_lowercase()
        );
        assert_eq!(read(&draw(&pasted, "png").is(200).body), read(&png.body));
        let svg = draw(&code.to_lowercase(), "svg").is(200);
        assert_eq!(svg.header("content-type"), Some("image/svg+xml"));
        assert!(svg.text().starts_with("<svg ") && !svg.text().contains("script"));
        assert!(works(&realm, &code), "drawing uses nothing up");
    }
    // A wrong check character is told at once.
    let code = root
        .post("codes", &json!({ "kind": "short" }))
        .is(201)
        .field("code");
    let last = if code.ends_with('A') { "B" } else { "A" };
    let wrong = format!("{}{last}", &code[..code.len() - 1]);
    let message = draw(&wrong, "png").is(400).message();
    assert!(message.starts_with("code: "), "{message}");
    let message = draw(&code, "gif").is(400).message();
    assert!(message.starts_with("format: "), "{message}");
}

/// Every request that the documentation writes down is sent as it stands there.
#[test]
fn the_documented_requests_are_answered_as_documented() {
    let server = shared();
    let realm = Realm::national(&server);
    let root = Desk::root(&realm, &server);
    let lab = root.make("lab", 500);
    let spare = root.make("lab", 1);
    let text = fs::read_to_string(harness::root().join("docs/ISSUERS.md")).unwrap();
    let text = text.replace("\\\n", " ");
    let mut asked = BTreeMap::<String, usize>::new();
    for line in text.lines().filter(|line| line.starts_with("curl ")) {
        let path = after(line, "$SERVER/issuer/v1/").split(' ').next().unwrap();
        let path = path.replace("$ID", &spare.id);
        let key = match after(line, "Bearer ").split('"').next().unwrap() {
            "$KEY" => &lab.key,
            "$OPERATOR" => &root.key,
            other => panic!("{other}"),
        };
        let body = line.split_once("-d '").map(|(_, rest)| {
            assert!(
                line.contains("-H 'Content-Type: application/json'"),
                "{line}"
            );
            let body = rest.split('\'').next().unwrap();
            serde_json::from_str::<Value>(body).unwrap()
        });
        let method = match (&body, line.contains("-X DELETE")) {
            (Some(_), false) => Method::Post,
            (None, true) => Method::Delete,
            (None, false) => Method::Get,
            (Some(_), true) => panic!("{line}"),
        };
        let reply = realm.at_desk(method, &path, key, body.as_ref());
        assert_eq!(reply.status / 100, 2, "{line}: {reply:?}");
        // With curl's -J a file has the name that the server gives it.
        assert_eq!(
            line.contains("-sOJ"),
            reply.header("content-disposition").is_some()
        );
        *asked
            .entry(path.split('/').next().unwrap().to_owned())
            .or_default() += 1;
    }
    let count = |path: &str| asked.get(path).copied();
    assert_eq!(
        ["codes", "batches", "qr", "keys", "acts"].map(count),
        [Some(1), Some(3), Some(1), Some(4), Some(1)]
    );
}

/// `cargo xtask issuer`, in a copy of the repository's folder whose development server this one is.
#[test]
fn the_documented_commands_do_what_they_say() {
    let server = shared();
    let realm = Realm::national(&server);
    realm.stay_off_midnight(300);
    let root = Desk::root(&realm, &server);
    let text = fs::read_to_string(harness::root().join("docs/ISSUERS.md")).unwrap();
    let folder = env::temp_dir().join(format!("limpide-issuer-{}", process::id()));
    let made = folder.join(".limpide/dev");
    fs::create_dir_all(&made).unwrap();
    fs::copy(
        harness::root().join("wrangler.toml"),
        folder.join("wrangler.toml"),
    )
    .unwrap();
    fs::write(made.join("url"), server.url()).unwrap();
    fs::write(made.join("operator-key"), &root.key).unwrap();
    let run = |words: &str| {
        let output = issuer(&folder, words);
        let [said, told] =
            [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap());
        assert!(output.status.success(), "{words}: {said}{told}");
        (said, told)
    };
    let create = after(&text, "KEY=$(cargo xtask issuer ")
        .split(')')
        .next()
        .unwrap();
    let (key, told) = run(create);
    let id = after(&told, "Key ").split(' ').next().unwrap().to_owned();
    let lab = Desk {
        realm: &realm,
        id,
        key: key.trim().to_owned(),
    };
    let listed = root.listed(&lab.id);
    for (name, value) in [
        ("role", json!("lab")),
        ("quota", json!(500)),
        ("maker", json!("root")),
        ("revoked", json!(false)),
    ] {
        assert_eq!(listed[name], value, "{listed}");
    }
    assert!(works(
        &realm,
        &lab.post("codes", &json!({ "kind": "long" }))
            .is(201)
            .field("code")
    ));
    let unused = lab.post("codes", &json!({ "kind": "long" })).is(201);

    let documented = after(&text, "`cargo xtask issuer ")
        .split('`')
        .next()
        .unwrap();
    assert_eq!(documented, "create|list|revoke|void|acts");
    let row = || {
        let (all, _) = run("list");
        let mut rows = all.lines().filter(|line| line.starts_with(&lab.id));
        let row = rows.next().unwrap_or_else(|| panic!("{all}"));
        row.split_whitespace()
            .skip(1)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(row(), ["lab", "500", "2", "root"]);
    run(&format!("revoke {}", lab.id));
    assert_eq!(row(), ["lab", "500", "2", "root", "revoked"]);
    let (_, told) = run(&format!("void {}", lab.id));
    assert!(told.starts_with("1 codes of "), "{told}");
    assert!(!works(&realm, &unused.field("code")));
    lab.post("codes", &json!({ "kind": "long" })).is(401);
    let (acts, _) = run("acts");
    let about_it = acts.lines().filter(|line| line.contains(&lab.id));
    let kinds: Vec<_> = about_it
        .map(|line| line.split_whitespace().nth(2).unwrap())
        .collect();
    assert_eq!(kinds, ["codesVoided", "keyRevoked", "keyMade"]);

    // What fails says so.
    for words in ["revoke 0000000000000000", "create --role root"] {
        assert!(!issuer(&folder, words).status.success(), "{words}");
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// Runs `cargo xtask issuer` in this folder.
fn issuer(folder: &Path, words: &str) -> process::Output {
    let mut cargo = process::Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Set for this very program: handed on, they would make others rebuild.
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR" {
            cargo.env_remove(name);
        }
    }
    // As the alias has it, which is known in the repository's own folder only.
    cargo.args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "xtask",
        "--manifest-path",
    ]);
    cargo.arg(harness::root().join("Cargo.toml"));
    cargo.args(["--", "issuer"]).args(words.split(' '));
    cargo.current_dir(folder).output().unwrap()
}

fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    text.split_once(mark).unwrap_or_else(|| panic!("{text}")).1
}

#[track_caller]
fn is_file(reply: &Reply, media_type: &str, name: &str) {
    assert_eq!(reply.header("content-type"), Some(media_type));
    let disposition = format!("attachment; filename=\"codes-long-until-{name}\"");
    assert_eq!(
        reply.header("content-disposition"),
        Some(disposition.as_str())
    );
}

fn unpack(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(archive).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        files.insert(name, content);
    }
    files
}

/// What a camera reads in a PNG, by a reader that shares no code with the server.
fn read(png: &[u8]) -> String {
    let mut decoder = png::Decoder::new(Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut light = vec![0; reader.output_buffer_size().unwrap()];
    let side = usize::try_from(reader.next_frame(&mut light).unwrap().width).unwrap();
    let mut image = PreparedImage::prepare_from_greyscale(side, side, |x, y| light[y * side + x]);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}
