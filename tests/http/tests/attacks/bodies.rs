//! Whoever sends a body, and does not end it.

use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use http_tests::{Raw, Realm, seconds};

use crate::{Build, End, held_since};

/// Forty-eight megabytes: the server holds thirty-two at the most.
#[test]
fn unfinished_bodies_hold_little() {
    const BODIES: usize = 12;
    const LENGTH: usize = 4 << 20;
    /// From the last byte that was sent.
    const PATIENCE: Duration = seconds(12);
    held_since(Build::Second, |build| {
        let server = build.start();
        let realm = Realm::national(&server);
        let start = "{\"pad\":\"";
        let body = format!("{start}{}", "p".repeat(LENGTH - start.len() - 1));
        let headers = format!("Content-Length: {LENGTH}\r\n");
        let held: Vec<_> = scope(|scope| {
            let sent: Vec<_> = (0..BODIES)
                .map(|_| {
                    scope.spawn(|| {
                        let mut raw =
                            Raw::post(&server.address(), &realm, "/api/v6/report", &headers);
                        // Who was refused meanwhile may have been hung up on.
                        let _ = raw.try_write(&body);
                        raw
                    })
                })
                .collect();
            sent.into_iter().map(|sent| sent.join().unwrap()).collect()
        });
        let begun = Instant::now();
        let refused = || held.iter().filter(|raw| raw.is_answered()).count();
        while refused() == 0 && begun.elapsed() < PATIENCE {
            sleep(Duration::from_millis(100));
        }
        let refused = refused();
        let seen = format!("{refused} of {BODIES} unfinished bodies of 4 MiB were refused");
        End::of(refused == 0, seen)
    });
}
