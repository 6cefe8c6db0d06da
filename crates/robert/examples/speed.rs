//! How many of each operation one thread does in a second.
//!
//! Natively: `cargo run --profile speed -p robert --example speed`. In WebAssembly, under Node:
//! `cargo test --release -p robert --example speed --target wasm32-unknown-unknown -- --nocapture`.
//! Both print one line per operation, `operation<TAB>per second`: the median of five rounds over
//! 4,096 distinct inputs.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)] // a measurement, not the product

use core::convert::Infallible;
use core::hint::black_box;
use core::time::Duration;
use decree::Day;
use rand_core::{TryCryptoRng, TryRng};
use robert::keys::{ClientSecret, KeyEncryptionKey, ServerSecret};
use robert::parameters::{BUNDLE_DAYS, COUNTRY};
use robert::score::{Sample, score};
use robert::validate::{authenticate, locate};
use robert::{
    AuthKey, Contact, Epoch, FederationKey, HeardHello, Hello, Id, Ntp, ServerKey, TupleKey, bundle,
};
use std::collections::BTreeMap;

const INPUTS: usize = 4096;
const ROUNDS: usize = 5;
const ROUND_SECONDS: f64 = 0.25;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    let start = std::time::Instant::now();
    measure_all(|| start.elapsed().as_secs_f64(), |line| println!("{line}"));
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(all(test, target_arch = "wasm32"))]
#[wasm_bindgen_test::wasm_bindgen_test]
fn speed() {
    measure_all(
        || js_sys::Date::now() / 1000.0,
        |line| wasm_bindgen_test::console_log!("{line}"),
    );
}

// In WebAssembly only the test calls it: the example itself has no console there.
#[cfg_attr(all(target_arch = "wasm32", not(test)), allow(dead_code))]
fn measure_all(now: impl Fn() -> f64, print: impl Fn(&str)) {
    let measure = |operation: &str, times: f64, run: &mut dyn FnMut(usize)| {
        // Once to warm up: an engine compiles what is hot a second time.
        per_second(&now, run);
        let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| per_second(&now, run)).collect();
        rounds.sort_by(f64::total_cmp);
        print(&format!("{operation}\t{:.0}", rounds[ROUNDS / 2] * times));
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
    struct Met {
        wrapped: [u8; 60],
        key: [u8; 32],
        contact: Contact,
        hello: Hello,
    }
    let meet = |rng: &mut Counter, hellos: usize| {
        let key = draw(rng);
        let ebid = today.encrypt(epoch, Id(draw(rng)));
        let ecc = federation.encode(ebid, COUNTRY);
        let auth = AuthKey::from_bytes(&key);
        let heard = |second: usize| {
            let hello = Hello::seal(
                &auth,
                ecc,
                ebid,
                Ntp::from(noon + Duration::from_secs(second as u64)),
            );
            HeardHello::new(
                &hello,
                Ntp::from(noon + Duration::from_secs(second as u64 + 1)),
                -60,
            )
        };
        let contact = Contact {
            ebid,
            ecc,
            hellos: (0..hellos).map(|n| heard(10 * n)).collect(),
        };
        let hello = contact.hellos[0].hello(ecc, ebid);
        Met {
            wrapped: kek.wrap(rng, &key),
            key,
            contact,
            hello,
        }
    };
    let met: Vec<Met> = (0..INPUTS).map(|_| meet(rng, 1)).collect();
    let long: Vec<Met> = (0..64).map(|_| meet(rng, 60)).collect();
    let validate = |met: &Met| {
        let located = locate(&keys, &federation, COUNTRY, &met.contact, noon).unwrap();
        let key = AuthKey::from_bytes(&kek.unwrap(&met.wrapped).unwrap());
        let heard = authenticate(&key, &located, noon);
        assert_eq!(heard.len(), met.contact.hellos.len());
    };

    measure(
        "full HELLO (ECC, EBID, key unwrap, MAC), one per contact",
        1.0,
        &mut |i| {
            validate(&met[i % INPUTS]);
        },
    );
    measure("full HELLO, sixty per contact", 60.0, &mut |i| {
        validate(&long[i % 64])
    });
    measure("EBID decrypt, key schedule reused", 1.0, &mut |i| {
        black_box(today.decrypt(met[i % INPUTS].contact.ebid));
    });
    measure("EBID decrypt, key schedule made each time", 1.0, &mut |i| {
        let key = ServerKey::from_bytes(&server_keys[i % INPUTS]);
        black_box(key.decrypt(met[i % INPUTS].contact.ebid));
    });
    measure("ECC decode, AES object reused", 1.0, &mut |i| {
        let contact = &met[i % INPUTS].contact;
        black_box(federation.decode(contact.ebid, contact.ecc));
    });
    let auth: Vec<_> = met
        .iter()
        .map(|met| AuthKey::from_bytes(&met.key))
        .collect();
    measure("HELLO MAC check, HMAC reused", 1.0, &mut |i| {
        assert!(met[i % INPUTS].hello.verify(&auth[i % INPUTS]));
    });
    measure("HELLO MAC check, HMAC made each time", 1.0, &mut |i| {
        let met = &met[i % INPUTS];
        assert!(met.hello.verify(&AuthKey::from_bytes(&met.key)));
    });
    measure("unwrap of a stored key", 1.0, &mut |i| {
        black_box(kek.unwrap(&met[i % INPUTS].wrapped).unwrap());
    });

    let server = ServerSecret::from_bytes(&draw(rng)).unwrap();
    let clients: Vec<_> = (0..16)
        .map(|_| ClientSecret::generate(rng).public())
        .collect();
    measure("registration: ECDH P-256 and two HMACs", 1.0, &mut |i| {
        black_box(server.agree(&clients[i % 16]));
    });

    let midnight = Epoch::at(day.start()).unwrap();
    let bundle_of = |id| {
        bundle::tuples(
            &keys,
            &federation,
            COUNTRY,
            id,
            bundle::epochs_from(midnight, BUNDLE_DAYS),
        )
    };
    let tuples = bundle_of(Id([1; 5]));
    assert_eq!(tuples.len(), 384);
    let tuple_key = TupleKey::from_bytes(&draw(rng));
    measure("bundle of 384 tuples: made and sealed", 1.0, &mut |i| {
        let [_, _, _, bytes @ ..] = (i as u64).to_be_bytes();
        black_box(bundle::seal(&tuple_key, rng, &bundle_of(Id(bytes))));
    });
    let sealed = bundle::seal(&tuple_key, rng, &tuples);
    measure("bundle of 384 tuples: opened", 1.0, &mut |_| {
        black_box(bundle::open(&tuple_key, &sealed).unwrap());
    });

    let samples: Vec<_> = (0..60)
        .map(|n| Sample {
            seconds: 15 * n,
            rssi: -60,
        })
        .collect();
    measure("scoring of a contact with 60 HELLOs", 1.0, &mut |_| {
        black_box(score(black_box(&samples)));
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
