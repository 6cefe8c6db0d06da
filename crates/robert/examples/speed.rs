//! How many of each operation one thread does in a second, as it was done in 0.2.0 and as it is done now.
//!
//! Natively: `cargo run --profile speed -p robert --example speed`. In WebAssembly, under Node:
//! `cargo test --release -p robert --example speed --target wasm32-unknown-unknown -- --nocapture`.
//! Both print a line for each operation: how many before, how many now, how many times as many. Rounds of the two follow each
//! other, so that whatever else the machine does slows down both; each figure is the median of the rounds, the ratio that of
//! their ratios. Where an operation did not change there is one figure.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)] // a measurement, not the product

#[path = "../tests/common/before.rs"]
mod before;

use core::convert::Infallible;
use core::hint::black_box;
use core::time::Duration;
use decree::Day;
use rand_core::{TryCryptoRng, TryRng};
use robert::keys::{ClientSecret, KeyEncryptionKey, ServerSecret};
use robert::parameters::{BUNDLE_DAYS, COUNTRY};
use robert::score::{Sample, score};
use robert::validate::{authenticate, locate_all};
use robert::{
    AuthKey, Contact, Epoch, FederationKey, HeardHello, Hello, Id, Ntp, ServerKey, TupleKey, bundle,
};
use std::collections::BTreeMap;

const INPUTS: usize = 4096;
/// Contacts of a report: fifty is what somebody reports who met few people, two hundred what many do.
const REPORT: usize = 200;
const ROUNDS: usize = 7;
const ROUND_SECONDS: f64 = 0.125;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    let start = std::time::Instant::now();
    let elapsed = || run_so_far().unwrap_or_else(|| start.elapsed().as_secs_f64());
    measure_all(elapsed, |line| println!("{line}"));
}

/// Seconds that this thread has run, where the system says so: what others run meanwhile is not in them.
#[cfg(not(target_arch = "wasm32"))]
fn run_so_far() -> Option<f64> {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = said.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(all(test, target_arch = "wasm32"))]
#[wasm_bindgen_test::wasm_bindgen_test]
fn speed() {
    measure_all(run_so_far, |line| {
        wasm_bindgen_test::console_log!("{line}");
    });
}

/// Seconds that this process has run, as Node says: the time of day where it is not Node.
#[cfg(all(test, target_arch = "wasm32"))]
fn run_so_far() -> f64 {
    use js_sys::{Date, Function, Reflect, global};
    let of = |object: &_, name: &str| Reflect::get(object, &name.into()).ok();
    let microseconds = || {
        let process = of(&global(), "process")?;
        let usage = Function::from(of(&process, "cpuUsage")?);
        let usage = usage.call0(&process).ok()?;
        Some(of(&usage, "user")?.as_f64()? + of(&usage, "system")?.as_f64()?)
    };
    microseconds().map_or_else(|| Date::now() / 1e3, |of_all| of_all / 1e6)
}

// In WebAssembly only the test calls it: the example itself has no console there.
#[cfg_attr(all(target_arch = "wasm32", not(test)), allow(dead_code))]
fn measure_all(now: impl Fn() -> f64, print: impl Fn(&str)) {
    let median = |mut rounds: Vec<f64>| {
        rounds.sort_by(f64::total_cmp);
        rounds[rounds.len() / 2]
    };
    let line = |operation: &str, before: &str, after: &str, ratio: &str| {
        print(&format!(
            "{operation:<58} {before:>10} {after:>10} {ratio:>6}"
        ));
    };
    line("operations a second", "before", "now", "");
    let compare = |operation: &str,
                   times: usize,
                   before: &mut dyn FnMut(usize),
                   now_done: &mut dyn FnMut(usize)| {
        // Once to warm up: an engine compiles what is hot a second time.
        per_second(&now, before);
        per_second(&now, now_done);
        let mut rounds = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            let (before, after) = (per_second(&now, before), per_second(&now, now_done));
            let figures = [before * times as f64, after * times as f64, after / before];
            for (rounds, figure) in rounds.iter_mut().zip(figures) {
                rounds.push(figure);
            }
        }
        let [before, after, ratio] = rounds.map(median);
        line(
            operation,
            &format!("{before:.0}"),
            &format!("{after:.0}"),
            &format!("{ratio:.2}"),
        );
    };
    let measure = |operation: &str, run: &mut dyn FnMut(usize)| {
        per_second(&now, run);
        let rounds = (0..ROUNDS).map(|_| per_second(&now, run)).collect();
        line(operation, "", &format!("{:.0}", median(rounds)), "");
    };

    let rng = &mut Counter(1);
    let day = Day::from_number(19_122);
    let noon = day.start() + Duration::from_hours(12);
    let epoch = Epoch::at(noon).unwrap();
    let server_keys: Vec<[u8; 24]> = (0..INPUTS).map(|_| draw(rng)).collect();
    let keys: BTreeMap<Day, ServerKey> = (0..BUNDLE_DAYS)
        .map(|later| (day.plus_days(later), ServerKey::from_bytes(&draw(rng))))
        .collect();
    let today = &keys[&day];
    let federation = FederationKey::from_bytes(&draw(rng));
    let kek = KeyEncryptionKey::from_bytes(&draw(rng));

    // One account each, with its key as stored and a HELLO of its own as heard.
    let meet = |rng: &mut Counter, hellos: usize| {
        let key = draw(rng);
        let ebid = today.encrypt(epoch, Id(draw(rng)));
        let ecc = federation.encode(ebid, COUNTRY);
        let auth = AuthKey::from_bytes(&key);
        let heard = |second: usize| {
            let sent = noon + Duration::from_secs(second as u64);
            let hello = Hello::seal(&auth, ecc, ebid, Ntp::from(sent));
            HeardHello::new(&hello, Ntp::from(sent + Duration::from_secs(1)), -60)
        };
        let hellos = (0..hellos).map(|n| heard(10 * n)).collect();
        let contact = Contact { ebid, ecc, hellos };
        (contact, (key, kek.wrap(rng, &key)))
    };
    let (met, keys_met): (Vec<_>, Vec<_>) = (0..INPUTS).map(|_| meet(rng, 1)).unzip();
    let (long, keys_long): (Vec<_>, Vec<_>) = (0..REPORT).map(|_| meet(rng, 60)).unzip();
    let one_by_one = |contacts: &[Contact], stored: &[([u8; 32], [u8; 60])]| {
        for (contact, (_, wrapped)) in contacts.iter().zip(stored) {
            let located = before::locate(&keys, &federation, COUNTRY, contact, noon).unwrap();
            let key = AuthKey::from_bytes(&kek.unwrap(wrapped).unwrap());
            let heard = authenticate(&key, &located, noon);
            assert_eq!(heard.len(), contact.hellos.len());
        }
    };
    let at_once = |contacts: &[Contact], stored: &[([u8; 32], [u8; 60])]| {
        let located = locate_all(&keys, &federation, COUNTRY, contacts, noon);
        for (located, (_, wrapped)) in located.zip(stored) {
            let located = located.unwrap();
            let key = AuthKey::from_bytes(&kek.unwrap(wrapped).unwrap());
            let heard = authenticate(&key, &located, noon);
            assert_eq!(heard.len(), located.hellos.len());
        }
    };
    let report = |i: usize| {
        let start = i % (INPUTS / REPORT) * REPORT;
        start..start + REPORT
    };

    compare(
        "full HELLO (ECC, EBID, key unwrap, MAC), sixty a contact",
        60 * REPORT,
        &mut |_| one_by_one(&long, &keys_long),
        &mut |_| at_once(&long, &keys_long),
    );
    compare(
        "full HELLO, one a contact",
        REPORT,
        &mut |i| one_by_one(&met[report(i)], &keys_met[report(i)]),
        &mut |i| at_once(&met[report(i)], &keys_met[report(i)]),
    );

    let midnight = Epoch::at(day.start()).unwrap();
    let epochs: Vec<_> = bundle::epochs_from(midnight, BUNDLE_DAYS).collect();
    assert_eq!(epochs.len(), 384);
    let id_of = |i: usize| {
        let [_, _, _, id @ ..] = (i as u64).to_be_bytes();
        Id(id)
    };
    let tuple_key = TupleKey::from_bytes(&draw(rng));
    let (before_rng, after_rng) = (&mut Counter(2), &mut Counter(3));
    compare(
        "bundle of 384 tuples: made and sealed",
        1,
        &mut |i| {
            let epochs = epochs.iter().copied();
            let tuples = before::tuples(&keys, &federation, COUNTRY, id_of(i), epochs);
            black_box(before::seal(&tuple_key, before_rng, &tuples));
        },
        &mut |i| {
            let epochs = epochs.iter().copied();
            let tuples = bundle::tuples(&keys, &federation, COUNTRY, id_of(i), epochs);
            black_box(bundle::seal(&tuple_key, after_rng, &tuples));
        },
    );
    compare(
        "of it the tuples",
        1,
        &mut |i| {
            let epochs = epochs.iter().copied();
            let tuples = before::tuples(&keys, &federation, COUNTRY, id_of(i), epochs);
            black_box(tuples);
        },
        &mut |i| {
            let epochs = epochs.iter().copied();
            let tuples = bundle::tuples(&keys, &federation, COUNTRY, id_of(i), epochs);
            black_box(tuples);
        },
    );
    let epochs = epochs.iter().copied();
    let tuples = bundle::tuples(&keys, &federation, COUNTRY, id_of(1), epochs);
    let sealed = bundle::seal(&tuple_key, rng, &tuples);
    measure("bundle of 384 tuples: opened", &mut |_| {
        black_box(bundle::open(&tuple_key, &sealed).unwrap());
    });

    let server = ServerSecret::from_bytes(&draw(rng)).unwrap();
    let clients: Vec<_> = (0..16)
        .map(|_| ClientSecret::generate(rng).public())
        .collect();
    measure("registration: ECDH P-256 and two HMACs", &mut |i| {
        black_box(server.agree(&clients[i % 16]));
    });

    // As walls and bodies make them: around a level, each a little different.
    let samples: Vec<_> = (0..60)
        .map(|n| Sample {
            seconds: 15 * n,
            rssi: -60 + (n * 7 % 11) as i8 - 5,
        })
        .collect();
    compare(
        "scoring of a contact with 60 HELLOs",
        1,
        &mut |_| {
            black_box(before::score(black_box(&samples)));
        },
        &mut |_| {
            black_box(score(black_box(&samples)));
        },
    );

    let ebids: Vec<_> = met.iter().map(|contact| contact.ebid).collect();
    for many in [1, 5, 10, 20, 50, 96, REPORT] {
        compare(
            &format!("EBID decrypt under one key, {many} at once"),
            many,
            &mut |_| {
                for ebid in &ebids[..many] {
                    black_box(today.decrypt(*ebid));
                }
            },
            &mut |_| {
                black_box(today.decrypt_all(ebids[..many].iter().copied()));
            },
        );
    }
    let all_epochs: Vec<_> = midnight.until_day(1).collect();
    compare(
        "EBID encrypt under one key, 96 at once",
        96,
        &mut |_| {
            for epoch in &all_epochs {
                black_box(today.encrypt(*epoch, Id([1; 5])));
            }
        },
        &mut |_| {
            black_box(today.encrypt_all(&all_epochs, Id([1; 5])));
        },
    );
    compare(
        "ECC decode, 200 at once",
        REPORT,
        &mut |_| {
            for contact in &met[..REPORT] {
                black_box(federation.decode(contact.ebid, contact.ecc));
            }
        },
        &mut |_| {
            let named = met[..REPORT].iter().map(|of| (of.ebid, of.ecc));
            black_box(federation.decode_all(named));
        },
    );

    measure("EBID decrypt, key schedule made each time", &mut |i| {
        let key = ServerKey::from_bytes(&server_keys[i % INPUTS]);
        black_box(key.decrypt(ebids[i % INPUTS]));
    });
    let hellos: Vec<_> = met
        .iter()
        .map(|of| of.hellos[0].hello(of.ecc, of.ebid))
        .collect();
    let prepared: Vec<_> = keys_met
        .iter()
        .map(|(key, _)| AuthKey::from_bytes(key))
        .collect();
    measure("HELLO MAC check, HMAC reused", &mut |i| {
        assert!(hellos[i % INPUTS].verify(&prepared[i % INPUTS]));
    });
    measure("HELLO MAC check, HMAC made each time", &mut |i| {
        let key = AuthKey::from_bytes(&keys_met[i % INPUTS].0);
        assert!(hellos[i % INPUTS].verify(&key));
    });
    measure("unwrap of a stored key", &mut |i| {
        black_box(kek.unwrap(&keys_met[i % INPUTS].1).unwrap());
    });
}

fn per_second(now: impl Fn() -> f64, run: &mut dyn FnMut(usize)) -> f64 {
    let (mut done, mut batch, start) = (0, 1, now());
    loop {
        (done..done + batch).for_each(&mut *run);
        done += batch;
        let elapsed = now() - start;
        if elapsed >= ROUND_SECONDS {
            return done as f64 / elapsed;
        }
        // The clock is read rarely, and the round not much longer than meant.
        if elapsed < ROUND_SECONDS / 4.0 {
            batch *= 2;
        }
    }
}

/// Numbers that differ. Nothing here needs to be unpredictable.
struct Counter(u64);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.try_next_u64()? as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self
            .0
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        Ok(self.0 ^ self.0 >> 29)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = (self.try_next_u64()? >> 32) as u8;
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

fn draw<const N: usize>(rng: &mut Counter) -> [u8; N] {
    let mut bytes = [0; N];
    let Ok(()) = rng.try_fill_bytes(&mut bytes);
    bytes
}
