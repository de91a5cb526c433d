//! Misbehaviour on request: each way breaks one rule, always in the same manner. What is broken is explained on the front page of
//! `rude.lab` and in `assets/lab/README.md`. All waiting is on the world's clock, and ends when the client goes.

use std::{io, time::Duration};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

use crate::{
    lab::{site_file::Misbehaviour, stream::gone_within},
    net::Clock,
    proto::http::encode,
};

/// What comes after misbehaviour that takes no time.
pub(crate) enum AfterMisbehaviour {
    /// The next request.
    Continue,
    /// The connection is closed (FIN).
    Close,
    /// The connection is reset (RST).
    Reset,
}

/// Misbehaves in a way that takes its time. The connection ends after it.
///
/// # Errors
/// The client has gone, as clients do.
pub(crate) async fn perform<S>(how: Misbehaviour, stream: &mut S, clock: &Clock) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match how {
        Misbehaviour::StalledHead => stall(stream, clock, &[]).await,
        Misbehaviour::StalledBody => {
            let octets = [head(clock, "Content-Length: 1000\r\n"), content(500)].concat();
            stall(stream, clock, &octets).await
        }
        Misbehaviour::ChunkHuge => {
            let octets = [head(clock, CHUNKED), b"3B9ACA00\r\n".to_vec(), content(500)].concat();
            stall(stream, clock, &octets).await
        }
        Misbehaviour::Drip => {
            drip(stream, clock, &[head(clock, "Content-Length: 40\r\n"), content(40)].concat(), 0).await
        }
        Misbehaviour::DripHead => {
            let dripping = head(clock, "Content-Length: 5\r\n");
            drip(stream, clock, &[dripping.as_slice(), b"done\n"].concat(), 0).await
        }
        Misbehaviour::EndlessHead => {
            let line = b"X-More: there is always one more header line\r\n";
            endless(stream, clock, b"HTTP/1.1 200 OK\r\n", &line.repeat(100)).await
        }
        Misbehaviour::EndlessInterim => {
            let interim = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n";
            endless(stream, clock, b"", &interim.repeat(10)).await
        }
        _ => Ok(()),
    }
}

/// The misbehaviour that consists of octets sent at once, and what comes after them; `None` for one that takes its time.
pub(crate) fn at_once(how: Misbehaviour, clock: &Clock) -> Option<(Vec<u8>, AfterMisbehaviour)> {
    let with = |fields: &str, octets: Vec<u8>| [head(clock, fields), octets].concat();
    let thirty = || content(30);
    let page = |fields: &str| with(&format!("{fields}Content-Length: 30\r\n"), thirty());
    Some(match how {
        Misbehaviour::ClosedAtOnce => (Vec::new(), AfterMisbehaviour::Close),
        Misbehaviour::Truncated => (with("Content-Length: 1000\r\n", content(500)), AfterMisbehaviour::Close),
        Misbehaviour::Reset => (with("Content-Length: 1000\r\n", content(500)), AfterMisbehaviour::Reset),
        Misbehaviour::HalfHead => {
            let whole = head(clock, "Content-Length: 30\r\n");
            (whole.get(..whole.len() - 10).unwrap_or_default().to_vec(), AfterMisbehaviour::Close)
        }
        Misbehaviour::ChunkedCut => (with(CHUNKED, encode::chunk(&content(500)).to_vec()), AfterMisbehaviour::Close),
        Misbehaviour::TooShort => (with("Content-Length: 10\r\n", thirty()), AfterMisbehaviour::Continue),
        Misbehaviour::BothLengths => {
            let chunks = [encode::chunk(&thirty()).to_vec(), b"0\r\n\r\n".to_vec()].concat();
            (with("Content-Length: 30\r\nTransfer-Encoding: chunked\r\n", chunks), AfterMisbehaviour::Continue)
        }
        Misbehaviour::TwoLengths => {
            (with("Content-Length: 10\r\nContent-Length: 20\r\n", content(20)), AfterMisbehaviour::Continue)
        }
        Misbehaviour::LengthNoNumber => (with("Content-Length: ten\r\n", content(10)), AfterMisbehaviour::Close),
        Misbehaviour::ChunkEndlessSize => {
            (with(CHUNKED, [b"f".repeat(40), b"\r\n".to_vec(), thirty()].concat()), AfterMisbehaviour::Close)
        }
        Misbehaviour::ChunkBadSize => {
            (with(CHUNKED, [b"lots\r\n".to_vec(), thirty()].concat()), AfterMisbehaviour::Close)
        }
        Misbehaviour::HugeStatusLine => {
            let start = [b"HTTP/1.1 200 ".to_vec(), b"very ".repeat(200_000), b"good\r\n".to_vec()].concat();
            ([start, b"Content-Length: 0\r\n\r\n".to_vec()].concat(), AfterMisbehaviour::Continue)
        }
        Misbehaviour::NulInHeader => (page("X-Nul: before\0after\r\n"), AfterMisbehaviour::Continue),
        Misbehaviour::BareLf => (replaced(&page(""), "\r\n", "\n"), AfterMisbehaviour::Continue),
        Misbehaviour::FoldedHeader => (page("X-Folded: one line,\r\n   and another\r\n"), AfterMisbehaviour::Continue),
        Misbehaviour::SpaceBeforeColon => (page("X-Space : there\r\n"), AfterMisbehaviour::Continue),
        Misbehaviour::Garbage => (noise(512), AfterMisbehaviour::Close),
        Misbehaviour::WrongProtocol => (b"220 rude.lab ready when you are\r\n".to_vec(), AfterMisbehaviour::Close),
        Misbehaviour::Unasked => ([page(""), page("X-Unasked: yes\r\n")].concat(), AfterMisbehaviour::Continue),
        Misbehaviour::Nowhere => {
            (replaced(&with("Content-Length: 0\r\n", Vec::new()), "200 OK", "302 Found"), AfterMisbehaviour::Continue)
        }
        _ => return None,
    })
}

/// Sends `octets`, then nothing until the client closes, or for [`STALL`].
async fn stall<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, clock: &Clock, octets: &[u8]) -> io::Result<()> {
    write(stream, octets).await?;
    gone_within(stream, clock, STALL).await;
    Ok(())
}

/// One octet at a time.
async fn drip<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    clock: &Clock,
    octets: &[u8],
    from: usize,
) -> io::Result<()> {
    write(stream, octets.get(..from).unwrap_or_default()).await?;
    for octet in octets.iter().skip(from) {
        write(stream, &[*octet]).await?;
        if gone_within(stream, clock, DRIP).await {
            break;
        }
    }
    Ok(())
}

/// `first`, then `again` and again, at most [`ENDLESS`] octets in all: a link without a rate would take them in no time.
async fn endless<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    clock: &Clock,
    first: &[u8],
    again: &[u8],
) -> io::Result<()> {
    write(stream, first).await?;
    let mut sent = 0;
    while sent < ENDLESS {
        write(stream, again).await?;
        sent += again.len();
        if gone_within(stream, clock, ENDLESS_PAUSE).await {
            break;
        }
    }
    Ok(())
}

async fn write<S: AsyncWrite + Unpin>(stream: &mut S, octets: &[u8]) -> io::Result<()> {
    stream.write_all(octets).await?;
    stream.flush().await
}

/// A proper head but for `fields`.
fn head(clock: &Clock, fields: &str) -> Vec<u8> {
    let date = encode::date(clock.date());
    format!("HTTP/1.1 200 OK\r\nDate: {date}\r\nServer: {}\r\nContent-Type: text/plain\r\n{fields}\r\n", super::SERVER)
        .into_bytes()
}

/// `octets` of text.
fn content(octets: usize) -> Vec<u8> {
    b"all work and no play makes a server rude\n".iter().copied().cycle().take(octets).collect()
}

fn replaced(octets: &[u8], what: &str, by: &str) -> Vec<u8> {
    String::from_utf8_lossy(octets).replace(what, by).into_bytes()
}

/// Octets that mean nothing, always the same.
fn noise(octets: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_be_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().map(|octet| octet | 0x80).take(octets).collect()
}

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

/// How long a stalled answer stalls.
const STALL: Duration = Duration::from_hours(1);

/// Between two octets.
const DRIP: Duration = Duration::from_millis(100);

/// Octets after which even the endless ends.
const ENDLESS: usize = 64 * 1024 * 1024;

/// Between two portions of the endless.
const ENDLESS_PAUSE: Duration = Duration::from_millis(1);
