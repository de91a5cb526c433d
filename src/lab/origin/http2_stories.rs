//! What a client that breaks HTTP/2 is told: octets in, the code of `GOAWAY` or `RST_STREAM` out, in virtual time. RFC 9113, RFC 7541.

use proptest::prelude::*;

use super::{frame_faults::ClientFrames, stories::talk};

const PROTOCOL_ERROR: u32 = 0x1;
const FLOW_CONTROL_ERROR: u32 = 0x3;
const STREAM_CLOSED: u32 = 0x5;
const FRAME_SIZE_ERROR: u32 = 0x6;
const COMPRESSION_ERROR: u32 = 0x9;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn field(name: &str, value: &str) -> Vec<u8> {
    let of = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    [vec![0], of(name), of(value)].concat()
}

fn request(method: &str, path: &str) -> Vec<u8> {
    let fields = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "www.someschool.edu")];
    fields.map(|(name, value)| field(name, value)).concat()
}

fn setting(name: u16, value: u32) -> Vec<u8> {
    frame(4, 0, 0, &[&name.to_be_bytes()[..], &value.to_be_bytes()].concat())
}

/// A GET that is complete, on stream 1.
fn get() -> Vec<u8> {
    frame(1, 0x5, 1, &request("GET", "/"))
}

/// A POST whose content is still to come, on stream 1.
fn post() -> Vec<u8> {
    frame(1, 0x4, 1, &request("POST", "/echo"))
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The code of the first `GOAWAY` or `RST_STREAM` that says anything, and the streams that were answered.
fn told(mut octets: &[u8]) -> (Option<u32>, Vec<u32>) {
    let (mut code, mut answered) = (None, Vec::new());
    let number = |octets: &[u8]| u32::from_be_bytes(octets[..4].try_into().unwrap());
    while let [a, b, c, kind, _, rest @ ..] = octets {
        let length = number(&[0, *a, *b, *c]) as usize;
        let payload = &rest[4..4 + length];
        match kind {
            1 => answered.push(number(rest)),
            3 => code = code.or(Some(number(payload))),
            7 if number(&payload[4..]) > 0 => code = code.or(Some(number(&payload[4..]))),
            _ => {}
        }
        octets = &rest[4 + length..];
    }
    (code, answered)
}

/// Says `parts` a second apart, and waits a second more before it ends its sending.
fn exchange(parts: &[&[u8]]) -> (Option<u32>, Vec<u32>) {
    told(&talk("www.someschool.edu", &[parts, &[&[]]].concat()).0)
}

fn code_of(parts: &[&[u8]]) -> Option<u32> {
    exchange(parts).0
}

/// After the preface and empty SETTINGS.
fn code_after(octets: &[u8]) -> Option<u32> {
    code_of(&[&[PREFACE, &frame(4, 0, 0, &[]), octets].concat()])
}

#[test]
fn a_frame_of_a_wrong_size_is_a_frame_size_error() {
    let cases = [
        ("PRIORITY of 4 octets, §6.3", [get(), frame(2, 0, 3, &[0; 4])].concat()),
        ("RST_STREAM of 3, §6.4", [post(), frame(3, 0, 1, &[0; 3])].concat()),
        ("RST_STREAM of 5, §6.4", [post(), frame(3, 0, 1, &[0; 5])].concat()),
        ("SETTINGS of 3, §6.5", frame(4, 0, 0, &[0; 3])),
        ("SETTINGS with ACK of 6, §6.5", frame(4, 1, 0, &[0; 6])),
        ("PING of 6, §6.7", frame(6, 0, 0, &[0; 6])),
        ("PING of 9, §6.7", frame(6, 0, 0, &[0; 9])),
        ("GOAWAY of 7, §6.8", frame(7, 0, 0, &[0; 7])),
        ("WINDOW_UPDATE of 3, §6.9", frame(8, 0, 0, &[0, 0, 1])),
        ("DATA beyond 16,384, §4.2", [post(), frame(0, 0, 1, &vec![b'x'; 16_385])].concat()),
    ];
    for (case, octets) in cases {
        assert_eq!(code_after(&octets), Some(FRAME_SIZE_ERROR), "{case}");
    }
}

#[test]
fn a_header_block_that_cannot_be_decompressed_is_a_compression_error() {
    let late = [request("GET", "/"), vec![0x20]].concat();
    let large = [&b"\x3f\xe1\xff\x07"[..], &request("GET", "/")].concat();
    let cases: [(&str, &[u8]); 6] = [
        ("index 0, RFC 7541 §6.1", b"\x80"),
        ("an index no table has, §2.3.3", b"\xff\x50"),
        ("a name that is cut off, §5.2", b"\x00\x0aabc"),
        ("EOS in a Huffman code, §5.2", b"\x00\x85\xf2\xb2\x4a\x87\xff\xff"),
        ("a table of more than 4,096 octets, §6.3", &large),
        ("a table that changes at the end of a block, §4.2", &late),
    ];
    for (case, block) in cases {
        assert_eq!(code_after(&frame(1, 0x5, 1, block)), Some(COMPRESSION_ERROR), "{case}");
        let (begin, end) = block.split_at(1);
        let in_two = [frame(1, 0x1, 1, begin), frame(9, 0x4, 1, end)].concat();
        assert_eq!(code_after(&in_two), Some(COMPRESSION_ERROR), "{case}, in two frames");
    }
}

#[test]
fn what_follows_the_end_of_a_stream_is_a_stream_that_is_closed() {
    let reset = frame(3, 0, 1, &8_u32.to_be_bytes());
    let cases = [
        ("DATA after END_STREAM", [get(), frame(0, 0x1, 1, b"x")].concat()),
        ("HEADERS after END_STREAM", [get(), get()].concat()),
        ("DATA after DATA with END_STREAM", [post(), frame(0, 0x1, 1, b"x"), frame(0, 0x1, 1, b"x")].concat()),
        ("HEADERS after RST_STREAM", [post(), reset, get()].concat()),
    ];
    for (case, octets) in cases {
        assert_eq!(code_after(&octets), Some(STREAM_CLOSED), "{case}, §5.1");
    }
}

#[test]
fn other_faults_keep_their_code() {
    let wide = frame(8, 0, 0, &0x7fff_ffff_u32.to_be_bytes());
    assert_eq!(code_after(&setting(4, 1 << 31)), Some(FLOW_CONTROL_ERROR), "§6.5.2");
    assert_eq!(code_after(&[wide.clone(), wide].concat()), Some(FLOW_CONTROL_ERROR), "§6.9.1");
    assert_eq!(code_after(&setting(5, 16_383)), Some(PROTOCOL_ERROR), "§6.5.2");
    assert_eq!(code_after(&frame(0, 0x1, 1, b"x")), Some(PROTOCOL_ERROR), "DATA on an idle stream, §5.1");
    assert_eq!(code_after(&frame(1, 0x5, 2, &request("GET", "/"))), Some(PROTOCOL_ERROR), "an even stream, §5.1.1");
    assert_eq!(code_after(&frame(9, 0x4, 1, &request("GET", "/"))), Some(PROTOCOL_ERROR), "CONTINUATION alone, §6.10");
    let pings = [frame(1, 0x1, 1, &request("GET", "/")), frame(6, 0, 0, &[0; 8])].concat();
    assert_eq!(code_after(&pings), Some(PROTOCOL_ERROR), "PING within a header block, §6.10");
}

#[test]
fn what_the_library_lets_pass_ends_the_connection_too() {
    let no_settings = [PREFACE, &frame(6, 0, 0, &[0; 8])].concat();
    assert_eq!(code_of(&[&no_settings]), Some(PROTOCOL_ERROR), "the first frame is not SETTINGS, §3.4");
    // However it arrives.
    let (begin, end) = no_settings.split_at(30);
    assert_eq!(code_of(&[begin, end]), Some(PROTOCOL_ERROR));
    let trailers = [post(), frame(1, 0x5, 1, &field(":method", "GET"))].concat();
    assert_eq!(code_after(&trailers), Some(PROTOCOL_ERROR), "a pseudo-header field in trailers, §8.1");
    assert_eq!(code_after(&[post(), frame(1, 0x5, 1, &field("x-sum", "1"))].concat()), None, "other trailers");
}

#[test]
fn a_client_that_keeps_the_rules_is_answered_on_every_stream() {
    let settings = [setting(1, 4096), setting(0xff, 1)].concat();
    let padded = [&[3_u8][..], &request("GET", "/"), &[0; 3]].concat();
    let parts = [settings, frame(0x16, 0, 0, b"xx"), get(), frame(8, 0, 1, &[0, 0, 0, 1]), frame(1, 0xd, 3, &padded)];
    let octets = [PREFACE.to_vec(), parts.concat()].concat();
    assert_eq!(exchange(&[&octets]), (None, vec![1, 3]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever comes, the server ends by itself; and the first fault is the same however the octets are cut.
    #[test]
    fn any_frames_are_borne_and_have_one_first_fault(
        frames in proptest::collection::vec((0_u8..11, any::<u8>(), 0_u32..8, proptest::collection::vec(any::<u8>(), 0..40)), 0..6),
        at in 0_usize..200,
    ) {
        let frames = frames.iter().map(|(kind, flags, stream, payload)| frame(*kind, *flags, *stream, payload));
        let octets = [PREFACE.to_vec(), frame(4, 0, 0, &[]), frames.collect::<Vec<_>>().concat()].concat();
        let (begin, end) = octets.split_at(at.min(octets.len()));
        code_of(&[begin, end]);
        let fault = |parts: &[&[u8]]| {
            let mut reader = ClientFrames::new();
            parts.iter().find_map(|part| reader.read(part)).map(|(fault, _)| fault)
        };
        prop_assert_eq!(fault(&[&octets]), fault(&[begin, end]));
        let single: Vec<&[u8]> = octets.chunks(1).collect();
        prop_assert_eq!(fault(&[&octets]), fault(&single));
    }
}
