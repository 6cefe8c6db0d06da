//! Whoever asks so often that nobody else is heard.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::Duration;

use http_tests::message::read;
use http_tests::{Realm, authenticated, seconds};
use robert::auth::{AuthRequest, Kind};
use robert::keys::AuthKey;
use robert::{Ebid, Epoch, Ntp};

use crate::{Build, End, held_since};

/// Connections of the crowd.
const CROWD: usize = 64;
/// Each of the crowd had so many answers: by then whoever came when the first was given has one too.
const TURNS: usize = 16;
/// Who come while the crowd asks, one after the other.
const OTHERS: usize = 5;

/// On sixty-four connections a question follows as soon as the one before is answered. Who comes then is not heard until the
/// crowd pauses by chance, for half a minute even: the server reads no new connection while there is something to do.
#[test]
fn a_crowd_that_asks_all_the_time_keeps_nobody_waiting() {
    held_since(Build::Second, |build| {
        let server = build.start();
        let (address, question) = (server.address(), of_nobody(&Realm::national(&server)));
        let (answered, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let kept_waiting = scope(|scope| {
            for _ in 0..CROWD {
                scope.spawn(|| {
                    let mut stream = connect(&address);
                    while !is_over.load(Relaxed) {
                        let sent = stream.write_all(question.as_bytes());
                        match sent.and_then(|()| read(&mut stream)) {
                            Ok(Some(_)) => drop(answered.fetch_add(1, Relaxed)),
                            // Whoever was hung up on calls again.
                            Ok(None) | Err(_) => stream = connect(&address),
                        }
                    }
                });
            }
            sleep(seconds(1));
            let waits = |_: &usize| is_kept_waiting(&address, &answered);
            let kept_waiting = (0..OTHERS).filter(waits).count();
            is_over.store(true, Relaxed);
            kept_waiting
        });
        let seen = format!("{kept_waiting} of {OTHERS} who came were kept waiting");
        // On a busy machine one of them may read late what was answered early.
        End::of(kept_waiting > OTHERS / 2, seen)
    });
}

/// Asks for the time on a new connection: whether the crowd has had all its turns before that is answered.
fn is_kept_waiting(address: &str, answered: &AtomicUsize) -> bool {
    let stream = connect(address);
    let before = answered.load(Relaxed);
    let question = "GET /api/v6/clock HTTP/1.1\r\nHost: limpide\r\n\r\n";
    (&stream).write_all(question.as_bytes()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(10)))
        .unwrap();
    while stream.peek(&mut [0]).is_err() {
        if answered.load(Relaxed) - before > CROWD * TURNS {
            return true;
        }
    }
    false
}

/// A question in the name of nobody, as it stands on the wire.
fn of_nobody(realm: &Realm) -> String {
    let (key, now) = (AuthKey::from_bytes(&[7; 32]), realm.now());
    let epoch = Epoch::at(now).unwrap();
    let asked = AuthRequest::seal(Kind::Status, &key, Ebid([9; 8]), epoch, Ntp::from(now));
    let body = authenticated(&asked).to_string();
    let length = body.len();
    format!(
        "POST /api/v6/status HTTP/1.1\r\nHost: limpide\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(seconds(60))).unwrap();
    stream
}
