//! A client's connection below the library that speaks HTTP/2 over it: octets pass as they are, and GOAWAY carries the code that the
//! client's fault is due.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use h2::Reason;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frame_faults::{ClientFrames, FrameFault, GOAWAY, SETTINGS};
use crate::lens::h2::{FrameHeader, HEADER_LEN};

/// The stream below.
#[derive(Debug)]
pub(super) struct CodedStream<S> {
    inner: S,
    /// Set once, at the client's first fault.
    fault: Arc<OnceLock<FrameFault>>,
    frames: ClientFrames,
    /// What the library still has to read so that it sees a fault it lets pass.
    injected: &'static [u8],
    /// Nothing more is read: a fault was found that the library would let pass.
    is_over: bool,
    written: WrittenFrames,
}

impl<S> CodedStream<S> {
    pub(super) fn new(inner: S) -> Self {
        Self {
            inner,
            fault: Arc::default(),
            frames: ClientFrames::new(),
            injected: &[],
            is_over: false,
            written: WrittenFrames::default(),
        }
    }

    /// Where the client's first fault will be.
    pub(super) fn fault(&self) -> Arc<OnceLock<FrameFault>> {
        Arc::clone(&self.fault)
    }

    /// Looks at what was read from `from` on.
    fn look(&mut self, buffer: &mut ReadBuf<'_>, from: usize) {
        if self.fault.get().is_some() {
            return;
        }
        let came = buffer.filled().get(from..).unwrap_or_default();
        let Some((fault, length)) = self.frames.read(came) else { return };
        self.fault.set(fault).ok(); // It was empty.
        if fault.passes {
            self.is_over = true;
            self.injected = ERROR_FOR_ALL;
            buffer.set_filled(from + length);
            self.inject(buffer);
        }
    }

    fn inject(&mut self, buffer: &mut ReadBuf<'_>) {
        let (now, later) = self.injected.split_at(self.injected.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.injected = later;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for CodedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.is_over {
            this.inject(buffer);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buffer))?;
        this.look(buffer, before);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for CodedStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(octets)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let inner = Pin::new(&mut this.inner);
        let sent = match this.fault.get() {
            Some(fault) => {
                let mut octets: Vec<u8> = pieces.iter().flat_map(|piece| piece.iter().copied()).collect();
                this.written.clone().pass(&mut octets, Some(fault.code));
                ready!(inner.poll_write(cx, &octets))?
            }
            None => ready!(inner.poll_write_vectored(cx, pieces))?,
        };
        let mut left = sent;
        for piece in pieces {
            let passed = piece.get(..left.min(piece.len())).unwrap_or_default();
            this.written.follow(passed);
            left -= passed.len();
        }
        Poll::Ready(Ok(sent))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// Where the server's half stands within its frames.
#[derive(Clone, Debug, Default)]
struct WrittenFrames {
    header: Vec<u8>,
    /// Octets of the payload that were written, and all of them, once the header is complete.
    payload: Option<(usize, usize)>,
}

impl WrittenFrames {
    /// Goes on over what was written.
    fn follow(&mut self, octets: &[u8]) {
        let mut rest = octets;
        while !rest.is_empty() {
            let taken = self.step(rest);
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    /// Goes on over what is to be written, and puts `code` where GOAWAY says `PROTOCOL_ERROR`.
    fn pass(&mut self, octets: &mut [u8], code: Option<Reason>) {
        let mut rest = octets;
        while !rest.is_empty() {
            let in_payload = self.payload.filter(|_| self.header.get(3) == Some(&GOAWAY));
            let taken = self.step(rest);
            let (now, later) = std::mem::take(&mut rest).split_at_mut(taken);
            if let (Some((written, _)), Some(code)) = (in_payload, code) {
                set_code(now, written, code);
            }
            rest = later;
        }
    }

    /// Takes the rest of a header, or of a payload; says how many octets that were.
    fn step(&mut self, rest: &[u8]) -> usize {
        let Some((written, all)) = &mut self.payload else {
            let (taken, _) = rest.split_at(rest.len().min(HEADER_LEN - self.header.len()));
            self.header.extend_from_slice(taken);
            if let Some(header) = FrameHeader::read(&self.header) {
                self.payload = Some((0, header.payload_len()));
                self.end_frame();
            }
            return taken.len();
        };
        let taken = rest.len().min(*all - *written);
        *written += taken;
        self.end_frame();
        taken
    }

    fn end_frame(&mut self) {
        if self.payload.is_some_and(|(written, all)| written == all) {
            self.payload = None;
            self.header.clear();
        }
    }
}

/// Puts `code` over `PROTOCOL_ERROR` in the octets of a GOAWAY's payload from `from` on (RFC 9113 §6.8).
fn set_code(octets: &mut [u8], from: usize, code: Reason) {
    let new = u32::from(code).to_be_bytes();
    let old = u32::from(Reason::PROTOCOL_ERROR).to_be_bytes();
    let place = CODE.checked_sub(from).and_then(|at| octets.get_mut(at..at + new.len()));
    if let Some(place) = place.filter(|place| **place == old) {
        place.copy_from_slice(&new);
    }
}

/// Where the error code stands in a GOAWAY's payload.
const CODE: usize = 4;
/// A frame at which any reader of HTTP/2 ends the connection with `PROTOCOL_ERROR`: SETTINGS on a stream (RFC 9113 §6.5).
const ERROR_FOR_ALL: &[u8] = &[0, 0, 0, SETTINGS, 0, 0, 0, 0, 1];
