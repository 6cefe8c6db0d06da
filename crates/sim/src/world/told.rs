//! Calls under way: what was asked, what it may be told, and when it was done.

use decree::Moment;
use robert::Id;
use robert::auth::AuthRequest;
use wire::Refusal;
use wire::code::Kind;

use crate::model::{Expected, Model};
use crate::shell::Answered;
use crate::{Asking, Reply, Who};

/// What a caller is told: of a status, whether at risk.
pub(super) type Told = Result<bool, Refusal>;

/// What is asked.
pub(super) enum Asked {
    /// A phone registers; its account, once there is one.
    Register(Option<Id>),
    /// An issuer wants a code.
    HandOut(Kind),
    /// A visitor plays the story of two phones.
    Visit,
    /// A report with a code, and with a short one at this intake; or a decoy.
    Report {
        code: Option<String>,
        short_at: Option<u16>,
        body: Vec<u8>,
    },
    /// Whether somebody is at risk.
    Ask {
        id: Id,
        request: AuthRequest,
        asking: Asking,
    },
    /// An account is to be closed, or its history deleted.
    Erase {
        id: Id,
        request: AuthRequest,
        closes: bool,
    },
}

/// A call under way.
pub(super) struct Call {
    pub(super) asked: Asked,
    pub(super) who: Who,
    pub(super) reply: Reply,
    /// When it began: the realm's time in what it sends.
    pub(super) began: Moment,
    pub(super) answered: Answered,
    /// What it may be told, by what was true at some moment since it began.
    pub(super) allowed: Vec<Told>,
    /// What it must be told, once it was done.
    pub(super) done: Option<Told>,
    pub(super) is_over: bool,
}

impl Call {
    /// What it would be told now.
    pub(super) fn expect(&self, model: &Model) -> Told {
        match &self.asked {
            Asked::Register(_) | Asked::HandOut(_) | Asked::Visit => Ok(false),
            Asked::Report {
                code: None, body, ..
            } => told(&model.expect_decoy(body, self.began)),
            Asked::Report {
                code: Some(code),
                short_at,
                body,
            } => told(&model.expect_report(code, *short_at, body, self.began)),
            Asked::Ask { id, request, .. } => model.expect_status(*id, request, self.began),
            Asked::Erase { id, request, .. } => {
                model.admits(*id, request, self.began).map(|()| false)
            }
        }
    }

    /// What it may be told becomes more.
    pub(super) fn allow(&mut self, model: &Model) {
        let told = self.expect(model);
        if !self.is_over && !self.allowed.contains(&told) {
            self.allowed.push(told);
        }
    }
}

pub(super) fn told(expected: &Expected) -> Told {
    match expected {
        Expected::Accepted | Expected::Repeated => Ok(false),
        Expected::WorkNeeded => Err(work_needed()),
        Expected::Refused(refusal) => Err(refusal.clone()),
    }
}

/// Each challenge is another one.
pub(super) const fn work_needed() -> Refusal {
    Refusal::WorkNeeded(String::new())
}
