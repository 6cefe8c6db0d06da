//! What a machine that watches the server reads: from this isolate's memory, without asking an object.

use wire::health::{ClockHealth, Health};

use crate::Host;
use crate::memory::Numbers;

/// Whether this server serves, and if not, why.
pub fn read(host: &impl Host) -> Health {
    let (memory, now) = (host.memory(), host.now());
    let settings = host.settings();
    let why_not = match (&settings, memory.numbers.get()) {
        (Err(_), _) => Some("a variable or secret is not usable; the log says which"),
        (Ok(_), Numbers::Wrong) => {
            Some("the national objects did not confirm REGISTRY_SHARDS and INTAKE_SHARDS")
        }
        (Ok(_), Numbers::Unknown | Numbers::Right) => None,
    };
    let clock = match memory.clock.get() {
        None => ClockHealth::Unknown,
        Some(heard) if heard.believed => ClockHealth::Believed,
        Some(_) => ClockHealth::Doubted,
    };
    let woken = memory.woken.get();
    Health {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ready: why_not.is_none(),
        why_not: why_not.map(str::to_owned),
        clock,
        last_wake_seconds: (woken > 0).then(|| now.unix().saturating_sub(woken)),
        allows_test_root: settings.is_ok_and(|settings| settings.allows_test_root),
    }
}
