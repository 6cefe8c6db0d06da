//! Somebody with a phone, and what the simulation knows of them that nobody else does.

use chacha20::ChaCha20Rng;
use decree::Moment;
use decree::article_2::Onset;
use decree::article_3::Once;
use robert::auth::{AuthRequest, Kind};
use robert::bundle::Tuple;
use robert::phone::{Phone, Refusal, Report, ReportState};
use robert::stamp::{Price, Solver};
use robert::{Id, Ntp};
use wire::api::{OpenedReport, ReportRequest};
use wire::code::DECOY;

use crate::kernel::TaskId;
use crate::shell::Owner;
use crate::{Decoy, Finding};

/// What the stamp of a decoy costs here: a few milliseconds.
pub(crate) const PRICE: Price = Price::of_bits(16);

/// One person.
#[derive(Default)]
pub(crate) struct Person {
    pub(crate) phone: Phone,
    /// Behind the pseudonyms that the phone holds.
    pub(crate) id: Option<Id>,
    /// What the phone got when it registered.
    pub(crate) owner: Option<Owner>,
    /// The last question, and whose it was.
    pub(crate) asked: Option<(AuthRequest, Id)>,
    /// The report that was sent and not answered: code and bytes.
    pub(crate) sent: Option<(String, Vec<u8>)>,
    /// The last decoy, byte for byte.
    pub(crate) decoy: Option<Vec<u8>>,
    /// The registration that the phone waits for.
    pub(crate) registering: Option<TaskId>,
}

impl Person {
    /// Whether a report of theirs was sent and its answer is unknown.
    pub(crate) fn waits(&self) -> bool {
        self.phone.report_state() == ReportState::AnswerUnknown
    }

    /// The report that is to be sent with this code: its bytes. Nothing if another one must be settled first.
    pub(crate) fn send(&mut self, code: &str, now: Moment) -> Result<Option<Vec<u8>>, Finding> {
        if self.waits() {
            return Ok(None);
        }
        self.phone.draft(Onset::Unknown, now).map_err(Finding::of)?;
        let report = self.phone.send(Once::new(code.to_owned()), now);
        let body = write(report)?;
        self.sent = Some((code.to_owned(), body.clone()));
        Ok(Some(body))
    }

    /// The report that was not answered, once more: its code and bytes, and whether they are those sent before. They are
    /// unless something in it is past its term.
    pub(crate) fn retry(
        &mut self,
        now: Moment,
    ) -> Result<Option<(String, Vec<u8>, bool)>, Finding> {
        if !self.waits() {
            return Ok(None);
        }
        let body = write(self.phone.retry(now))?;
        let Some((code, before)) = self.sent.replace((String::new(), body.clone())) else {
            return Err(Finding::new("a phone retries what it never sent"));
        };
        self.sent = Some((code.clone(), body.clone()));
        let same = before == body;
        Ok(Some((code, body, same)))
    }

    /// A report under a stamp: its bytes.
    pub(crate) fn make_decoy(
        &mut self,
        made: Decoy,
        now: Moment,
        rng: &mut ChaCha20Rng,
    ) -> Result<Option<Vec<u8>>, Finding> {
        let contacts = match made {
            Decoy::Again => return Ok(self.decoy.clone()),
            Decoy::Phone => match self.phone.decoy(now, rng) {
                Ok(contacts) => contacts,
                Err(Refusal::NotRegistered) => return Ok(None),
                Err(refusal) => return Err(Finding::of(refusal)),
            },
            Decoy::Forged => {
                let saved = self.phone.save(now);
                let mut copy = Phone::restore(&saved, now).map_err(Finding::of)?;
                if self.waits() {
                    copy.refused().map_err(Finding::of)?;
                }
                copy.draft(Onset::Unknown, now).map_err(Finding::of)?;
                let report = copy.send(Once::new(DECOY.to_owned()), now);
                report.map_err(Finding::of)?.contacts
            }
        };
        let bits = PRICE.bits(contacts.len());
        let mut request = ReportRequest::new(DECOY, contacts);
        let unstamped = serde_json::to_vec(&request).map_err(Finding::of)?;
        let read = OpenedReport::read(&unstamped);
        let read = read.map_err(|_| Finding::new("a decoy does not read"))?;
        let mut solver = Solver::new(now.day(), read.contacts_as_sent(), bits, rng);
        request.token = loop {
            if let Some(token) = solver.advance(1_000) {
                break token;
            }
        };
        let body = serde_json::to_vec(&request).map_err(Finding::of)?;
        self.decoy = Some(body.clone());
        Ok(Some(body))
    }

    /// The phone's question, when it may ask.
    pub(crate) fn ask(&mut self, now: Moment) -> Option<(AuthRequest, Id)> {
        let id = self.id?;
        Some((self.phone.ask(now).ok()?, id))
    }

    /// The question of an owner who does not wait, under a pseudonym at so many 256ths of their days.
    pub(crate) fn owner_asks(&self, at: u8, now: Moment) -> Option<(AuthRequest, Id)> {
        let Owner {
            id,
            auth_key,
            pseudonyms,
        } = self.owner.as_ref()?;
        let Tuple { epoch, ebid, .. } = pseudonyms.get(usize::from(at) * pseudonyms.len() / 256)?;
        let now = Ntp::from(now);
        let request = AuthRequest::seal(Kind::Status, auth_key, *ebid, *epoch, now);
        Some((request, *id))
    }
}

/// What a phone sends, byte for byte.
fn write(report: Result<Report<'_>, Refusal>) -> Result<Vec<u8>, Finding> {
    let report = report.map_err(Finding::of)?;
    let request = ReportRequest::new(report.code, report.contacts);
    serde_json::to_vec(&request).map_err(Finding::of)
}
