//! The visitor's own demo realm: opened, moved in time, looked through, erased.

use core::pin::Pin;

use decree::Moment;
use wire::code::{CodeRequest, Kind};
use wire::demo::{MAX_ADVANCE_SECONDS, MoveClock};

use crate::exchange::{Exchange, Failure, Read, json};
use crate::server_state::ServerView;
use crate::story::{Code, CodeKind};
use crate::{Host, Method};

/// An open demo realm. Its name is its only key: whoever holds it holds the realm.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    path: String,
    expires_at: Moment,
    /// Realm time as last told, and real time when it was.
    told: (Moment, Moment),
    /// Whether the answer to the last move of the clock is missing: the move may have been made.
    is_moved_unknown: bool,
}

impl Session {
    /// Opens a demo realm and reads its clock.
    ///
    /// # Errors
    /// [`Failure`]; [`Busy`](super::story::Trouble::Busy) when too many are open.
    pub(crate) async fn open(host: &impl Host) -> Result<Self, Failure> {
        let opening = Exchange::make(host, Method::Post, "/demo".to_owned(), None).await?;
        let opening = opening.read(201)?;
        let (session, expires_at) = (opening.text("session")?, opening.number("expiresAt")?);
        let mut opened = Self {
            path: format!("/demo/{session}"),
            expires_at: Moment::from_unix(expires_at),
            told: (host.now(), host.now()),
            is_moved_unknown: false,
        };
        opened.move_to(host, Moment::from_unix(0)).await?;
        Ok(opened)
    }

    /// Real time at which it erases itself.
    pub(crate) const fn expires_at(&self) -> Moment {
        self.expires_at
    }

    /// Realm time: it runs at the pace of real time.
    pub(crate) fn now(&self, host: &impl Host) -> Moment {
        let (realm, real) = self.told;
        realm + host.now().since(real)
    }

    /// Moves the clock to this moment, in as many calls as it takes; reads it if the moment is past. Whatever waits to
    /// be delivered is delivered.
    ///
    /// A move adds to the clock: where the answer to the last one is missing, the clock is read first, so that no move
    /// is made twice.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) async fn move_to(
        &mut self,
        host: &impl Host,
        moment: Moment,
    ) -> Result<Moment, Failure> {
        loop {
            let reads = self.is_moved_unknown;
            let ahead = moment.since(self.now(host)).as_secs();
            let advance_seconds = match u32::try_from(ahead) {
                _ if reads => 0,
                Ok(ahead) => ahead.min(MAX_ADVANCE_SECONDS),
                Err(_) => MAX_ADVANCE_SECONDS,
            };
            let body = json(&MoveClock { advance_seconds })?;
            self.is_moved_unknown = true;
            let moved = self.call(host, Method::Post, "/clock", Some(body)).await?;
            // 202: what is due is not all done, and a move by 0 goes on.
            let is_settled = moved.reply.status != 202;
            let now = moved.read(if is_settled { 200 } else { 202 })?;
            self.told = (Moment::from_unix(now.number("now")?), host.now());
            self.is_moved_unknown = false;
            if is_settled && !reads && advance_seconds < MAX_ADVANCE_SECONDS {
                return Ok(self.told.0);
            }
        }
    }

    /// Has a one-time code handed out.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) async fn code(&self, host: &impl Host, kind: CodeKind) -> Result<Code, Failure> {
        let wanted = match kind {
            CodeKind::Long => Kind::Long,
            CodeKind::Short => Kind::Short,
        };
        let body = json(&CodeRequest { kind: wanted })?;
        let handed = self.call(host, Method::Post, "/code", Some(body)).await?;
        let handed = handed.read(201)?;
        Ok(Code {
            text: handed.text("code")?.to_owned(),
            kind,
            expires_at: Moment::from_unix(handed.number("expiresAt")?),
        })
    }

    /// Everything that the server stores.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) async fn look(&self, host: &impl Host) -> Result<ServerView, Failure> {
        let seen = self.call(host, Method::Get, "/state", None).await?;
        let Read(state) = seen.read(200)?;
        Ok(ServerView::of(state))
    }

    /// The server's public key, as base64 of its SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) async fn public_key(&self, host: &impl Host) -> Result<String, Failure> {
        let keys = self.call(host, Method::Get, "/api/keys", None).await?;
        Ok(keys.read(200)?.text("registration")?.to_owned())
    }

    /// A call of the phones' API.
    ///
    /// # Errors
    /// [`Failure`] if no reply came.
    pub(crate) async fn phone_call(
        &self,
        host: &impl Host,
        name: &str,
        body: Vec<u8>,
    ) -> Result<Exchange, Failure> {
        self.call(host, Method::Post, &format!("/api/v6/{name}"), Some(body))
            .await
    }

    /// Erases the demo realm. One that is gone already is erased.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) async fn end(&self, host: &impl Host) -> Result<(), Failure> {
        let ended = self.call(host, Method::Delete, "", None).await?;
        match ended.expect_status(204) {
            Err(Failure::Gone) => Ok(()),
            other => other,
        }
    }

    /// Boxed, so that the state machine of a call exists once and not in each of its callers.
    fn call<'a>(
        &self,
        host: &'a impl Host,
        method: Method,
        below: &str,
        body: Option<Vec<u8>>,
    ) -> Pin<Box<dyn Future<Output = Result<Exchange, Failure>> + 'a>> {
        let path = format!("{}{below}", self.path);
        Box::pin(Exchange::make(host, method, path, body))
    }
}
