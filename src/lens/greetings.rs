//! How protocols are told in which the server speaks first: by the server's port, by its greeting, by the client's first command.

use super::protocol::{FlowOpening, FlowTransport, ProtocolClaim, begins_with};
use crate::wire::Side;

/// How such a protocol begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Greeting {
    /// Where its servers listen.
    pub(super) ports: &'static [u16],
    /// What a greeting begins with.
    pub(super) begins: &'static [&'static [u8]],
    /// What a greeting that refuses begins with: told by the port alone, since other protocols have them too.
    pub(super) refuses: &'static [&'static [u8]],
    /// A word that only this protocol's servers have in the first line of their greeting; empty where `begins` is enough.
    pub(super) word: &'static str,
    /// A word that servers of a protocol have whose greetings begin alike.
    pub(super) other_word: &'static str,
    /// Commands that only this protocol has.
    pub(super) commands: &'static [&'static str],
    /// Commands that others have too: they are this protocol's where nothing else tells.
    pub(super) common: &'static [&'static str],
}

/// Does a flow begin as `greeting` says? Undecided while the first line of the greeting has not ended, and after one that leaves it open
/// until the client's first line has.
pub(super) fn greeting_claim(opening: &FlowOpening<'_>, greeting: &Greeting) -> ProtocolClaim {
    let served = opening.serves(greeting.ports);
    match opening.first {
        _ if opening.transport == FlowTransport::Datagrams => ProtocolClaim::No,
        None => ProtocolClaim::Undecided,
        // An impatient client, where such servers listen.
        Some(Side::Client) if served => by_command(opening, greeting),
        Some(Side::Client) => ProtocolClaim::No,
        Some(Side::Server) => {
            let refusals = if served { greeting.refuses } else { &[] };
            let begins = greeting.begins.iter().chain(refusals);
            let claims = begins.map(|begin| begins_with(opening.server, begin));
            match strongest(claims) {
                ProtocolClaim::Yes if served || greeting.word.is_empty() => ProtocolClaim::Yes,
                ProtocolClaim::Yes => by_greeting(opening, greeting),
                other => other,
            }
        }
    }
}

/// The first line of the greeting, and what the client says to it.
fn by_greeting(opening: &FlowOpening<'_>, greeting: &Greeting) -> ProtocolClaim {
    let Some(line) = first_line(opening.server) else { return ProtocolClaim::Undecided };
    let has = |word: &str| {
        !word.is_empty() && line.windows(word.len()).any(|some| some.eq_ignore_ascii_case(word.as_bytes()))
    };
    match (has(greeting.word), has(greeting.other_word)) {
        (true, false) => ProtocolClaim::Yes,
        (false, true) => ProtocolClaim::No,
        (true, true) | (false, false) => by_command(opening, greeting),
    }
}

fn by_command(opening: &FlowOpening<'_>, greeting: &Greeting) -> ProtocolClaim {
    let Some(line) = first_line(opening.client) else { return ProtocolClaim::Undecided };
    let verb = line.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let mut known = greeting.commands.iter().chain(greeting.common);
    if known.any(|command| verb.eq_ignore_ascii_case(command.as_bytes())) {
        ProtocolClaim::Yes
    } else {
        ProtocolClaim::No
    }
}

/// The first line, once it has ended.
fn first_line(octets: &[u8]) -> Option<&[u8]> {
    octets.iter().position(|octet| *octet == b'\n').and_then(|end| octets.get(..end))
}

/// Yes if any says yes, else undecided if any may still.
fn strongest(claims: impl Iterator<Item = ProtocolClaim>) -> ProtocolClaim {
    claims.fold(ProtocolClaim::No, |strongest, claim| match (strongest, claim) {
        (ProtocolClaim::Yes, _) | (_, ProtocolClaim::Yes) => ProtocolClaim::Yes,
        (ProtocolClaim::Undecided, _) | (_, ProtocolClaim::Undecided) => ProtocolClaim::Undecided,
        (ProtocolClaim::No, ProtocolClaim::No) => ProtocolClaim::No,
    })
}
