//! What operators ask: is it alive, is it ready, what has it done.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::refuse;
use super::body::Stream;
use super::serve::Shared;

/// Whether the process answers at all.
pub(super) async fn healthz() -> HttpResponse {
    json(StatusCode::OK, r#"{"ok":true}"#.into())
}

/// Whether a load balancer should send messages here.
pub(super) async fn readyz(shared: Data<Shared>) -> HttpResponse {
    let why =
        if shared.is_draining() { Some("stopping".to_owned()) } else { shared.rules.current().unready() };
    match why {
        None => json(StatusCode::OK, r#"{"ready":true}"#.into()),
        Some(why) => {
            let body = serde_json::json!({"ready": false, "why": why});
            json(StatusCode::SERVICE_UNAVAILABLE, body.to_string())
        }
    }
}

/// Everything that is counted, as OpenMetrics text.
pub(super) async fn metrics(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    if !shared.admin_guard.admits(request.headers()) {
        return HttpResponse::Unauthorized()
            .insert_header((WWW_AUTHENTICATE, "Basic realm=\"premod\""))
            .finish();
    }
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8"))
        .body(shared.metrics.encode())
}

/// Answers a path that there is not.
pub(super) async fn no_such_route(payload: Payload) -> HttpResponse {
    let why = r#"{"error":"no such route","routes":["GET /healthz","GET /readyz","GET /metrics","GET /api/rules","POST /api/reload","POST /api/rules/{id}/reset"]}"#;
    refuse(StatusCode::NOT_FOUND, why, Stream::new(payload.into_inner()))
}

fn json(status: StatusCode, body: String) -> HttpResponse {
    // whoever asks without a credential does not keep a connection
    HttpResponse::build(status).insert_header((CONTENT_TYPE, "application/json")).force_close().body(body)
}
