//! The origin's end of an HTTP/2 connection: hyper carries it, the same origin answers. RFC 9113.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use h2::Reason;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::{
    body::{Body as HttpBody, Frame, Incoming, SizeHint},
    server::conn::http2,
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    MAX_REQUEST_CONTENT, OriginAction, OriginServer, SERVER,
    coded_stream::CodedStream,
    exchange::{Body, OriginRequest, OriginResponse},
    frame_faults::FrameFault,
    pages::refusal,
    tell,
};
use crate::{
    lab::conversation::Conversation,
    proto::http::{encode, message::Fields},
};

/// Serves one connection to its end.
pub(crate) async fn serve<S>(stream: S, origin: &OriginServer, about: &Conversation)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let activity = Arc::new(Activity::default());
    let service = {
        let (origin, about, activity) = (origin.clone(), about.clone(), Arc::clone(&activity));
        service_fn(move |request| {
            let (origin, about, activity) = (origin.clone(), about.clone(), Arc::clone(&activity));
            async move {
                activity.begin();
                let answer = answer(request, &origin, &about).await;
                activity.end(about.clock.now());
                answer
            }
        })
    };
    let stream = CodedStream::new(stream);
    let fault = stream.fault();
    let connection = http2::Builder::new(TokioExecutor::new())
        .auto_date_header(false)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(MAX_STREAMS)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        // An error here is the client's having gone or having broken the protocol; it has been told so.
        _ = connection.as_mut() => {
            if let Some(FrameFault { code, why, clause, .. }) = fault.get() {
                about.why(format!("the connection is closed with {code:?}: {why}"), Some(clause));
            }
            return;
        }
        () = activity.idle_for(origin, about) => {}
    }
    about.why(format!("closing: no request for {} s", origin.keep_alive.seconds), Some("RFC 9113 §5.4"));
    connection.as_mut().graceful_shutdown();
    connection.await.ok();
}

/// Whether anything is going on.
#[derive(Default)]
struct Activity {
    under_way: AtomicU32,
    last: Mutex<Duration>,
}

impl Activity {
    fn begin(&self) {
        self.under_way.fetch_add(1, Ordering::Relaxed);
    }

    fn end(&self, now: Duration) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    /// Ready when nothing was asked for the conversation's idle limit.
    async fn idle_for(&self, origin: &OriginServer, about: &Conversation) {
        let limit = origin.keep_alive.idle_limit();
        let began = about.clock.now();
        loop {
            let last = (*self.last.lock().unwrap_or_else(PoisonError::into_inner)).max(began);
            let due = last + limit;
            let now = about.clock.now();
            if self.under_way.load(Ordering::Relaxed) > 0 {
                about.clock.sleep(limit).await;
            } else if now >= due {
                return;
            } else {
                about.clock.sleep_until(due).await;
            }
        }
    }
}

/// A response's content and trailers on their way out.
#[derive(Debug, Default)]
struct ResponseContent {
    pieces: VecDeque<Bytes>,
    trailers: Option<HeaderMap>,
}

impl HttpBody for ResponseContent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.pieces.pop_front().map(Frame::data);
        Poll::Ready(next.or_else(|| self.trailers.take().map(Frame::trailers)).map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.pieces.iter().map(|piece| piece.len() as u64).sum())
    }
}

async fn answer(
    request: http::Request<Incoming>,
    origin: &OriginServer,
    about: &Conversation,
) -> Result<http::Response<ResponseContent>, h2::Error> {
    let (parts, body) = request.into_parts();
    if let Some(why) = malformed(&parts) {
        about.why(format!("the stream is reset with PROTOCOL_ERROR: {why}"), Some("RFC 9113 §8.1.1"));
        return Err(Reason::PROTOCOL_ERROR.into());
    }
    let limit = usize::try_from(MAX_REQUEST_CONTENT).unwrap_or(usize::MAX);
    let response = match Limited::new(body, limit).collect().await {
        Ok(content) => {
            let method = parts.method.as_str().to_owned();
            let request = understood(&parts, content.to_bytes(), origin, about);
            match origin.respond(&request, about.clock.date()) {
                OriginAction::Respond(response) => (method, response),
                OriginAction::Later(response) => (method, response.0.await),
                // What breaks HTTP/1.1's framing has no counterpart here: the stream is reset (RFC 9113 §5.4.2).
                OriginAction::Misbehave(_) => return Err(Reason::INTERNAL_ERROR.into()),
            }
        }
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            let sentence = format!("The content has more than {MAX_REQUEST_CONTENT} octets.");
            (parts.method.as_str().to_owned(), refusal(413, &sentence, Some("RFC 9110 §15.5.14")))
        }
        // The stream has ended in the middle of the content, and its end says why.
        Err(_) => return Err(Reason::PROTOCOL_ERROR.into()),
    };
    let (method, response) = response;
    tell(about, &response.why);
    Ok(framed(response, &method, about.clock.date()))
}

/// What makes a request malformed that the library lets through (RFC 9113 §8.2.1, §8.3.1).
fn malformed(parts: &http::request::Parts) -> Option<&'static str> {
    let is_spaced = |value: &HeaderValue| matches!(value.as_bytes(), [b' ' | b'\t', ..] | [.., b' ' | b'\t']);
    if parts.headers.values().any(is_spaced) {
        return Some("a field value begins or ends with white space");
    }
    let path = parts.uri.path();
    let is_server = path == "*" && parts.method == http::Method::OPTIONS;
    if !is_server && !path.starts_with('/') {
        return Some(":path does not begin with a slash");
    }
    let authority = parts.uri.authority()?.as_str();
    if authority.contains('@') {
        return Some(":authority has a user name");
    }
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    hosts
        .any(|host| !host.as_bytes().eq_ignore_ascii_case(authority.as_bytes()))
        .then_some("Host says another host than :authority")
}

/// The same request as HTTP/1.1 would have carried.
fn understood(
    parts: &http::request::Parts,
    content: Bytes,
    origin: &OriginServer,
    about: &Conversation,
) -> OriginRequest {
    let mut fields = Fields::default();
    if let Some(authority) = parts.uri.authority() {
        fields.push("Host", authority.as_str().to_owned());
    }
    for (name, value) in &parts.headers {
        fields.push(name.as_str(), Bytes::copy_from_slice(value.as_bytes()));
    }
    let target = match parts.uri.path_and_query() {
        Some(path) => path.as_str().to_owned(),
        None => "*".to_owned(),
    };
    OriginRequest {
        method: parts.method.as_str().to_owned(),
        target,
        protocol: "HTTP/2".to_owned(),
        fields,
        content,
        secure: origin.secure,
        client: about.client,
        flow: about.flow.clone(),
    }
}

fn framed(response: OriginResponse, method: &str, date: SystemTime) -> http::Response<ResponseContent> {
    let OriginResponse { status, fields, media_type, body, .. } = response;
    let no_content = matches!(status, 204 | 304) || method == "HEAD";
    let mut own = Fields::default();
    own.push("date", encode::date(date));
    own.push("server", SERVER);
    own.0.extend(fields.0);
    if let (Body::Whole(rope), false) = (&body, matches!(status, 204 | 304)) {
        own.push("content-length", rope.len().to_string());
    }
    if let Some(media_type) = media_type.filter(|_| !matches!(status, 204 | 304)) {
        own.push("content-type", media_type);
    }
    let (pieces, trailers) = match body {
        _ if no_content => (Vec::new(), Fields::default()),
        Body::Whole(rope) | Body::UntilClose(rope) => (rope.into_pieces(), Fields::default()),
        Body::Pieces { pieces, trailers } => (pieces, trailers),
    };
    let trailers = (!trailers.0.is_empty()).then(|| headers(&trailers));
    let mut answer = http::Response::new(ResponseContent { pieces: pieces.into(), trailers });
    *answer.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    *answer.headers_mut() = headers(&own);
    answer
}

/// Field lines as HTTP/2 has them: names in lower case, none that speak of the connection (RFC 9113 §8.2.2).
fn headers(fields: &Fields) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for field in &fields.0 {
        let name = HeaderName::from_bytes(field.name.to_ascii_lowercase().as_bytes());
        let value = HeaderValue::from_maybe_shared(field.value.clone());
        if let (Ok(name), Ok(value)) = (name, value)
            && name != header::CONNECTION
        {
            headers.append(name, value);
        }
    }
    headers
}

/// Octets a client may send on one stream before it has to wait: more than a request's content may have.
const STREAM_WINDOW: u32 = 8 * 1024 * 1024;

/// The same over all streams.
const CONNECTION_WINDOW: u32 = 64 * 1024 * 1024;

/// Requests at once: as many as the largest page made to order has objects, and its base file.
const MAX_STREAMS: u32 = 10_001;

#[cfg(test)]
mod a_malformed_request {
    use super::*;

    fn why(method: &str, uri: &str, fields: &[(&str, &[u8])]) -> Option<&'static str> {
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in fields {
            request = request.header(*name, HeaderValue::from_bytes(value).unwrap());
        }
        malformed(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn is_told_from_a_proper_one() {
        let url = "http://h.example/x";
        assert_eq!(why("GET", url, &[("host", b"H.example"), ("a", b"b c")]), None);
        assert_eq!(why("OPTIONS", "*", &[]), None);
        // RFC 9113 §8.2.1: no white space around a value; §8.3.1: a path, no user name, one host.
        assert!(why("GET", url, &[("a", b" b")]).is_some_and(|why| why.contains("white space")));
        assert!(why("GET", url, &[("a", b"b\t")]).is_some());
        assert!(why("GET", "*", &[]).is_some_and(|why| why.contains(":path")));
        assert!(why("GET", "http://me@h.example/", &[]).is_some_and(|why| why.contains("user name")));
        assert!(why("GET", url, &[("host", b"other.example")]).is_some_and(|why| why.contains("another host")));
    }
}
