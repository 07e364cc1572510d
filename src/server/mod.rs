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
mod signals;
mod webhook;

use actix_web::web::{self, ServiceConfig};

use moderation::Moderation;
use receive::receive;
use webhook::Webhook;

pub use in_force::{Current, InForce, Rules};
pub use judge::{Judge, quiet_panics};
pub use metrics::Metrics;
pub use reload::{Finding, Loaded, Rejected, Reloads, Source, Trigger};
pub use serve::{BindError, Server};

/// What the platform may reach.
fn public_routes(config: &mut ServiceConfig) {
    post(config, "/cometchat", || web::post().to(receive::<Webhook>));
    post(config, "/cometchat/moderation", || web::post().to(receive::<Moderation>));
    config
        .route("/healthz", web::get().to(admin::healthz))
        .route("/readyz", web::get().to(admin::readyz))
        .default_service(web::to(answer::no_such_route));
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

/// A resource that takes one method and says so to every other.
fn post(config: &mut ServiceConfig, path: &str, route: fn() -> actix_web::Route) {
    // A slash too many in a dashboard must not turn the filter off. Two resources, because one of
    // two paths is looked for by a regular expression, which takes as long as reading a message.
    for path in [path, &format!("{path}/")] {
        let resource = web::resource(path).route(route()).default_service(web::to(answer::only_post));
        config.service(resource);
    }
}

/// A call of the operator's that takes one method.
fn call(path: &str, route: actix_web::Route) -> actix_web::Resource {
    web::resource(path).route(route).default_service(web::to(api::only_post))
}
