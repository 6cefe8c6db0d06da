//! The issuers' door: one-time codes of the national realm, for who holds a key.

use decree::Moment;
use futures_util::future::try_join_all;
use serde::de::DeserializeOwned;
use service::desk::file::Batch;
use service::desk::{Holder, Order, draw_id, key, picture};
use service::intake::StoredCode;
use service::{codes, desk};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wire::code::{Code, HandedOut, Kind};
use wire::issuer::{BatchOrder, CodeOrder, Format, Image, KeyOrder, MadeKey, PictureOrder, before};
use wire::{Desk, Refusal};
use worker::{Env, Request};

use super::body::{self, Body};
use super::reply::Reply;
use crate::configuration;
use crate::letter::{DeskCall, IntakeCall};
use crate::scope::Scope;
use crate::system;

/// Serves one call. Without a configured operator there is no such door.
pub(crate) async fn serve(
    env: &Env,
    request: &mut Request,
    call: Desk<'_>,
) -> Result<Reply, Refusal> {
    let holder = recognise(env, request)?;
    let body = Body::receive(request, wire::MAX_BODY_BYTES).await?;
    let scope = Scope::national(env)?;
    scope.check_numbers(env).await?;
    // No report could use the code any more. Keys can still be revoked, and the record read.
    let is_code = matches!(call, Desk::HandOut | Desk::HandOutBatch);
    if is_code && configuration::is_over(env, scope.now) {
        return Err(Refusal::Ended);
    }
    match call {
        Desk::HandOut => {
            let CodeOrder { kind, id } = body.read()?;
            let batch = hand_out(env, scope, holder, kind, 1, id).await?;
            let code = list(&batch).next().ok_or(Refusal::Unavailable)?;
            Reply::json(201, &code)
        }
        Desk::HandOutBatch => hand_out_batch(env, request, &body, scope, holder).await,
        Desk::Picture => {
            let PictureOrder { code, format } = body.read()?;
            ask::<()>(env, scope, DeskCall::Admit(holder)).await?;
            let drawn = picture::draw(&origin(env, request)?, &code, format)?;
            Ok(Reply::media(200, media_type(format), drawn))
        }
        Desk::MakeKey => make_key(env, &body, scope, holder).await,
        Desk::ListKeys => {
            let call = DeskCall::ListKeys(holder, before(&query(request)).map(str::to_owned));
            Ok(Reply::written(ask(env, scope, call).await?))
        }
        Desk::ListActs => {
            let call = DeskCall::ListActs(holder, before(&query(request)).map(str::to_owned));
            Ok(Reply::written(ask(env, scope, call).await?))
        }
        Desk::RevokeKey(id) => {
            let call = DeskCall::RevokeKey(holder, id.to_owned());
            ask::<()>(env, scope, call).await?;
            Ok(Reply::empty())
        }
    }
}

/// Whose key this may be. A key that was never made here goes no further: nobody's guesses reach
/// the desk.
fn recognise(env: &Env, request: &Request) -> Result<Holder, Refusal> {
    let root = configuration::issuer_key_hash(env).ok_or(Refusal::NotFound)?;
    let issuing = configuration::keyring(env)?.issuing(service::Realm::National);
    let header = body::header(request, "Authorization").unwrap_or_default();
    let text = header.strip_prefix("Bearer ").unwrap_or_default();
    let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    // Both are looked at, whichever it is.
    let is_root = bool::from(hash.ct_eq(&root));
    let made = key::recognise(&issuing, text);
    if is_root {
        Ok(Holder::Root(root))
    } else {
        made.map(Holder::Key).ok_or(Refusal::UnknownIssuer)
    }
}

/// Hands out codes. First the desk lets it be, then the intakes learn the codes, then they are
/// answered: wherever that stops, the same request sent again goes through to its end.
async fn hand_out(
    env: &Env,
    scope: Scope,
    holder: Holder,
    kind: Kind,
    count: u32,
    id: Option<String>,
) -> Result<Batch, Refusal> {
    let ring = configuration::keyring(env)?;
    let issuing = ring.issuing(scope.realm);
    let pepper = ring.front(scope.realm).pepper;
    // Without an id of the client's own nobody can ask again, and nothing need be remembered.
    let is_named = id.is_some();
    let id = id.unwrap_or_else(|| draw_id(&mut system::rng()));
    let asked = desk::Request::new(&issuing, holder, &id);
    let order = Order {
        kind,
        count,
        mark: is_named.then(|| asked.mark()),
    };
    let until = ask(env, scope, DeskCall::HandOut(holder, order)).await?;
    let until = Moment::from_unix(until);

    let codes: Vec<Code> = asked.codes(kind, count, until).collect();
    let mut stored = vec![Vec::<StoredCode>::new(); usize::from(scope.shards.intakes)];
    for code in &codes {
        let code = codes::stored(&pepper, code, until);
        let [first, ..] = code.hash;
        let place = scope.intake_of(first);
        if let Some(of_intake) = stored.get_mut(usize::from(place.index)) {
            of_intake.push(code);
        }
    }
    let mark = is_named.then(|| asked.batch_mark(until));
    let added = scope.intakes().zip(stored).filter_map(|(place, codes)| {
        let call = IntakeCall::AddCodes { mark, kind, codes };
        let is_asked = !matches!(&call, IntakeCall::AddCodes { codes, .. } if codes.is_empty());
        is_asked.then(|| scope.ask_intake::<()>(env, place, call))
    });
    try_join_all(added).await?;
    Ok(Batch { kind, until, codes })
}

async fn hand_out_batch(
    env: &Env,
    request: &Request,
    body: &Body,
    scope: Scope,
    holder: Holder,
) -> Result<Reply, Refusal> {
    let BatchOrder {
        kind,
        count,
        id,
        format,
        images,
    } = body.read()?;
    let origin = origin(env, request)?;
    let batch = hand_out(env, scope, holder, kind, count, id).await?;
    match format {
        Format::Json => Reply::json(201, &list(&batch).collect::<Vec<_>>()),
        Format::Csv => {
            let table = batch.csv(&origin).into_bytes();
            let reply = Reply::media(201, "text/csv; charset=utf-8; header=present", table);
            Ok(reply.named(batch.name("csv")))
        }
        Format::Tar => {
            let archive = batch.tar(&origin, images)?;
            let reply = Reply::media(201, "application/x-tar", archive);
            Ok(reply.named(batch.name("tar")))
        }
    }
}

async fn make_key(env: &Env, body: &Body, scope: Scope, holder: Holder) -> Result<Reply, Refusal> {
    let KeyOrder { role, quota } = body.read()?;
    let issuing = configuration::keyring(env)?.issuing(scope.realm);
    let (key, hash) = key::draw(&issuing, &mut system::rng());
    let call = DeskCall::MakeKey {
        holder,
        role,
        quota,
        hash,
    };
    let id = ask(env, scope, call).await?;
    let made = MadeKey {
        id,
        key,
        role,
        quota,
    };
    Reply::json(201, &made)
}

fn list(batch: &Batch) -> impl Iterator<Item = HandedOut> {
    batch.codes.iter().map(|code| HandedOut {
        code: code.to_string(),
        kind: batch.kind,
        expires_at: batch.until.unix(),
    })
}

async fn ask<R: DeserializeOwned>(env: &Env, scope: Scope, call: DeskCall) -> Result<R, Refusal> {
    scope.ask_desk(env, call).await
}

/// What follows the address's `?`.
fn query(request: &Request) -> String {
    let url = request.inner().url();
    url.split_once('?')
        .map(|(_, query)| query.to_owned())
        .unwrap_or_default()
}

/// Where the links in QR codes lead: the configured address, else the one that this request came to.
/// The platform has parsed it already; a parser of our own would bring every script's letters along.
fn origin(env: &Env, request: &Request) -> Result<String, Refusal> {
    if let Some(origin) = configuration::origin(env) {
        return Ok(origin);
    }
    let url = request.inner().url();
    let (scheme, rest) = url.split_once("://").ok_or(Refusal::Unavailable)?;
    let host = rest.split('/').next().unwrap_or_default();
    Ok(format!("{scheme}://{host}"))
}

const fn media_type(image: Image) -> &'static str {
    match image {
        Image::Svg => "image/svg+xml",
        Image::Png => "image/png",
    }
}
