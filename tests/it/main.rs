//! Stories, dialogues and the room law. One binary: each further one would link everything again.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod architecture;
mod captures;
mod command_line;
mod corpus;
mod dialogues;
mod fuzz_dns;
mod hostile_answers;
mod kernel_tcp;
mod name_servers;
mod peers;
mod scenarios;
mod script;
