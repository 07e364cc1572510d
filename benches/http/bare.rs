//! The yardstick: the least that an actix-web handler for this contract can do.
//!
//! It reads a body under the same limit with actix-web's own extractor, parses the fields that
//! premod reads with serde's derive, borrowed from the body, and answers `{}`: no credential, no
//! rules, no log.

use std::borrow::Cow;
use std::hint::black_box;
use std::net::SocketAddr;

use actix_web::http::header::ContentType;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The most that is read of a body, in bytes: 256 KiB.
const BODY_LIMIT: usize = 256 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    trigger: Cow<'a, str>,
    #[serde(borrow)]
    app_id: Cow<'a, str>,
    #[serde(borrow)]
    webhook: Cow<'a, str>,
    #[serde(borrow)]
    data: Message<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    #[serde(borrow)]
    conversation_id: Cow<'a, str>,
    #[serde(borrow)]
    sender: Cow<'a, str>,
    #[serde(borrow)]
    receiver_type: Cow<'a, str>,
    #[serde(borrow)]
    receiver: Cow<'a, str>,
    #[serde(borrow)]
    category: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    data: Content<'a>,
    sent_at: i64,
    #[serde(borrow, default)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    muid: Cow<'a, str>,
    #[serde(borrow, default)]
    parent_id: Cow<'a, str>,
    #[serde(borrow, default)]
    tags: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
    #[serde(borrow, default)]
    url: Cow<'a, str>,
    #[serde(borrow, default)]
    attachments: Option<&'a RawValue>,
    #[serde(borrow, default)]
    custom_data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    interactive_data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    mentions: Option<&'a RawValue>,
    #[serde(borrow)]
    entities: Entities<'a>,
}

#[derive(Deserialize)]
struct Entities<'a> {
    #[serde(borrow)]
    sender: Wrapper<'a>,
    #[serde(borrow)]
    receiver: Wrapper<'a>,
}

#[derive(Deserialize)]
struct Wrapper<'a> {
    #[serde(borrow)]
    entity: Entity<'a>,
}

#[derive(Deserialize)]
struct Entity<'a> {
    #[serde(borrow, alias = "guid")]
    uid: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    role: Cow<'a, str>,
    #[serde(borrow, default)]
    tags: Option<&'a RawValue>,
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "type")]
    kind: Cow<'a, str>,
}

/// Serves with one worker on a free loopback port what `drops` says, tells `announce` which, and returns when it stops.
///
/// # Errors
/// When no port is to be had.
pub(crate) fn serve(
    drops: fn(&str) -> bool,
    announce: fn(SocketAddr),
) -> Result<(), Box<dyn std::error::Error>> {
    actix_web::rt::System::new().block_on(async {
        let app = move || {
            App::new()
                .app_data(web::PayloadConfig::new(BODY_LIMIT))
                .app_data(web::Data::new(Drops(drops)))
                .route("/cometchat", web::post().to(answer))
        };
        let server = HttpServer::new(app).workers(1).bind(("127.0.0.1", 0))?;
        server.addrs().into_iter().for_each(announce);
        server.run().await?;
        Ok(())
    })
}

/// What drops a text: nothing, for the yardstick itself.
struct Drops(fn(&str) -> bool);

async fn answer(body: web::Bytes, drops: web::Data<Drops>) -> HttpResponse {
    let parsed = std::str::from_utf8(&body).ok().and_then(|text| serde_json::from_str::<Envelope>(text).ok());
    let Some(envelope) = parsed else { return HttpResponse::BadRequest().finish() };
    consume(&envelope);
    let dropped = drops.0(&envelope.data.data.text);
    let body = if dropped { r#"{"action":"do_not_propagate"}"# } else { "{}" };
    HttpResponse::Ok().insert_header(ContentType::json()).body(body)
}

/// Keeps the compiler from leaving out what nobody uses.
fn consume(envelope: &Envelope<'_>) {
    black_box((&envelope.trigger, &envelope.app_id, &envelope.webhook));
    let message = &envelope.data;
    black_box((&message.conversation_id, &message.sender, &message.receiver_type, &message.receiver));
    black_box((&message.category, &message.kind, message.sent_at));
    black_box((&message.id, &message.muid, &message.parent_id, &message.tags));
    let content = &message.data;
    black_box((&content.text, &content.url, &content.attachments, &content.mentions));
    black_box((&content.custom_data, &content.interactive_data, &content.metadata));
    for Wrapper { entity } in [&content.entities.sender, &content.entities.receiver] {
        black_box((&entity.uid, &entity.name, &entity.role, &entity.tags, &entity.metadata, &entity.kind));
    }
}
