//! One operation: what it takes, what it answers, what it refuses.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation as Described, OperationBuilder, Parameter};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{AllOfBuilder, ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, ContentBuilder, Ref, RefOr, Required};
use wire::{BodyRule, Refusal, Route, issuer, json};

use crate::{ISSUER_KEY, schema};

mod answer;
mod header;
mod parameter;

use answer::{Answer, usual};

/// The schemas that the operations refer to, by name.
pub(crate) type Schemas = BTreeMap<String, RefOr<Schema>>;

const JSON: &str = "application/json";

pub(crate) struct Operation {
    id: String,
    tag: &'static str,
    summary: &'static str,
    description: &'static str,
    /// The JSON that it reads.
    body: Option<Content>,
    before: Option<Parameter>,
    answers: BTreeMap<u16, Answer>,
    with_key: bool,
    schemas: Schemas,
}

impl Operation {
    pub(crate) fn new(
        id: &str,
        tag: &'static str,
        summary: &'static str,
        description: &'static str,
    ) -> Self {
        Self {
            id: id.to_owned(),
            tag,
            summary,
            description,
            body: None,
            before: None,
            answers: BTreeMap::new(),
            with_key: false,
            schemas: Schemas::new(),
        }
    }

    /// The same operation in a demo realm: `status` becomes `demoStatus`.
    pub(crate) fn in_a_demo(mut self, tag: &'static str) -> Self {
        let (first, rest) = self.id.split_at_checked(1).unwrap_or_default();
        self.id = format!("demo{}{rest}", first.to_ascii_uppercase());
        self.tag = tag;
        self
    }

    /// It reads JSON. How large it may be, and whether it must be there, the route table says.
    pub(crate) fn takes<T: ToSchema>(mut self, example: impl Serialize) -> Self {
        self.body = Some(self.json::<T>(example));
        self.refuses(&Refusal::malformed(json::SHAPE), "")
            .refuses(&Refusal::TooLarge, "")
            .refuses(&Refusal::NotJson, "")
            .refuses(&Refusal::Encoded, "")
    }

    /// It lists a part, which ends where the address says: a pattern, and an example.
    pub(crate) fn goes_on(mut self, pattern: &str, example: String) -> Self {
        self.before = Some(parameter::before(pattern, example));
        self.refuses(
            &Refusal::malformed(issuer::BEFORE),
            "`before` is not what a `next` can say.",
        )
    }

    /// It asks for an issuer's key.
    pub(crate) fn with_key(mut self) -> Self {
        self.with_key = true;
        self.refuses(&Refusal::UnknownIssuer, "")
    }

    /// It answers JSON under this status code.
    pub(crate) fn answers<T: ToSchema>(
        mut self,
        status: u16,
        when: &str,
        example: impl Serialize,
    ) -> Self {
        let content = self.json::<T>(example);
        self.holds(status, when, JSON, content)
    }

    /// It answers a JSON list under this status code.
    pub(crate) fn answers_list<T: ToSchema>(
        mut self,
        status: u16,
        when: &str,
        example: impl Serialize,
    ) -> Self {
        let item = Ref::from_schema_name(self.add::<T>());
        let content = ContentBuilder::new()
            .schema(Some(ArrayBuilder::new().items(item)))
            .example(serde_json::to_value(example).ok());
        self.holds(status, when, JSON, content.build())
    }

    /// It answers text of this type under this status code.
    pub(crate) fn answers_text(
        self,
        status: u16,
        when: &str,
        media_type: &'static str,
        example: Option<String>,
    ) -> Self {
        let content = ContentBuilder::new()
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .example(example.map(Value::from));
        self.holds(status, when, media_type, content.build())
    }

    /// It answers bytes of this type, which no schema describes, under this status code.
    pub(crate) fn answers_bytes(self, status: u16, when: &str, media_type: &'static str) -> Self {
        self.holds(status, when, media_type, ContentBuilder::new().build())
    }

    /// Files among what is answered under this status code have names.
    pub(crate) fn names_files(mut self, status: u16) -> Self {
        let answer = self.answers.entry(status).or_default();
        answer.headers.insert("Content-Disposition", header::file());
        self
    }

    /// It answers a JSON object of no schema of ours.
    pub(crate) fn answers_anything(self, status: u16, when: &str) -> Self {
        let object = ObjectBuilder::new().schema_type(Type::Object).build();
        let content = Content::new(Some(Schema::Object(object)));
        self.holds(status, when, JSON, content)
    }

    fn holds(
        mut self,
        status: u16,
        when: &str,
        media_type: &'static str,
        content: Content,
    ) -> Self {
        let answer = self.answers.entry(status).or_default();
        answer.when.push(when.to_owned());
        answer.contents.insert(media_type, content);
        self
    }

    /// It answers nothing but this status code.
    pub(crate) fn answers_nothing(mut self, status: u16, when: &str) -> Self {
        let answer = self.answers.entry(status).or_default();
        answer.when.push(when.to_owned());
        self
    }

    /// It can be refused so; `when` says more than what the refusal says for every operation.
    pub(crate) fn refuses(mut self, refusal: &Refusal, when: &str) -> Self {
        let body = refusal.body();
        let example = body.and_then(|body| serde_json::from_str::<Value>(&body).ok());
        let content = example.map(|example| self.json::<schema::Message>(example));
        let answer = self.answers.entry(refusal.status()).or_default();
        let mut text = if when.is_empty() {
            usual(refusal).to_owned()
        } else {
            when.to_owned()
        };
        match content {
            Some(content) => answer.also_holds(content),
            None => text.push_str(" Without a body, and without a content type."),
        }
        answer.when.push(text);
        if refusal.retry_after().is_some() {
            let header = header::retry_after(answer.asks_for_work);
            answer.headers.insert("Retry-After", header);
        }
        if let Some(methods) = refusal.allowed() {
            answer.headers.insert("Allow", header::allow(&methods));
        }
        if let Some(challenge) = refusal.challenge() {
            let header = header::challenge(challenge);
            answer.headers.insert("WWW-Authenticate", header);
        }
        if let Some(coding) = refusal.coding() {
            let header = header::coding(coding);
            answer.headers.insert("Accept-Encoding", header);
        }
        self
    }

    /// It can be refused until some work is done: this challenge, for instance.
    pub(crate) fn asks_for_work<T: ToSchema>(
        mut self,
        challenge: wire::api::CaptchaReply<impl Serialize>,
    ) -> Self {
        let refusal = Refusal::work_needed(challenge);
        let body = refusal.body().unwrap_or_default();
        let example = serde_json::from_str::<Value>(&body).unwrap_or_default();
        let both = [self.add::<schema::Message>(), self.add::<T>()];
        let both = both.into_iter().map(Ref::from_schema_name);
        let schema = both.fold(AllOfBuilder::new(), AllOfBuilder::item);
        let content = ContentBuilder::new()
            .schema(Some(schema))
            .example(Some(example))
            .build();
        let mut asking = self.holds(refusal.status(), usual(&refusal), JSON, content);
        let answer = asking.answers.entry(refusal.status()).or_default();
        answer.asks_for_work = true;
        asking
    }

    /// It can be refused until some work is done, or some time has passed: with this body.
    pub(crate) fn asks_for_work_or_time<T: ToSchema>(mut self, refusal: &Refusal) -> Self {
        let body = refusal.body().unwrap_or_default();
        let example = serde_json::from_str::<Value>(&body).unwrap_or_default();
        let content = self.json::<T>(example);
        let mut asking = self.holds(refusal.status(), usual(refusal), JSON, content);
        let answer = asking.answers.entry(refusal.status()).or_default();
        let header = header::retry_after(false);
        answer.headers.insert("Retry-After", header);
        asking
    }

    /// The operation as OpenAPI has it, at this address, of whose body so much is read; what it refers to joins
    /// `schemas`.
    pub(crate) fn finish(self, path: &str, rule: BodyRule, schemas: &mut Schemas) -> Described {
        let mut whole = match Route::find(None, path) {
            Err(wrong_method) => self.refuses(&wrong_method, ""),
            Ok(_) => self,
        };
        schemas.append(&mut whole.schemas);
        let mut operation = OperationBuilder::new()
            .operation_id(Some(whole.id))
            .tag(whole.tag)
            .summary(Some(whole.summary))
            .description(Some(whole.description))
            .request_body(whole.body.and_then(|content| body(content, rule)));
        for name in path.split('/').filter_map(|part| part.strip_prefix('{')) {
            operation = operation.parameter(parameter::named(name.trim_end_matches('}')));
        }
        if let Some(before) = whole.before {
            operation = operation.parameter(before);
        }
        for (status, answer) in whole.answers {
            operation = operation.response(status.to_string(), answer.finish());
        }
        if whole.with_key {
            let no_scopes: [&str; 0] = [];
            operation = operation.security(SecurityRequirement::new(ISSUER_KEY, no_scopes));
        }
        operation.build()
    }

    fn json<T: ToSchema>(&mut self, example: impl Serialize) -> Content {
        let name = self.add::<T>();
        ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(name)))
            .example(serde_json::to_value(example).ok())
            .build()
    }

    fn add<T: ToSchema>(&mut self) -> String {
        let name = T::name().into_owned();
        let mut used = vec![(name.clone(), T::schema())];
        T::schemas(&mut used);
        for (name, schema) in used {
            self.schemas.insert(name, schema::exact(schema));
        }
        name
    }
}

/// The body of which the route table says this; none when it says that none is read.
fn body(content: Content, rule: BodyRule) -> Option<RequestBody> {
    let required = match rule {
        BodyRule::Nothing => return None,
        BodyRule::Json | BodyRule::Report => Required::True,
        BodyRule::JsonIfAny => Required::False,
    };
    let most = rule.most_bytes();
    let kib = most / 1_024;
    let size = format!(
        "JSON of at most {most} bytes ({kib} KiB). Fields that are not listed are accepted and dropped; a key \
         that stands twice in one object, or more than 64 keys in one, are refused."
    );
    let body = RequestBodyBuilder::new().description(Some(size));
    Some(body.content(JSON, content).required(Some(required)).build())
}
