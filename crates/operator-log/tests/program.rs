//! `limpide-log` before a runtime: the real one, and shells in its place.

// The helpers of tests are tests too.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const OWN: &str = "an object failed: Safe";
const CANARY: &str = "canary-8c1e-7f9c24e8";

/// Started, with its log as a pipe.
fn start(program: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_limpide-log"));
    command.arg(program).args(arguments).stdin(Stdio::null());
    command.stderr(Stdio::piped()).spawn().unwrap()
}

/// A shell in place of the runtime.
fn shell(script: &str) -> Child {
    start(Path::new("sh"), &["-c", script])
}

/// Its log to the end, and how it ended.
fn end(mut child: Child) -> (String, ExitStatus) {
    let mut log = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut log).unwrap();
    (log, child.wait().unwrap())
}

fn signal(signal: &str, process: u32) {
    let mut kill = Command::new("kill");
    let status = kill.args([signal, &process.to_string()]).status().unwrap();
    assert!(status.success());
}

#[track_caller]
fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        sleep(Duration::from_millis(20));
    }
}

fn lives(process: &str) -> bool {
    // A process that ended and that nobody waited for is still listed.
    fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// A folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn of_both_streams_the_lines_of_the_table_alone_pass() {
    let (log, status) = end(shell(&format!(
        "echo '{OWN}'; echo {CANARY}; echo '{OWN} {CANARY}' >&2; echo 'an object failed: Vault' >&2; printf {CANARY}; exit 7"
    )));
    let mut lines: Vec<_> = log.lines().collect();
    lines.sort_unstable();
    let expected = [
        "an object failed: Safe",
        "an object failed: Vault",
        "the runtime ended: exit status: 7",
        "the runtime wrote lines that are not shown: 3",
    ];
    assert_eq!(lines, expected);
    assert_eq!(status.code(), Some(7));
}

#[test]
fn a_signal_is_handed_on_and_a_second_one_kills() {
    let patient = "trap 'echo asked; exit 3' TERM; echo 'an object failed: Safe'; while :; do sleep 0.1; done";
    let deaf = "trap '' TERM; echo 'an object failed: Safe'; while :; do sleep 0.1; done";
    for (script, signals, code) in [(patient, 1, 3), (deaf, 2, 137)] {
        let mut child = shell(script);
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), OWN);
        for _ in 0..signals {
            signal("-TERM", child.id());
            sleep(Duration::from_millis(300));
        }
        assert_eq!(child.wait().unwrap().code(), Some(code), "{script}");
    }
}

#[test]
fn the_runtime_ends_with_a_filter_that_is_killed() {
    let folder = folder("killed");
    let file = folder.join("number");
    let mut child = shell(&format!(
        "echo $$ > {0}.new; mv {0}.new {0}; exec sleep 60",
        file.display()
    ));
    wait_until("it does not start", || file.exists());
    let number = fs::read_to_string(&file).unwrap();
    assert!(lives(number.trim()));
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("the runtime goes on", || !lives(number.trim()));
}

/// Ten megabytes of known lines, and nobody who reads them: first a reader that sleeps, then none.
#[test]
fn a_log_that_nobody_reads_does_not_hold_the_runtime_up() {
    let folder = folder("unread");
    let done = folder.join("done");
    let script = format!(
        "yes '{OWN}' | head -n 400000; touch {}; while :; do sleep 0.1; done",
        done.display()
    );
    for is_there in [true, false] {
        let _ = fs::remove_file(&done);
        let mut child = shell(&script);
        let log = child.stderr.take().filter(|_| is_there);
        wait_until("it is held up", || done.exists());
        signal("-TERM", child.id());
        // Whatever it does with the first.
        signal("-TERM", child.id());
        let ended = child.wait().unwrap();
        assert!(ended.signal().is_none(), "{ended}");
        drop(log);
    }
}

/// The smallest worker that writes a line of the table, and what came in.
fn config(folder: &Path, port: u16) -> PathBuf {
    let script = format!(
        "export default {{ async fetch(request) {{ console.error('{OWN}'); console.error(request.url); \
         throw new Error(await request.text()) }} }}"
    );
    let config = folder.join("config.capnp");
    let text = format!(
        "using Workerd = import \"/workerd/workerd.capnp\";\n\
         const config :Workerd.Config = (\n  \
           services = [\n    (name = \"main\", worker = .main),\n    \
             (name = \"files\", disk = (path = \"{}\")),\n  ],\n  \
           sockets = [(name = \"http\", address = \"127.0.0.1:{port}\", http = (), service = \"main\")],\n);\n\
         const main :Workerd.Worker = (\n  modules = [(name = \"main.js\", esModule = \"{script}\")],\n  \
           compatibilityDate = \"2026-01-01\",\n);\n",
        folder.join("files").display()
    );
    fs::write(&config, text).unwrap();
    config
}

/// What `workerd` really says, so that a new release of it which says something else is seen.
#[test]
fn the_real_runtime_says_nothing_but_what_an_operator_must_know() {
    let workerd = harness::runtime().unwrap();
    let folder = folder("workerd");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let config = config(&folder, port);
    let config = config.to_str().unwrap();
    let serve = |config: &str| start(&workerd, &["serve", config]);
    let says = |config: &str, said: &str| {
        let (log, status) = end(serve(config));
        assert!(log.lines().any(|line| line == said), "{log}");
        assert!(
            !status.success() && !log.contains("127.0.0.1") && !log.contains("capnp"),
            "{log}"
        );
    };
    let none = folder.join("none.capnp");
    says(
        none.to_str().unwrap(),
        "the runtime cannot read its configuration, or its command line",
    );
    fs::write(&none, "nothing").unwrap();
    says(
        none.to_str().unwrap(),
        "the runtime cannot read its configuration, or its command line",
    );
    says(
        config,
        "the runtime cannot find a folder that its configuration names",
    );
    fs::create_dir(folder.join("files")).unwrap();
    says(
        config,
        "the runtime cannot open its port: another program has it",
    );
    drop(taken);

    let child = serve(config);
    let connect = || TcpStream::connect(("127.0.0.1", port));
    wait_until("it does not listen", || connect().is_ok());
    for request in [
        format!("POST /{CANARY} HTTP/1.1\r\nHost: {CANARY}\r\nContent-Length: 20\r\n\r\n{CANARY}"),
        format!(
            "POST /{CANARY} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{CANARY}\r\n\r\n"
        ),
    ] {
        let mut stream = connect().unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        assert!(stream.read(&mut [0; 100]).unwrap() > 0);
    }
    signal("-TERM", child.id());
    let (log, status) = end(child);
    assert!(status.success(), "{status}");
    assert_eq!(log.matches(OWN).count(), 2, "{log}");
    for line in log.lines() {
        let known = [OWN, "the runtime ended: exit status: 0"];
        let is_count = line.starts_with("the runtime wrote lines that are not shown: ");
        assert!(is_count || known.contains(&line), "{line}");
    }
}

/// Each file and each connection is an open file: with few of them the runtime ends, and the log says why.
#[test]
fn too_many_connections_are_told() {
    let workerd = harness::runtime().unwrap();
    let folder = folder("many");
    fs::create_dir(folder.join("files")).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    let config = config(&folder, port);
    drop(free);
    let script = format!(
        "ulimit -n 30; exec {} serve {}",
        workerd.display(),
        config.display()
    );
    let child = shell(&script);
    let connect = || TcpStream::connect(("127.0.0.1", port));
    wait_until("it does not listen", || connect().is_ok());
    let _open: Vec<_> = (0..60).map_while(|_| connect().ok()).collect();
    let (log, status) = end(child);
    assert!(!status.success(), "{status}");
    assert!(
        log.contains("the runtime ends: too many files and connections are open"),
        "{log}"
    );
}
