//! Stories, dialogues and the room law. One binary: each further one would link everything again.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod architecture;
mod captures;
mod circles;
mod command_line;
mod cookie_files;
mod cookies;
mod corpus;
mod dialogues;
mod fuzz_dns;
mod hostile_answers;
mod kernel_tcp;
mod lasting_lab;
mod line_captures;
mod name_servers;
mod packaging;
mod pcap;
mod peers;
mod scenarios;
mod script;
mod start_tls;
mod store_survives;
mod support;
mod udp_pinger;
