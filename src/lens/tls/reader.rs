//! Reads both sides' records as they come. A message is what one side sends until the other does.

use super::{
    HANDSHAKE, MAJOR_VERSION, flights,
    records::{self, HEADER},
};
use crate::{
    lens::{
        FieldNode,
        plain::octets_line,
        protocol::{
            FlowPiece, LadderArrow, LineSource, LineText, MessageSource, ProtocolReader, ReaderFindings, TextTone,
            Words,
        },
        turns::TurnCutter,
    },
    wire::{Side, units::count_octets},
};

/// Both sides of a connection.
#[derive(Debug, Default)]
pub(super) struct TlsReader {
    turns: TurnCutter,
    client: RecordMarker,
    server: RecordMarker,
}

/// One side's records, as far as they have come.
#[derive(Debug, Default)]
struct RecordMarker {
    at: u64,
    /// The header of the record that is coming.
    header: Vec<u8>,
    /// Octets of the record that have not come yet.
    left: u64,
    /// It cannot be told any more where the next record begins.
    is_lost: bool,
}

impl ProtocolReader for TlsReader {
    fn read(&mut self, piece: FlowPiece<'_>, found: &mut ReaderFindings) {
        self.turns.take(&piece, RECORDS, found);
        let own = if piece.side == Side::Client { &mut self.client } else { &mut self.server };
        let mut bytes = piece.bytes;
        while !bytes.is_empty() {
            let taken = own.take(bytes, found);
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        own.gap(piece.omitted, found);
    }

    fn end(&mut self, side: Side, found: &mut ReaderFindings) {
        let own = if side == Side::Client { &mut self.client } else { &mut self.server };
        own.give_up_header(found);
    }

    fn line(&self, line: &LineSource<'_>) -> LineText {
        if line.kind() != RECORD {
            return octets_line(line);
        }
        let begins = line.octets(HEADER + 1).bytes;
        let range = line.range();
        let kind = begins.first().copied().unwrap_or_default();
        let octets = count_octets((range.end - range.start).saturating_sub(HEADER as u64));
        let message = begins.get(HEADER).and_then(|message| flights::message_name(*message));
        let name = match (kind, message) {
            (HANDSHAKE, Some(message)) => format!("TLS handshake: {message}"),
            (kind, _) => format!("TLS {}", records::name(kind).unwrap_or("record")),
        };
        LineText::of_parts(&[(&name, TextTone::Step), (", ", TextTone::Muted), (&octets, TextTone::Muted)])
    }

    fn noun(&self, _side: Side, _kind: u8) -> &'static str {
        "Sealed octets"
    }

    fn fields(&self, message: &MessageSource<'_>) -> Vec<FieldNode> {
        records::read(message.octets)
    }

    fn words(&self, arrow: &LadderArrow<'_>) -> Option<Words> {
        flights::words(arrow)
    }
}

impl RecordMarker {
    /// Takes some octets; says how many.
    fn take(&mut self, bytes: &[u8], found: &mut ReaderFindings) -> usize {
        if self.is_lost {
            found.more(self.at..self.at + bytes.len() as u64, OTHER, None);
            self.at += bytes.len() as u64;
            return bytes.len();
        }
        if self.left > 0 {
            let taken = usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
            self.left -= taken as u64;
            self.at += taken as u64;
            return taken;
        }
        let taken = (HEADER - self.header.len()).min(bytes.len());
        self.header.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        self.at += taken as u64;
        if let [kind, major, _, high, low] = *self.header {
            if major != MAJOR_VERSION || records::name(kind).is_none() {
                self.is_lost = true;
                self.give_up_header(found);
                return taken;
            }
            self.header.clear();
            self.left = u64::from(u16::from_be_bytes([high, low]));
            found.block(self.at - HEADER as u64..self.at + self.left, RECORD, None);
        }
        taken
    }

    fn gap(&mut self, omitted: u64, found: &mut ReaderFindings) {
        let inside = self.left.min(omitted);
        self.left -= inside;
        self.at += inside;
        let beyond = omitted - inside;
        if beyond > 0 {
            self.is_lost = true;
            self.give_up_header(found);
            found.more(self.at..self.at + beyond, OTHER, None);
            self.at += beyond;
        }
    }

    /// What came of a header that will not come to its end, or is none.
    fn give_up_header(&mut self, found: &mut ReaderFindings) {
        let octets = std::mem::take(&mut self.header).len() as u64;
        if octets > 0 {
            found.more(self.at - octets..self.at, OTHER, None);
        }
    }
}

/// The kind of every message.
const RECORDS: u8 = 1;
/// A record.
const RECORD: u8 = 1;
/// Octets of which it cannot be told to which record they belong.
const OTHER: u8 = 2;
