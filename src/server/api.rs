//! `/api/…` on the operator's listener: the rules in force, and what may be done about them.
//!
//! A page that an operator visits must not be able to call this for it. So a name other than those
//! that are known to mean this server is refused, which stops pages that rebind their own name to it,
//! and what changes anything asks for a header that no page can send elsewhere unasked.

use std::net::IpAddr;
use std::time::SystemTime;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HOST, WWW_AUTHENTICATE};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::judge::Judge as _;
use super::life::Standing;
use super::reload::{Changes, Rejected, milliseconds};
use super::serve::Shared;
use crate::engine::{Engine, Mode, Rule};

/// The header that no page sends elsewhere unasked.
const ADMIN: &str = "x-premod-admin";

/// `POST /api/reload`: reads the rules now, and tells what came of it.
pub(super) async fn reload(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    if let Some(refusal) = refusal(&request, &shared, true) {
        return refusal;
    }
    let outcome = match shared.reloads.get() {
        Some(reloads) => reloads.call().await,
        None => None,
    };
    let current = shared.rules.current();
    match outcome {
        None => error(StatusCode::SERVICE_UNAVAILABLE, "there is nothing to reload from"),
        Some(Ok(changes)) => {
            let Changes { added, removed, edited } = changes.clone().unwrap_or_default();
            let body = json!({
                "revision": current.revision(),
                "changed": changes.is_some(),
                "added": added,
                "removed": removed,
                "edited": edited,
            });
            answer(StatusCode::OK, &body)
        }
        Some(Err(Rejected { revision, found })) => {
            let body = json!({
                "error": "the rules are in error; those in force stay",
                "revision": current.revision(),
                "rejected": revision,
                "found": found,
            });
            answer(StatusCode::UNPROCESSABLE_ENTITY, &body)
        }
    }
}

/// `GET /api/rules`: what is in force, and how each rule stands.
pub(super) async fn rules(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    if let Some(refusal) = refusal(&request, &shared, false) {
        return refusal;
    }
    let current = shared.rules.current();
    let rejected = shared.reloading.health().rejected.map(|(at, Rejected { revision, found })| {
        json!({"at": milliseconds(at), "revision": revision, "found": found})
    });
    let now = milliseconds(SystemTime::now());
    let rules: Vec<Value> = current.engine().map_or_else(Vec::new, |engine| {
        let tripped: Vec<usize> = engine.tripped().collect();
        let on = engine.rules().rules().iter().enumerate().map(|(at, rule)| {
            let standing = current.life().standing(at);
            let state = state(rule, tripped.contains(&at), now);
            told(rule, state, Some(standing))
        });
        on.chain(engine.rules().off().iter().map(|rule| told(rule, "off", None))).collect()
    });
    let body = json!({
        "revision": current.revision(),
        "loaded_at": milliseconds(current.since()),
        "config_ok": rejected.is_none(),
        "rejected": rejected,
        "rules": rules,
    });
    answer(StatusCode::OK, &body)
}

/// `POST /api/rules/{id}/reset`: a rule that was set to shadow counts again.
pub(super) async fn reset(request: HttpRequest, id: Path<String>, shared: Data<Shared>) -> HttpResponse {
    if let Some(refusal) = refusal(&request, &shared, true) {
        return refusal;
    }
    let current = shared.rules.current();
    let found = current.engine().and_then(|engine| Some((engine, index(engine, &id)?)));
    let Some((engine, rule)) = found else {
        return error(StatusCode::NOT_FOUND, "there is no such rule in force");
    };
    let was_tripped = current.life().confirm(engine, rule);
    tracing::warn!(rule = *id, was_tripped, "a rule was reset: it is not tripped again until it is edited");
    answer(StatusCode::OK, &json!({"rule": *id, "was_tripped": was_tripped}))
}

/// Answers a method that a path does not take.
pub(super) async fn only_post() -> HttpResponse {
    let mut refusal = error(StatusCode::METHOD_NOT_ALLOWED, "only POST here");
    refusal.headers_mut().insert(ALLOW, actix_web::http::header::HeaderValue::from_static("POST"));
    refusal
}

/// Why a call is refused, if it is.
fn refusal(request: &HttpRequest, shared: &Shared, changes: bool) -> Option<HttpResponse> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !means_this_server(host, &shared.config.admin.hosts) {
        return Some(error(StatusCode::FORBIDDEN, "the Host is not in admin.hosts"));
    }
    if !shared.admin_guard.admits(request.headers()) {
        let mut refusal = error(StatusCode::UNAUTHORIZED, "no valid credential");
        let challenge = actix_web::http::header::HeaderValue::from_static("Basic realm=\"premod\"");
        refusal.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        return Some(refusal);
    }
    if !changes {
        return None;
    }
    if request.headers().get(ADMIN).is_none_or(|value| value != "1") {
        return Some(error(StatusCode::FORBIDDEN, "X-Premod-Admin: 1 is missing"));
    }
    let content = request.headers().get(CONTENT_TYPE).and_then(|content| content.to_str().ok());
    let essence = content.and_then(|content| content.split(';').next()).unwrap_or_default();
    (!essence.trim().eq_ignore_ascii_case("application/json"))
        .then(|| error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type: application/json is missing"))
}

/// Whether a `Host` can only mean this server: an address, `localhost`, or a name that is known.
fn means_this_server(host: &str, known: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    address.parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || known.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn index(engine: &Engine, id: &str) -> Option<usize> {
    engine.rules().rules().iter().position(|rule| rule.id == id)
}

/// How a rule that is on judges at this moment.
fn state(rule: &Rule, tripped: bool, now: i64) -> &'static str {
    if rule.expires.is_some_and(|expires| expires <= now) {
        "expired"
    } else if rule.mode == Mode::Shadow {
        "shadow"
    } else if tripped {
        "tripped"
    } else if rule.sample.is_some() {
        "sampled"
    } else {
        "enforced"
    }
}

fn told(rule: &Rule, state: &str, standing: Option<Standing>) -> Value {
    let mode = match rule.mode {
        Mode::Enforce => "enforce",
        Mode::Shadow => "shadow",
        Mode::Off => "off",
    };
    json!({
        "id": rule.id,
        "why": rule.why,
        "owner": rule.owner,
        "action": rule.action.name(),
        "mode": mode,
        "sample": rule.sample.map(|hundredths| f64::from(hundredths) / 10_000.0),
        "expires": rule.expires,
        "state": state,
        "hits": standing.map(|standing| standing.hits),
        "edited_at": standing.and_then(|standing| standing.edited).map(milliseconds),
        "alarm": standing.is_some_and(|standing| standing.alarmed),
    })
}

fn error(status: StatusCode, why: &str) -> HttpResponse {
    answer(status, &json!({ "error": why }))
}

fn answer(status: StatusCode, body: &Value) -> HttpResponse {
    // what a call's body holds is not read, so no second call may follow it
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "application/json"))
        .force_close()
        .body(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_mean_this_server_pass() {
        let known = ["premod.internal".to_owned()];
        for (host, means) in [
            ("127.0.0.1:8081", true),
            ("10.0.0.7", true),
            ("[::1]:8081", true),
            ("[::1]", true),
            ("localhost:8081", true),
            ("Premod.Internal:8081", true),
            ("evil.example:8081", false),
            ("127.0.0.1.evil.example", false),
            ("localhost.evil.example", false),
            ("", false),
        ] {
            assert_eq!(means_this_server(host, &known), means, "{host}");
        }
    }
}
