//! A phone's calls to the server, each with its request and reply kept for the visitor to open.

use std::sync::Arc;

use decree::Moment;
use decree::article_3::Once;
use robert::auth::AuthRequest;
use robert::keys::ServerPublic;
use robert::phone::{Phone, Refusal, ReportState};
use serde::Serialize;
use wire::api::{Authenticated, CaptchaId, RegisterRequest, ReportRequest};
use wire::code::DECOY;

use crate::captcha;
use crate::exchange::{Exchange, Failure, Read, json};
use crate::message::{Http, Message, MessageKind, Pseudonym, Way};
use crate::session::Session;
use crate::story::{Answer, Fact, Trouble};
use crate::{Host, Person};

/// One person's call.
pub(super) struct Call<'a, H> {
    pub(super) host: &'a H,
    pub(super) session: &'a Session,
    pub(super) person: Person,
    pub(super) passed: &'a mut Vec<Message>,
}

impl<H: Host> Call<'_, H> {
    /// Captcha, then registration. A reply lost on the way leaves an account that nobody can use; the next attempt
    /// makes another.
    pub(super) async fn register(&mut self, phone: &mut Phone) -> Result<Fact, Failure> {
        let server = self.session.public_key(self.host).await?;
        let server = ServerPublic::from_base64(&server).map_err(|_| Trouble::Garbled)?;
        let public = phone
            .register(&mut self.host.rng())
            .map_err(|_| Trouble::Garbled)?;

        let captcha = self
            .exchange(
                "captcha",
                json(&CaptchaRequest {
                    kind: "IMAGE",
                    locale: "fr",
                })?,
                (MessageKind::CaptchaRequest, MessageKind::CaptchaReply),
            )
            .await?;
        let captcha_id = challenge_id(captcha.read(201)?)?;
        let solved = captcha::solve(&captcha.reply.body).ok_or(Trouble::Garbled)?;

        let request = RegisterRequest {
            captcha: solved,
            captcha_id,
            client_public_key: public.to_base64(),
            key_id: None,
        };
        let registration = self
            .exchange(
                "register",
                json(&request)?,
                (MessageKind::RegisterRequest, MessageKind::RegisterReply),
            )
            .await?;
        let registration = registration.read(201)?;
        phone
            .registered(&server, registration.text("tuples")?, self.now())
            .map_err(|_| Trouble::Garbled)?;
        self.open_bundle(phone);
        Ok(Fact::Registered)
    }

    /// Status. `pending` is a request whose answer was lost: it is sent again as it was, since the phone may not ask
    /// twice within half an hour and the server cannot tell a repeated request from its copy.
    pub(super) async fn ask(
        &mut self,
        phone: &mut Phone,
        pending: &mut Option<AuthRequest>,
    ) -> Result<Fact, Failure> {
        let request = match pending
            .take()
            .filter(|request| request.is_timely(self.now()))
        {
            Some(request) => request,
            None => match phone.ask(self.now()) {
                Ok(request) => request,
                Err(Refusal::TooSoon { .. }) => return Ok(Fact::TooSoon),
                Err(_) => return Err(Trouble::Garbled.into()),
            },
        };
        *pending = Some(request);
        let status = self
            .exchange(
                "status",
                json(&Authenticated(request))?,
                (MessageKind::StatusRequest, MessageKind::StatusReply),
            )
            .await?;
        *pending = None;
        match status.reply.status {
            430 => return Ok(self.unknown(phone)),
            // The phone's clock, keys and pseudonyms are right by construction: what is left is the gap.
            400 => return Ok(Fact::TooSoon),
            _ => {}
        }
        let status = status.read(200)?;
        let at = self.now();
        let level = u8::try_from(status.number("riskLevel")?).map_err(|_| Trouble::Garbled)?;
        phone
            .answered(level, status.text("tuples")?, at)
            .map_err(|_| Trouble::Garbled)?;
        self.open_bundle(phone);
        Ok(Fact::Answered(Answer {
            at,
            at_risk: level > 0,
        }))
    }

    /// Report, or the same report again, byte for byte, while its answer is unknown: `pending` is what was sent.
    pub(super) async fn report(
        &mut self,
        phone: &mut Phone,
        code: String,
        pending: &mut Option<Vec<u8>>,
    ) -> Result<Fact, Failure> {
        let now = self.now();
        let report = match phone.report_state() {
            ReportState::AnswerUnknown => phone.retry(now),
            _ => phone.send(Once::new(code), now),
        };
        let report = report.map_err(|_| Trouble::Garbled)?;
        let mut request = ReportRequest::new(report.code, report.contacts);
        let contacts = request.contacts.len();
        let hellos = request
            .contacts
            .iter()
            .map(|contact| contact.hellos.len())
            .sum();
        let kinds = (MessageKind::ReportRequest, MessageKind::ReportReply);
        let sent = loop {
            let body = match pending.take() {
                Some(sent) => sent,
                None => json(&request)?,
            };
            let body = pending.insert(body).clone();
            let sent = self.exchange("report", body, kinds).await?;
            *pending = None;
            // Many wrong codes came from somewhere: until that ends a short one costs some work.
            if sent.reply.status != 429 || request.captcha.is_some() {
                break sent;
            }
            request.captcha_id = Some(challenge_id(sent.read(429)?)?);
            request.captcha = captcha::solve(&sent.reply.body);
        };
        if sent.reply.status == 401 {
            phone.refused().map_err(|_| Trouble::Garbled)?;
            return Ok(Fact::CodeRefused);
        }
        sent.expect_status(200)?;
        phone.accepted().map_err(|_| Trouble::Garbled)?;
        Ok(Fact::Reported { contacts, hellos })
    }

    /// A decoy, sent as a report is. Whatever is answered, or that nothing is, changes nothing.
    pub(super) async fn decoy(&mut self, phone: &mut Phone) -> Result<(), Failure> {
        let drawn = phone.decoy(self.now(), &mut self.host.rng());
        let request = ReportRequest::new(DECOY, drawn.map_err(|_| Trouble::Garbled)?);
        let kinds = (MessageKind::DecoyRequest, MessageKind::DecoyReply);
        // One that is lost on the way is not sent again.
        let _ = self.exchange("report", json(&request)?, kinds).await;
        Ok(())
    }

    /// Unregistration; the phone then forgets everything.
    pub(super) async fn unregister(&mut self, phone: &mut Phone) -> Result<Fact, Failure> {
        let request = phone.unregister(self.now()).map_err(|_| Trouble::Garbled)?;
        let kinds = (MessageKind::UnregisterRequest, MessageKind::UnregisterReply);
        let done = self
            .exchange("unregister", json(&Authenticated(request))?, kinds)
            .await?;
        // An account that the server no longer knows is as good as unregistered.
        if done.reply.status != 430 {
            done.expect_status(200)?;
        }
        phone.erase_all();
        Ok(Fact::Unregistered)
    }

    /// Erasure of the exposures at the server.
    pub(super) async fn erase_exposures(&mut self, phone: &mut Phone) -> Result<Fact, Failure> {
        let request = phone
            .delete_exposures(self.now())
            .map_err(|_| Trouble::Garbled)?;
        let kinds = (MessageKind::EraseRequest, MessageKind::EraseReply);
        let done = self
            .exchange(
                "deleteExposureHistory",
                json(&Authenticated(request))?,
                kinds,
            )
            .await?;
        if done.reply.status == 430 {
            return Ok(self.unknown(phone));
        }
        done.expect_status(200)?;
        Ok(Fact::ExposuresErased)
    }

    fn unknown(&self, phone: &mut Phone) -> Fact {
        Fact::Unknown(phone.unknown_to_server(self.now()))
    }

    fn now(&self) -> Moment {
        self.session.now(self.host)
    }

    /// Sends, waits, and keeps both messages.
    async fn exchange(
        &mut self,
        name: &str,
        body: Vec<u8>,
        (asked, answered): (MessageKind, MessageKind),
    ) -> Result<Exchange, Failure> {
        let at = self.now();
        let exchange = self.session.phone_call(self.host, name, body).await?;
        let path: Arc<str> = Arc::from(exchange.path.as_str());
        let http = |status| Http {
            method: exchange.method.name(),
            path: path.clone(),
            status,
        };
        self.passed.push(Message {
            bytes: Arc::from(exchange.sent.as_slice()),
            http: Some(http(None)),
            ..Message::new(self.person, Way::ToServer, asked, at)
        });
        self.passed.push(Message {
            bytes: Arc::from(exchange.reply.body.as_slice()),
            http: Some(http(Some(exchange.reply.status))),
            ..Message::new(self.person, Way::FromServer, answered, self.now())
        });
        Ok(exchange)
    }

    /// What the phone read in the bundle of the reply that just came.
    fn open_bundle(&mut self, phone: &Phone) {
        if let Some(reply) = self.passed.last_mut() {
            reply.bundle = phone
                .pseudonyms()
                .map(|own| Pseudonym {
                    epoch: own.epoch.number(),
                    starts: own.epoch.start(),
                    ebid: own.ebid.0,
                    ecc: own.ecc.0,
                })
                .collect();
        }
    }
}

fn challenge_id(reply: Read) -> Result<CaptchaId, Failure> {
    let id = captcha::bytes(reply.text("captchaId")?);
    let id = id.and_then(|id| id.try_into().ok());
    Ok(CaptchaId(id.ok_or(Trouble::Garbled)?))
}

#[derive(Serialize)]
struct CaptchaRequest {
    #[serde(rename = "type")]
    kind: &'static str,
    locale: &'static str,
}
