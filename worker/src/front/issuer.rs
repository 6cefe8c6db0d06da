//! The issuer's door: one-time codes of the national realm, for who holds the operator's key.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wire::Refusal;
use wire::code::CodeRequest;
use worker::{Env, Request};

use super::reply::Reply;
use super::{body, demo};
use crate::configuration;
use crate::scope::Scope;

/// Hands out a code. Without a configured key there is no such door.
pub(crate) async fn issue(env: &Env, request: &mut Request) -> Result<Reply, Refusal> {
    let known = configuration::issuer_key_hash(env).ok_or(Refusal::NotFound)?;
    let header = body::header(request, "Authorization").unwrap_or_default();
    let key = header.strip_prefix("Bearer ").unwrap_or_default();
    let hash = service::keyring::hexadecimal(&Sha256::digest(key.as_bytes()));
    if !bool::from(hash.as_bytes().ct_eq(known.as_bytes())) {
        return Err(Refusal::UnknownIssuer);
    }
    let asked: CodeRequest = body::read(request).await?;
    let scope = Scope::national(env)?;
    scope.check_numbers(env).await?;
    Reply::json(201, &demo::draw_code(env, scope, asked).await?)
}
