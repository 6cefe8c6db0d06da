//! What an operator must know of the runtime's own words.

/// Something that the runtime `workerd` says and an operator must act on. It is known by how it begins, from the first
/// byte, so that a line which quotes a request is none; and it is shown in words of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phrase {
    /// Another program listens at the address.
    PortTaken,
    /// This user may not listen at the address.
    PortForbidden,
    /// Files and connections together are more than the system lets it have.
    TooManyOpen,
    /// A folder that the configuration names is not there.
    NoFolder,
    /// The configuration is not there, or is none.
    NoConfiguration,
    /// It ends at a failure of its own.
    Failure,
}

/// `*** Fatal uncaught kj::Exception: kj/async-io-unix.c++:945: failed: …`
const FATAL: &str = "*** Fatal uncaught kj::Exception: ";
const NETWORK: &str = "kj/async-io-unix.c++:";
const BIND: &str = ": failed: ::bind(sockfd, &addr.generic, addrlen): ";

impl Phrase {
    /// The phrase that this line of output is.
    pub(crate) fn read(line: &str) -> Option<Self> {
        if let Some(failure) = line.strip_prefix(FATAL) {
            return Some(Self::of_failure(failure));
        }
        let begins = [
            ("*** Received signal #", Self::Failure),
            ("Directory named \"", Self::NoFolder),
            (
                "The config file does not define any top-level constants",
                Self::NoConfiguration,
            ),
            ("Try '", Self::NoConfiguration),
        ];
        let found = begins
            .into_iter()
            .find(|(begin, _)| line.starts_with(begin));
        found.map(|(_, phrase)| phrase)
    }

    fn of_failure(failure: &str) -> Self {
        let at_network = failure.strip_prefix(NETWORK).unwrap_or_default();
        let what = at_network.trim_start_matches(|c: char| c.is_ascii_digit());
        if what.starts_with(": overloaded: accept: Too many open files") {
            return Self::TooManyOpen;
        }
        match what.strip_prefix(BIND).unwrap_or_default() {
            why if why.starts_with("Address already in use") => Self::PortTaken,
            why if why.starts_with("Permission denied") => Self::PortForbidden,
            _ => Self::Failure,
        }
    }

    /// What the log says instead, after [`crate::RUNTIME`].
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::PortTaken => "cannot open its port: another program has it",
            Self::PortForbidden => "cannot open its port: this user may not",
            Self::TooManyOpen => {
                "ends: too many files and connections are open (raise LimitNOFILE, or let fewer connections in)"
            }
            Self::NoFolder => "cannot find a folder that its configuration names",
            Self::NoConfiguration => "cannot read its configuration, or its command line",
            Self::Failure => "ends at a failure of its own",
        }
    }
}
