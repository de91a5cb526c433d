//! What methods, status codes and header fields are for: one sentence and the section that defines them.

use crate::lens::glossary::{GlossaryEntry, find, word};

/// A status code explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Code.
    pub code: u16,
    /// Its usual reason phrase.
    pub reason: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// Where it is defined.
    pub clause: &'static str,
}

/// The field called `name`, case-insensitive.
pub fn field(name: &str) -> Option<&'static GlossaryEntry> {
    find(FIELDS, name)
}

/// The method `name`; methods are case-sensitive (RFC 9110 §9.1).
pub fn method(name: &str) -> Option<&'static GlossaryEntry> {
    METHODS.iter().find(|word| word.name == name)
}

/// The status `code`.
pub fn status(code: u16) -> Option<&'static Status> {
    STATUSES.iter().find(|status| status.code == code)
}

/// What the first digit of a status code says, known or not (RFC 9110 §15).
pub fn class(code: u16) -> &'static str {
    match code / 100 {
        1 => "Informational: the request was received, the final answer follows.",
        2 => "Success: the request was received, understood and accepted.",
        3 => "Redirection: more has to be done, usually at another URL.",
        4 => "Client error: the server refuses the request as it stands; the answer itself may be quite right.",
        5 => "Server error: the server failed at a request that looks right.",
        _ => "Not a class that is defined: treated as a server error.",
    }
}

/// All known fields, by name; HTTP/2's pseudo-header fields first.
pub const FIELDS: &[GlossaryEntry] = &[
    word(":authority", "HTTP/2: which host is meant, as Host says in HTTP/1.1.", "RFC 9113 §8.3.1"),
    word(":method", "HTTP/2: the method; its request line is made of such fields.", "RFC 9113 §8.3.1"),
    word(":path", "HTTP/2: which object, path and query.", "RFC 9113 §8.3.1"),
    word(":protocol", "HTTP/2: which protocol an extended CONNECT asks for.", "RFC 8441 §4"),
    word(":scheme", "HTTP/2: http or https.", "RFC 9113 §8.3.1"),
    word(":status", "HTTP/2: the status code.", "RFC 9113 §8.3.2"),
    word("Accept", "Which media types the client can use, and how gladly.", "RFC 9110 §12.5.1"),
    word("Accept-Charset", "Which character encodings the client can use; deprecated.", "RFC 9110 §12.5.2"),
    word("Accept-Encoding", "Which content codings (compression) the client can undo.", "RFC 9110 §12.5.3"),
    word("Accept-Language", "Which natural languages the user reads, and how gladly.", "RFC 9110 §12.5.4"),
    word("Accept-Ranges", "Whether parts of this object can be asked for.", "RFC 9110 §14.3"),
    word("Access-Control-Allow-Origin", "Which other sites' scripts may read this response.", "Fetch standard §3.3.3"),
    word("Age", "Seconds since the response was made or validated at the origin; a cache says so.", "RFC 9111 §5.1"),
    word("Allow", "Which methods this object supports.", "RFC 9110 §10.2.1"),
    word("Alt-Svc", "Another place and protocol where the same origin can be had.", "RFC 7838 §3"),
    word("Authorization", "The client's credentials for this object.", "RFC 9110 §11.6.2"),
    word("Cache-Control", "What caches may and must do with this message.", "RFC 9111 §5.2"),
    word("Cache-Status", "What each cache on the way did with the request.", "RFC 9211 §2"),
    word("Clear-Site-Data", "Asks the browser to forget what it keeps of this site.", "Clear Site Data §3"),
    word(
        "Connection",
        "Options for this connection alone: close, keep-alive, and fields that go no further.",
        "RFC 9110 §7.6.1",
    ),
    word("Content-Disposition", "Whether to show the content or to save it, and under which name.", "RFC 6266 §4"),
    word("Content-Encoding", "Which coding (compression) the content is in.", "RFC 9110 §8.4"),
    word("Content-Language", "The natural language of the intended audience.", "RFC 9110 §8.5"),
    word("Content-Length", "How many octets of content follow the head.", "RFC 9110 §8.6"),
    word("Content-Location", "The URL of exactly this version of the object.", "RFC 9110 §8.7"),
    word("Content-MD5", "A checksum of the content; removed from HTTP in 2014.", "RFC 1864 §2"),
    word("Content-Range", "Which part of the whole object this is.", "RFC 9110 §14.4"),
    word(
        "Content-Security-Policy",
        "Which sources a page may load scripts, pictures and so on from.",
        "CSP Level 3 §3.1",
    ),
    word("Content-Type", "The media type of the content: how to read it.", "RFC 9110 §8.3"),
    word("Cookie", "What the server asked this client to remember, sent back.", "RFC 6265 §4.2"),
    word("Date", "When the message was made.", "RFC 9110 §6.6.1"),
    word("DNT", "Asks not to be tracked; no longer standardised.", "Tracking Preference Expression §5.2"),
    word("ETag", "A tag for this version of the object: equal tags, equal octets.", "RFC 9110 §8.8.3"),
    word("Expect", "What the client waits for before it sends its content: 100-continue.", "RFC 9110 §10.1.1"),
    word("Expires", "From when on a cached response is stale.", "RFC 9111 §5.3"),
    word("Forwarded", "Whom a proxy forwarded the request for.", "RFC 7239 §4"),
    word("From", "Mailbox of the person behind a robot.", "RFC 9110 §10.1.2"),
    word("Host", "Which host of this server is meant: one address can serve many names.", "RFC 9110 §7.2"),
    word("HTTP2-Settings", "Settings for an upgrade to HTTP/2 without TLS; obsolete.", "RFC 7540 §3.2.1"),
    word("If-Match", "Do it only if the object still has one of these tags.", "RFC 9110 §13.1.1"),
    word(
        "If-Modified-Since",
        "Conditional GET: send it only if it changed after this date, else 304.",
        "RFC 9110 §13.1.3",
    ),
    word("If-None-Match", "Conditional GET: send it only if it has none of these tags, else 304.", "RFC 9110 §13.1.2"),
    word("If-Range", "Send the range only if the object is still the same, else all of it.", "RFC 9110 §13.1.5"),
    word("If-Unmodified-Since", "Do it only if the object did not change after this date.", "RFC 9110 §13.1.4"),
    word("Keep-Alive", "How long, and for how many requests, the connection is kept.", "RFC 2068 §19.7.1.1"),
    word("Last-Modified", "When the object last changed, as far as the server knows.", "RFC 9110 §8.8.2"),
    word("Link", "Other resources this one is related to.", "RFC 8288 §3"),
    word("Location", "Where to go (3xx), or what was created (201).", "RFC 9110 §10.2.2"),
    word("Max-Forwards", "How many proxies a TRACE or OPTIONS may still pass.", "RFC 9110 §7.6.2"),
    word("Origin", "Which site's page caused the request.", "RFC 6454 §7"),
    word("Pragma", "no-cache, from HTTP/1.0's days: deprecated.", "RFC 9111 §5.4"),
    word("Priority", "How urgent the response is, and whether parts of it are useful.", "RFC 9218 §5"),
    word("Proxy-Authenticate", "How a proxy wants the client to say who it is.", "RFC 9110 §11.7.1"),
    word("Proxy-Authorization", "The client's credentials for a proxy.", "RFC 9110 §11.7.2"),
    word(
        "Proxy-Connection",
        "What old browsers sent to proxies instead of Connection; not standard.",
        "RFC 9112 §C.2.2",
    ),
    word("Range", "Asks for parts of the object only.", "RFC 9110 §14.2"),
    word("Referer", "The page the request came from (misspelt since 1996).", "RFC 9110 §10.1.3"),
    word("Referrer-Policy", "How much of its URL a page may tell in Referer.", "Referrer Policy §8.1"),
    word("Retry-After", "When to try again.", "RFC 9110 §10.2.3"),
    word(
        "Sec-Fetch-Mode",
        "How a browser will use the response, so that servers can refuse misuse.",
        "Fetch Metadata §2.2",
    ),
    word("Server", "Which software answers.", "RFC 9110 §10.2.4"),
    word("Set-Cookie", "Asks the client to remember a name and value, and to send them back.", "RFC 6265 §4.1"),
    word("Strict-Transport-Security", "For so long, use this host by HTTPS only.", "RFC 6797 §6.1"),
    word(
        "TE",
        "Which transfer codings besides chunked the client can undo, and whether it reads trailers.",
        "RFC 9110 §10.1.4",
    ),
    word("Trailer", "Which fields follow the content.", "RFC 9110 §6.6.2"),
    word("Transfer-Encoding", "How the content is wrapped for this connection: chunked.", "RFC 9112 §6.1"),
    word("Upgrade", "Other protocols the sender could go on with on this connection.", "RFC 9110 §7.8"),
    word("Upgrade-Insecure-Requests", "The browser would rather have HTTPS.", "Upgrade Insecure Requests §3.2.1"),
    word("User-Agent", "Which software asks.", "RFC 9110 §10.1.5"),
    word("Vary", "Which request fields the choice of this response depended on.", "RFC 9110 §12.5.5"),
    word("Via", "Which proxies and gateways the message passed.", "RFC 9110 §7.6.3"),
    word("Warning", "What a cache had to say about staleness; obsolete.", "RFC 9111 §5.5"),
    word("WWW-Authenticate", "How the server wants the client to say who it is.", "RFC 9110 §11.6.1"),
    word("X-Content-Type-Options", "nosniff: the browser should believe Content-Type.", "Fetch standard §3.6"),
    word(
        "X-Forwarded-For",
        "Whom a proxy forwarded the request for; what everyone used before Forwarded.",
        "RFC 7239 §7.4",
    ),
    word("X-Frame-Options", "Whether the page may be shown inside another one.", "RFC 7034 §2"),
];

/// All registered methods a student meets.
pub const METHODS: &[GlossaryEntry] = &[
    word("GET", "Asks for the object.", "RFC 9110 §9.3.1"),
    word("HEAD", "Asks for the head only, as GET would give it.", "RFC 9110 §9.3.2"),
    word("POST", "Gives the object data to work with, as from a form.", "RFC 9110 §9.3.3"),
    word("PUT", "Stores the content under this URL.", "RFC 9110 §9.3.4"),
    word("DELETE", "Removes the object.", "RFC 9110 §9.3.5"),
    word("CONNECT", "Asks a proxy for a tunnel to a host.", "RFC 9110 §9.3.6"),
    word("OPTIONS", "Asks what can be done with the object, or with the server (*).", "RFC 9110 §9.3.7"),
    word("TRACE", "Asks for the request as it arrived.", "RFC 9110 §9.3.8"),
    word("PATCH", "Changes a part of the object.", "RFC 5789 §2"),
    word("PRI", "Not a method: the beginning of an HTTP/2 connection.", "RFC 9113 §3.4"),
];

/// All registered status codes a student meets.
pub const STATUSES: &[Status] = &[
    status_of(100, "Continue", "Go on and send the content.", "RFC 9110 §15.2.1"),
    status_of(
        101,
        "Switching Protocols",
        "From here on the connection speaks the protocol asked for in Upgrade.",
        "RFC 9110 §15.2.2",
    ),
    status_of(102, "Processing", "It takes a while.", "RFC 2518 §10.1"),
    status_of(
        103,
        "Early Hints",
        "Fields the final response will probably have, so that the browser can begin.",
        "RFC 8297 §2",
    ),
    status_of(200, "OK", "The request succeeded.", "RFC 9110 §15.3.1"),
    status_of(201, "Created", "The request made a new resource.", "RFC 9110 §15.3.2"),
    status_of(202, "Accepted", "The request will be worked on later.", "RFC 9110 §15.3.3"),
    status_of(
        203,
        "Non-Authoritative Information",
        "It succeeded, but a proxy changed the answer.",
        "RFC 9110 §15.3.4",
    ),
    status_of(204, "No Content", "It succeeded, and there is nothing to show.", "RFC 9110 §15.3.5"),
    status_of(205, "Reset Content", "It succeeded: clear the form.", "RFC 9110 §15.3.6"),
    status_of(206, "Partial Content", "The part that was asked for.", "RFC 9110 §15.3.7"),
    status_of(300, "Multiple Choices", "There are several versions: choose.", "RFC 9110 §15.4.1"),
    status_of(301, "Moved Permanently", "It has another URL for good: see Location.", "RFC 9110 §15.4.2"),
    status_of(302, "Found", "It is elsewhere for now: see Location.", "RFC 9110 §15.4.3"),
    status_of(303, "See Other", "The answer is at another URL: GET it.", "RFC 9110 §15.4.4"),
    status_of(304, "Not Modified", "What you have is still right: no content is sent.", "RFC 9110 §15.4.5"),
    status_of(
        307,
        "Temporary Redirect",
        "It is elsewhere for now; ask there with the same method.",
        "RFC 9110 §15.4.8",
    ),
    status_of(
        308,
        "Permanent Redirect",
        "It is elsewhere for good; ask there with the same method.",
        "RFC 9110 §15.4.9",
    ),
    status_of(400, "Bad Request", "The server cannot make sense of the request.", "RFC 9110 §15.5.1"),
    status_of(401, "Unauthorized", "Say who you are first: see WWW-Authenticate.", "RFC 9110 §15.5.2"),
    status_of(402, "Payment Required", "Reserved.", "RFC 9110 §15.5.3"),
    status_of(403, "Forbidden", "The server understood, and will not.", "RFC 9110 §15.5.4"),
    status_of(404, "Not Found", "There is no such object, or the server does not want to say so.", "RFC 9110 §15.5.5"),
    status_of(405, "Method Not Allowed", "The object exists, but not for this method: see Allow.", "RFC 9110 §15.5.6"),
    status_of(406, "Not Acceptable", "There is no version the client would accept.", "RFC 9110 §15.5.7"),
    status_of(407, "Proxy Authentication Required", "Say who you are to the proxy first.", "RFC 9110 §15.5.8"),
    status_of(
        408,
        "Request Timeout",
        "The request did not come to its end in time, so the server stops waiting and closes.",
        "RFC 9110 §15.5.9",
    ),
    status_of(409, "Conflict", "It does not fit the object's present state.", "RFC 9110 §15.5.10"),
    status_of(410, "Gone", "The object was here, and will not come back.", "RFC 9110 §15.5.11"),
    status_of(411, "Length Required", "Say Content-Length.", "RFC 9110 §15.5.12"),
    status_of(412, "Precondition Failed", "An If- condition does not hold.", "RFC 9110 §15.5.13"),
    status_of(413, "Content Too Large", "The content is larger than the server takes.", "RFC 9110 §15.5.14"),
    status_of(414, "URI Too Long", "The target is longer than the server reads.", "RFC 9110 §15.5.15"),
    status_of(415, "Unsupported Media Type", "The content is of a type the server does not take.", "RFC 9110 §15.5.16"),
    status_of(416, "Range Not Satisfiable", "The part asked for does not exist.", "RFC 9110 §15.5.17"),
    status_of(417, "Expectation Failed", "What Expect asks for cannot be done.", "RFC 9110 §15.5.18"),
    status_of(418, "(Unused)", "Reserved: an April joke took it, RFC 2324.", "RFC 9110 §15.5.19"),
    status_of(421, "Misdirected Request", "This server does not answer for that host.", "RFC 9110 §15.5.20"),
    status_of(422, "Unprocessable Content", "Well-formed, but it makes no sense.", "RFC 9110 §15.5.21"),
    status_of(426, "Upgrade Required", "Use another protocol: see Upgrade.", "RFC 9110 §15.5.22"),
    status_of(428, "Precondition Required", "Ask with an If- condition.", "RFC 6585 §3"),
    status_of(429, "Too Many Requests", "Slow down.", "RFC 6585 §4"),
    status_of(431, "Request Header Fields Too Large", "The fields are too many or too large.", "RFC 6585 §5"),
    status_of(451, "Unavailable For Legal Reasons", "A court or the like forbids it.", "RFC 7725 §3"),
    status_of(500, "Internal Server Error", "The server failed.", "RFC 9110 §15.6.1"),
    status_of(501, "Not Implemented", "The server does not know the method, or a transfer coding.", "RFC 9110 §15.6.2"),
    status_of(502, "Bad Gateway", "A proxy got a broken answer from the server behind it.", "RFC 9110 §15.6.3"),
    status_of(503, "Service Unavailable", "Too busy, or down for a while: see Retry-After.", "RFC 9110 §15.6.4"),
    status_of(504, "Gateway Timeout", "A proxy got no answer from the server behind it.", "RFC 9110 §15.6.5"),
    status_of(505, "HTTP Version Not Supported", "The server does not speak this version.", "RFC 9110 §15.6.6"),
    status_of(511, "Network Authentication Required", "Log in to the network first (a captive portal).", "RFC 6585 §6"),
];

const fn status_of(code: u16, reason: &'static str, meaning: &'static str, clause: &'static str) -> Status {
    Status { code, reason, meaning, clause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_in_order() {
        let names: Vec<_> = FIELDS.iter().map(|word| word.name.to_ascii_lowercase()).collect();
        assert!(names.is_sorted() && names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        assert!(FIELDS.len() >= 60);
        assert!(STATUSES.is_sorted_by(|a, b| a.code < b.code));
    }

    #[test]
    fn names_of_fields_are_case_insensitive_and_of_methods_are_not() {
        assert_eq!(field("etag").map(|word| word.name), Some("ETag"));
        assert_eq!(method("get"), None);
        assert_eq!(status(404).map(|status| status.reason), Some("Not Found"));
    }
}
