use decree::Moment;

/// Why a phone does not do what it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has an account already.
    #[error("the phone is registered already")]
    AlreadyRegistered,
    /// It has not asked for an account.
    #[error("the phone has not asked to register")]
    NotAsked,
    /// It has no account.
    #[error("the phone is not registered")]
    NotRegistered,
    /// Its owner has switched Bluetooth off.
    #[error("Bluetooth is off")]
    BluetoothOff,
    /// It holds no pseudonym that serves here.
    #[error("no pseudonym for this moment")]
    NoPseudonym,
    /// What it heard is not 16 bytes long.
    #[error("not a HELLO")]
    NotAHello,
    /// The server would not answer yet.
    #[error("the next question may be asked from {} (Unix seconds)", until.unix())]
    TooSoon {
        /// From when on it would.
        until: Moment,
    },
    /// The bundle does not open with this phone's key, or is empty.
    #[error("the bundle is not for this phone")]
    BadBundle,
    /// The protocol knows levels 0 to 4.
    #[error("the risk level is above 4")]
    UnknownRiskLevel,
    /// Symptoms cannot begin in the future.
    #[error("the onset of symptoms is ahead")]
    OnsetAhead,
    /// There is no draft to send.
    #[error("no report is drafted")]
    NoDraft,
    /// The code is longer than any that is handed out, or has signs beside ASCII: it is still as somebody typed it, and
    /// how long its report is would tell so. `wire::code::Code` reads it.
    #[error("the code is not read yet")]
    UnreadCode,
    /// Nothing waits for an answer.
    #[error("no report waits for an answer")]
    NothingSent,
    /// A report was sent and its answer is unknown: it must be settled first.
    #[error("the answer to the last report is unknown")]
    AnswerUnknown,
}
