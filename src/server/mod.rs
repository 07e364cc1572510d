//! The HTTP server: the only place that knows actix-web. Below is every route there is.

mod admin;
mod answer;
mod api;
mod auth;
mod body;
mod connection;
mod histogram;
mod id;
mod in_force;
mod judge;
mod life;
mod metrics;
mod moderation;
mod policy;
mod receive;
mod record;
mod reload;
mod round;
mod serve;
mod shard;
mod signals;
mod webhook;

use actix_http::Request;
use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};

use moderation::Moderation;
use receive::receive;
use serve::Shared;
use webhook::Webhook;

pub use in_force::{Current, InForce, Rules};
pub use judge::{Judge, quiet_panics};
pub use metrics::Metrics;
pub use reload::{Finding, Loaded, Rejected, Reloads, Source, Trigger};
pub use serve::{BindError, Server};

/// What the platform may reach. It is handed requests by the protocol itself: an application with a
/// router would take a tenth of the time that a message takes.
async fn public(mut request: Request, shared: Data<Shared>) -> HttpResponse {
    let payload = request.take_payload();
    let path = request.path();
    // a slash too many in a dashboard must not turn the filter off
    let path = if path.starts_with("/cometchat") { path.strip_suffix('/').unwrap_or(path) } else { path };
    match (path, request.method()) {
        ("/cometchat", &Method::POST) => receive::<Webhook>(&request, payload, &shared).await,
        ("/cometchat/moderation", &Method::POST) => receive::<Moderation>(&request, payload, &shared).await,
        ("/cometchat" | "/cometchat/moderation", _) => answer::only_post(payload),
        ("/healthz", &Method::GET) => admin::healthz().await,
        ("/readyz", &Method::GET) => admin::readyz(shared).await,
        _ => answer::no_such_route(payload),
    }
}

/// What the operator may reach.
fn admin_routes(config: &mut ServiceConfig) {
    config
        .route("/healthz", web::get().to(admin::healthz))
        .route("/readyz", web::get().to(admin::readyz))
        .route("/metrics", web::get().to(admin::metrics))
        .route("/api/rules", web::get().to(api::rules))
        .service(call("/api/reload", web::post().to(api::reload)))
        .service(call("/api/rules/{id}/reset", web::post().to(api::reset)))
        .default_service(web::to(admin::no_such_route));
}

/// A call of the operator's that takes one method.
fn call(path: &str, route: actix_web::Route) -> actix_web::Resource {
    web::resource(path).route(route).default_service(web::to(api::only_post))
}
