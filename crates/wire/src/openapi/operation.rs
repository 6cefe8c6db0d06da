//! One operation: what it takes, what it answers, what it refuses.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation as Described, OperationBuilder, Parameter, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{
    AllOfBuilder, AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, Type,
};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, ContentBuilder, Ref, RefOr, Required};

use super::schemas::Challenge;
use super::{ISSUER_KEY, examples, schemas};
use crate::api::CaptchaReply;
use crate::refusal::Message;
use crate::{Refusal, Route, field, json};

/// The schemas that the operations refer to, by name.
pub(super) type Schemas = BTreeMap<String, RefOr<Schema>>;

const JSON: &str = "application/json";

pub(super) struct Operation {
    id: String,
    tag: &'static str,
    summary: &'static str,
    description: &'static str,
    body: Option<RequestBody>,
    before: Option<Parameter>,
    answers: BTreeMap<u16, Answer>,
    with_key: bool,
    schemas: Schemas,
}

/// What is answered under one status code.
#[derive(Default)]
struct Answer {
    /// When: one sentence or more each.
    when: Vec<String>,
    /// By media type. There is none in some cases when `when` says so.
    contents: BTreeMap<&'static str, Content>,
    headers: BTreeMap<&'static str, Header>,
    /// Whether it may hold a challenge, in the place of a time to wait for.
    asks_for_work: bool,
}

impl Operation {
    pub(super) fn new(
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
    pub(super) fn in_a_demo(mut self, tag: &'static str) -> Self {
        let (first, rest) = self.id.split_at_checked(1).unwrap_or_default();
        self.id = format!("demo{}{rest}", first.to_ascii_uppercase());
        self.tag = tag;
        self
    }

    /// It asks for a JSON body of at most so many bytes.
    pub(super) fn takes<T: ToSchema>(self, most: usize, example: impl Serialize) -> Self {
        self.body::<T>(most, example, Required::True)
    }

    /// It reads a JSON body of at most so many bytes, or none.
    pub(super) fn may_take<T: ToSchema>(self, most: usize, example: impl Serialize) -> Self {
        self.body::<T>(most, example, Required::False)
    }

    fn body<T: ToSchema>(
        mut self,
        most: usize,
        example: impl Serialize,
        required: Required,
    ) -> Self {
        let content = self.json::<T>(example);
        let kib = most / 1_024;
        let size = format!(
            "JSON of at most {most} bytes ({kib} KiB). Fields that are not listed are accepted and dropped; a key \
             that stands twice in one object, or more than 64 keys in one, are refused."
        );
        let body = RequestBodyBuilder::new().description(Some(size));
        self.body = Some(body.content(JSON, content).required(Some(required)).build());
        self.refuses(&Refusal::malformed(json::SHAPE), "")
            .refuses(&Refusal::TooLarge, "")
            .refuses(&Refusal::NotJson, "")
    }

    /// It lists a part, which ends where the address says: a pattern, and an example.
    pub(super) fn goes_on(mut self, pattern: &str, example: String) -> Self {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(pattern));
        let parameter = Parameter::builder()
            .name("before")
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(
                "What `next` said, for the part of the list that follows.",
            ))
            .example(Some(example.into()))
            .schema(Some(schema));
        self.before = Some(parameter.build());
        self.refuses(
            &Refusal::malformed(field::BEFORE),
            "`before` is not what a `next` can say.",
        )
    }

    /// It asks for an issuer's key.
    pub(super) fn with_key(mut self) -> Self {
        self.with_key = true;
        self.refuses(&Refusal::UnknownIssuer, "")
    }

    /// It answers JSON under this status code.
    pub(super) fn answers<T: ToSchema>(
        mut self,
        status: u16,
        when: &str,
        example: impl Serialize,
    ) -> Self {
        let content = self.json::<T>(example);
        self.holds(status, when, JSON, content)
    }

    /// It answers a JSON list under this status code.
    pub(super) fn answers_list<T: ToSchema>(
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
    pub(super) fn answers_text(
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
    pub(super) fn answers_bytes(self, status: u16, when: &str, media_type: &'static str) -> Self {
        self.holds(status, when, media_type, ContentBuilder::new().build())
    }

    /// Files among what is answered under this status code have names.
    pub(super) fn names_files(mut self, status: u16) -> Self {
        let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String).build());
        let text =
            format!("{ONLY} a file: `attachment`, and a name that says of what and until when.");
        header.description = Some(text);
        let answer = self.answers.entry(status).or_default();
        answer.headers.insert("Content-Disposition", header);
        self
    }

    /// It answers a JSON object of no schema of ours.
    pub(super) fn answers_anything(self, status: u16, when: &str) -> Self {
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
    pub(super) fn answers_nothing(mut self, status: u16, when: &str) -> Self {
        let answer = self.answers.entry(status).or_default();
        answer.when.push(when.to_owned());
        self
    }

    /// It can be refused so; `when` says more than what the refusal says for every operation.
    pub(super) fn refuses(mut self, refusal: &Refusal, when: &str) -> Self {
        let body = refusal.body();
        let example = body.and_then(|body| serde_json::from_str::<Value>(&body).ok());
        let content = example.map(|example| self.json::<Message<'_>>(example));
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
            let header = retry_after(answer.asks_for_work);
            answer.headers.insert("Retry-After", header);
        }
        if let Some(methods) = refusal.allowed() {
            answer.headers.insert("Allow", allow(&methods));
        }
        self
    }

    /// It can be refused until some work is done.
    pub(super) fn asks_for_work(mut self) -> Self {
        let refusal = Refusal::work_needed(examples::captcha());
        let body = refusal.body().unwrap_or_default();
        let example = serde_json::from_str::<Value>(&body).unwrap_or_default();
        let both = [
            self.add::<Message<'_>>(),
            self.add::<CaptchaReply<Challenge>>(),
        ];
        self.add::<Challenge>();
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

    /// The operation as OpenAPI has it; what it refers to joins `schemas`.
    pub(super) fn finish(self, path: &str, schemas: &mut Schemas) -> Described {
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
            .request_body(whole.body);
        for name in path.split('/').filter_map(|part| part.strip_prefix('{')) {
            operation = operation.parameter(parameter(name.trim_end_matches('}')));
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

    /// A type that a generic one holds: the derivation does not find it.
    pub(super) fn holding<T: ToSchema>(mut self) -> Self {
        self.add::<T>();
        self
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
            self.schemas.insert(name, schemas::exact(schema));
        }
        name
    }
}

impl Answer {
    fn finish(self) -> Response {
        let mut response = ResponseBuilder::new().description(self.when.join(" Or: "));
        for (name, header) in self.headers {
            response = response.header(name, header);
        }
        for (media_type, content) in self.contents {
            response = response.content(media_type, content);
        }
        response.build()
    }

    /// JSON of another schema than what is known, perhaps; then either may come.
    fn also_holds(&mut self, content: Content) {
        let Some(known) = self.contents.get_mut(JSON) else {
            self.contents.insert(JSON, content);
            return;
        };
        if known.schema == content.schema {
            *known = content;
            return;
        }
        let either = [known.schema.take(), content.schema];
        let either = either
            .into_iter()
            .flatten()
            .fold(AnyOfBuilder::new(), AnyOfBuilder::item);
        known.schema = Some(either.into());
    }
}

/// When a refusal is answered, whatever the operation.
const fn usual(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Malformed(_) => {
            "The body or one of its fields is not as documented. `message` names the field and what to send, and \
             repeats nothing of what was sent."
        }
        Refusal::Unauthenticated => {
            "Well-formed, but its pseudonym, seal, time or the gap since the last question was refused; which of \
             them is not said."
        }
        Refusal::WrongCaptcha => "The captcha's solution is wrong, expired or used.",
        Refusal::UnknownCode => "The code is unknown, used or expired; which of them is not said.",
        Refusal::UnknownIssuer => "The issuer's key is missing or not in force.",
        Refusal::Forbidden(_) => "The key is in force, but may not do this; `message` says why.",
        Refusal::NotFound => "There is no such realm: it has ended, or this server offers none.",
        Refusal::WrongMethod(_) | Refusal::NeitherMethod(..) => {
            "Another method than this address answers."
        }
        Refusal::Conflict => {
            "`id` already names another request of this key. Its kind or its number of codes is another."
        }
        Refusal::Ended => {
            "Six months after the end of the state of emergency (Article 3) the service is over, and accounts are \
             deleted."
        }
        Refusal::TooLarge => "The body, or one of its lists, is larger than the documented limits.",
        Refusal::NotJson => "The content type is missing or is not `application/json`.",
        Refusal::WorkNeeded(_) => {
            "Over fifty wrong short codes came within the hour, so that a short code is tried for a proof of work \
             only. Solved as at registration, the challenge goes with the same report into `captcha` and `captchaId`; \
             it is good for this code once, within ten minutes. Whether the code is right is not said."
        }
        Refusal::TooMany(_) => "A limit was reached.",
        Refusal::UnknownIdentity => {
            "There is no key for the day of this pseudonym, or no such account: register again. The status code \
             is the deployed system's own."
        }
        Refusal::Unavailable => {
            "Storage or keys cannot be reached now. Nothing was lost: send the same request again."
        }
    }
}

/// How the description of a header begins that some answers under its status code lack.
const ONLY: &str = "Only with";

fn retry_after(or_work: bool) -> Header {
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0));
    let mut header = Header::new(seconds.build());
    let text = "Seconds after which trying again makes sense.";
    header.description = Some(if or_work {
        format!("{ONLY}out a challenge. {text}")
    } else {
        text.to_owned()
    });
    header
}

fn allow(methods: &str) -> Header {
    let only = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some([methods]));
    let mut header = Header::new(only.build());
    header.description = Some("The methods that this address answers.".to_owned());
    header
}

/// A parameter in the address.
fn parameter(name: &str) -> Parameter {
    let mut schema = ObjectBuilder::new().schema_type(Type::String);
    let mut parameter = Parameter::builder()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True);
    if let Some((pattern, description, example)) = match name {
        "session" => Some((
            "^[A-Za-z0-9_-]{75}$",
            "What `POST /demo` answered.",
            examples::session(),
        )),
        "id" => Some((
            "^[0-9a-f]{16}$",
            "The key's name, as it was answered when the key was made.",
            examples::key_id(),
        )),
        _ => None,
    } {
        schema = schema.pattern(Some(pattern));
        parameter = parameter
            .description(Some(description))
            .example(Some(example.into()));
    }
    parameter.schema(Some(schema)).build()
}
