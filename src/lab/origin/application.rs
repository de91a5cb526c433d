//! A program behind a site: it makes pages for each request and remembers, in tables of its own, what it is to know at the next one.
//!
//! HTTP is stateless (RFC 9110 §3.3): whatever a program knows of a visitor it finds by what the request brings, usually a cookie.
//! Which programs there are is in the lab's `applications`; here is what all of them have to have.

use std::{fmt, time::SystemTime};

use super::{
    OriginAction,
    exchange::{OriginRequest, OriginResponse},
    pages::refusal,
    request_cookies::RequestCookies,
    target::Resource,
};
use crate::{
    proto::http::form::{FormData, FormError, URLENCODED},
    store,
    wire::FlowId,
};

/// The program of a site. One is shared by every server of the site.
pub(crate) trait Application: fmt::Debug + Send + Sync {
    /// What may be done at a path, as the `Allow` line has it; `None` where the program has nothing and the site's files count.
    fn methods(&self, path: &str) -> Option<&'static str>;

    /// The answer to a request for one of its paths, by one of its methods other than OPTIONS.
    ///
    /// # Errors
    /// Its tables cannot be read or written: what is not remembered must not be answered.
    fn answer(&self, request: &ApplicationRequest<'_>) -> Result<OriginAction, store::Error>;
}

/// A request as a program gets it: taken apart.
#[derive(Clone, Debug)]
pub(crate) struct ApplicationRequest<'a> {
    pub(crate) whole: &'a OriginRequest,
    /// Decoded, without the query.
    pub(crate) path: &'a str,
    /// The query, as it is written.
    pub(crate) raw_query: &'a str,
    /// The fields of the query: a form sent by the URL method.
    pub(crate) query: FormData,
    /// The fields of a form sent by POST.
    pub(crate) form: FormData,
    pub(crate) cookies: RequestCookies,
    /// The world's date.
    pub(crate) now: SystemTime,
}

impl ApplicationRequest<'_> {
    /// Is it a POST?
    pub(crate) fn is_post(&self) -> bool {
        self.whole.method == "POST"
    }

    /// The page it was asked for from, where the client says so (RFC 9110 §10.1.3).
    pub(crate) fn referer(&self) -> Option<&str> {
        self.whole.fields.text("Referer").filter(|referer| !referer.is_empty())
    }

    /// The flow it came in, as a cause of what it changes.
    pub(crate) fn flow(&self) -> Option<FlowId> {
        self.whole.flow.as_ref().map(crate::wire::FlowHandle::id)
    }

    /// `GET /cart`, for the sentence that says why a row was changed.
    pub(crate) fn line(&self) -> String {
        let target: String = self.whole.target.chars().take(TARGET_SHOWN).collect();
        format!("{} {target}", self.whole.method)
    }
}

/// The program's answer; what it cannot read is refused before it is asked.
pub(super) fn respond(
    application: &dyn Application,
    request: &OriginRequest,
    resource: &Resource,
    now: SystemTime,
) -> OriginAction {
    let raw_query = resource.query.as_deref().unwrap_or_default();
    let query = match FormData::from_urlencoded(raw_query.as_bytes()) {
        Ok(query) => query,
        Err(error) => return refused("The query", &error).into(),
    };
    let form = if request.method == "POST" {
        let media_type = request.fields.text("Content-Type").unwrap_or(URLENCODED);
        match FormData::read(media_type, &request.content) {
            Ok(form) => form,
            Err(error) => return refused("The form", &error).into(),
        }
    } else {
        FormData::default()
    };
    let cookies = RequestCookies::of(&request.fields);
    let path = resource.path.as_str();
    let asked = ApplicationRequest { whole: request, path, raw_query, query, form, cookies, now };
    application.answer(&asked).unwrap_or_else(|error| not_remembered(&error).into())
}

fn refused(what: &str, error: &FormError) -> OriginResponse {
    refusal(error.status(), &format!("{what} is not read: {error}."), Some(error.clause()))
}

/// 500 where the program's tables fail it.
pub(crate) fn not_remembered(error: &store::Error) -> OriginResponse {
    let sentence = format!("The program behind this page could not use its tables: {error}.");
    refusal(500, &sentence, Some("RFC 9110 §15.6.1"))
}

/// Characters of a target that the history repeats.
const TARGET_SHOWN: usize = 120;
