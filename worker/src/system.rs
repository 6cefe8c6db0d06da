//! What the system brings and `service` never takes by itself: time, chance, and a line in the log.

use decree::Moment;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;

/// Real time. National requests run by it; demo realms add their own offset.
pub(crate) fn now() -> Moment {
    Moment::from_unix(worker::Date::now().as_millis() / 1_000)
}

/// The system's randomness. Without it nothing here may go on.
pub(crate) const fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// What may be logged: fixed words and an object's name, never a value that came in.
pub(crate) fn log(what: &'static str, object: &str) {
    worker::console_error!("{what}: {object}");
}
