//! The protocols the lab's hosts serve. A server for one more is one file here and one line in [`KINDS`]; what the file has to have is
//! said in [`super::service`].

pub(super) mod dns;
mod echo;
mod http;
mod https;
mod silence;
#[cfg(test)]
mod stories;

use super::service::ServiceKind;

/// All of them, in the order in which they are listed where one is asked for that is not there.
pub(super) static KINDS: [&ServiceKind; 5] = [&http::KIND, &https::KIND, &dns::KIND, &echo::KIND, &silence::KIND];

/// The kind of this name.
pub(super) fn kind(name: &str) -> Option<&'static ServiceKind> {
    KINDS.into_iter().find(|kind| kind.name == name)
}
