//! The issuers' door: one-time codes of the national realm, for who holds a key.

use objects::front::{issuer, keys};
use objects::{Host, RealmClient};
use service::desk::file::Batch;
use service::desk::{Holder, key, picture};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wire::code::HandedOut;
use wire::issuer::{BatchOrder, CodeOrder, Format, Image, PictureOrder, before};
use wire::{BodyRule, IssuerCall, Refusal};
use worker::Request;

use super::body::{self, Body};
use super::reply::Reply;
use crate::platform::Platform;

/// Serves one call. Without a configured operator there is no such door.
pub(crate) async fn serve(
    host: &Platform,
    request: &mut Request,
    call: IssuerCall<'_>,
    rule: BodyRule,
) -> Result<Reply, Refusal> {
    let realm = RealmClient::national(host)?;
    let holder = recognise(realm, request).await?;
    let body = Body::receive(request, rule).await?;
    // The time at which the request has come whole.
    let realm = RealmClient::national(host)?;
    realm.check_numbers().await?;
    // No report could use the code any more. Keys can still be revoked, and the record read.
    let is_code = matches!(call, IssuerCall::HandOut | IssuerCall::HandOutBatch);
    if is_code && host.settings()?.is_over(realm.now) {
        return Err(Refusal::Ended);
    }
    match call {
        IssuerCall::HandOut => {
            let CodeOrder { kind, id } = body.read()?;
            let batch = issuer::hand_out(realm, holder, kind, 1, id).await?;
            let code = list(&batch).next().ok_or(Refusal::Unavailable)?;
            Reply::json(201, &code)
        }
        IssuerCall::HandOutBatch => hand_out_batch(host, request, &body, realm, holder).await,
        IssuerCall::Picture => {
            let PictureOrder { code, format } = body.read()?;
            issuer::admit(realm, holder).await?;
            let drawn = picture::draw(&origin(host, request)?, &code, format)?;
            Ok(Reply::media(200, media_type(format), drawn))
        }
        IssuerCall::MakeKey => {
            let made = issuer::make_key(realm, holder, body.read()?).await?;
            Reply::json(201, &made)
        }
        IssuerCall::ListKeys => {
            let before = before(&query(request)).map(str::to_owned);
            Ok(Reply::written(
                issuer::list_keys(realm, holder, before).await?,
            ))
        }
        IssuerCall::ListActs => {
            let before = before(&query(request)).map(str::to_owned);
            Ok(Reply::written(
                issuer::list_acts(realm, holder, before).await?,
            ))
        }
        IssuerCall::ConfirmClock => {
            issuer::confirm_clock(realm, holder).await?;
            Ok(Reply::empty())
        }
        IssuerCall::ListRoots => Reply::json(200, &issuer::list_roots(realm, holder).await?),
        IssuerCall::AddRegistration => {
            let keys = issuer::add_registration(realm, holder, body.read()?).await?;
            Reply::json(201, &keys)
        }
        IssuerCall::RevokeKey(id) => {
            issuer::revoke_key(realm, holder, id).await?;
            Ok(Reply::empty())
        }
        IssuerCall::VoidCodes(id) => {
            Reply::json(200, &issuer::void_codes(realm, holder, id).await?)
        }
    }
}

/// Whose key this may be. A key that was never made here goes no further: nobody's guesses reach the desk.
async fn recognise(realm: RealmClient<'_, Platform>, request: &Request) -> Result<Holder, Refusal> {
    let settings = realm.host.settings()?;
    let root = settings.issuer_key_hash.ok_or(Refusal::NotFound)?;
    let front = keys::read(realm).await?;
    let header = body::header(request, "Authorization");
    let text = key::of_header(header.as_deref()).ok_or(Refusal::UnknownIssuer)?;
    let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    // Both are looked at, whichever it is.
    let is_root = bool::from(hash.ct_eq(&root));
    let made = key::recognise(&front.issuers, text);
    if is_root {
        Ok(Holder::Root(root))
    } else {
        made.map(Holder::Key).ok_or(Refusal::UnknownIssuer)
    }
}

async fn hand_out_batch(
    host: &Platform,
    request: &Request,
    body: &Body,
    realm: RealmClient<'_, Platform>,
    holder: Holder,
) -> Result<Reply, Refusal> {
    let BatchOrder {
        kind,
        count,
        id,
        format,
        images,
    } = body.read()?;
    let origin = origin(host, request)?;
    let batch = issuer::hand_out(realm, holder, kind, count, id).await?;
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

fn list(batch: &Batch) -> impl Iterator<Item = HandedOut> {
    batch.codes.iter().map(|code| HandedOut {
        code: code.to_string(),
        kind: batch.kind,
        expires_at: batch.until.unix(),
    })
}

/// What follows the address's `?`.
fn query(request: &Request) -> String {
    let url = request.inner().url();
    url.split_once('?')
        .map(|(_, query)| query.to_owned())
        .unwrap_or_default()
}

/// Where the links in QR codes lead: the configured address, else the one that this request came to. The platform has
/// parsed it already; a parser of our own would bring every script's letters along.
fn origin(host: &Platform, request: &Request) -> Result<String, Refusal> {
    if let Some(origin) = &host.settings()?.origin {
        return Ok(origin.clone());
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
